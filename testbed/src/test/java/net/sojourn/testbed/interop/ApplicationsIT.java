package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.testbed.netns.CommandResult;
import net.sojourn.testbed.netns.Host;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;

/** Programs that people use, their octets through the stack one way or the other: ssh, iperf3, curl with nginx. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class ApplicationsIT {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final byte[] FILE = Octets.few(21, 8 << 20);

    private InteropBed bed;
    private Host kernel;

    @BeforeEach
    void makeBed() throws IOException {
        bed = InteropBed.sameHost(InteropBed.TUN, InteropBed.settings());
        kernel = bed.peer();
        kernel.ip("link set lo up");
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        try (InteropBed ending = bed) {
            ending.assertNothingLeft();
        }
    }

    /** A port of the host's loopback device that leads through the stack to a port of the kernel's address. */
    private Forwarder throughTheStack(int localPort, int targetPort) throws IOException {
        return new Forwarder(kernel.listen(localPort), () -> bed.sockets()
                .createSocket(Family.IPV4.near.toInetAddress(), targetPort));
    }

    /** A port of the stack that leads to the same port of the kernel. */
    private Forwarder ontoTheStack(int port) throws IOException {
        var listener = bed.listen(port, 50);
        listener.setSoTimeout(0);
        return new Forwarder(listener, () -> kernel.connect(Family.IPV4.near, port, InteropBed.SOON));
    }

    private String ssh(Path key, int port, String address, String command) {
        List<String> all = new ArrayList<>();
        Collections.addAll(all, "ssh", "-F", "/dev/null", "-i", key.toString(), "-p", "" + port);
        for (String option : List.of(
                "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", "LogLevel=ERROR")) {
            Collections.addAll(all, "-o", option);
        }
        Collections.addAll(all, "root@" + address, command);
        return kernel.run(LONG, all.toArray(new String[0])).orFail().output();
    }

    @Test
    void sshThroughTheStackBothWays() throws Exception {
        Path key = Services.sshd(kernel);
        Path file = kernel.network().outputDirectory().resolve("ssh-file");
        Files.write(file, FILE);
        try (Forwarder through = throughTheStack(2222, Services.SSH_PORT);
                Forwarder onto = ontoTheStack(Services.SSH_PORT)) {
            assertEquals("hello\n", ssh(key, 2222, "127.0.0.1", "echo hello"));
            assertEquals("hello\n", ssh(key, Services.SSH_PORT, Family.IPV4.stack.toString(), "echo hello"));
            Path copy = kernel.network().outputDirectory().resolve("ssh-copy");
            for (String target : List.of("127.0.0.1:2222", Family.IPV4.stack + ":" + Services.SSH_PORT)) {
                Files.deleteIfExists(copy);
                copyByScp(key, target, file, copy);
                assertEquals(-1, Arrays.mismatch(FILE, Files.readAllBytes(copy)), target);
            }
        }
    }

    private void copyByScp(Path key, String target, Path from, Path to) {
        String[] hostAndPort = target.split(":");
        kernel.run(
                        LONG,
                        "scp",
                        "-O",
                        "-F",
                        "/dev/null",
                        "-i",
                        key.toString(),
                        "-P",
                        hostAndPort[1],
                        "-o",
                        "StrictHostKeyChecking=no",
                        "-o",
                        "UserKnownHostsFile=/dev/null",
                        "-o",
                        "BatchMode=yes",
                        from.toString(),
                        "root@" + hostAndPort[0] + ":" + to)
                .orFail();
    }

    @Test
    void iperfThroughTheStackBothWays() throws Exception {
        Services.iperf(kernel);
        try (Forwarder through = throughTheStack(5301, Services.IPERF_PORT);
                Forwarder onto = ontoTheStack(Services.IPERF_PORT)) {
            for (String target : List.of("127.0.0.1:5301", Family.IPV4.stack + ":" + Services.IPERF_PORT)) {
                for (String way : List.of("--parallel=2", "--reverse")) {
                    String[] hostAndPort = target.split(":");
                    CommandResult result = kernel.run(
                                    LONG, "iperf3", "-c", hostAndPort[0], "-p", hostAndPort[1], "-n", "50M", way)
                            .orFail();
                    Matcher received =
                            Pattern.compile("([0-9.]+ .bits/sec) +receiver").matcher(result.output());
                    assertTrue(received.find(), result::output);
                    System.out.println("interop iperf3 " + target + " " + way + ": " + received.group(1));
                }
            }
        }
    }

    @Test
    void curlToNginxThroughTheStackBothWays() throws Exception {
        Services.nginx(kernel, FILE);
        Path got = kernel.network().outputDirectory().resolve("curl-got");
        try (Forwarder through = throughTheStack(8081, Services.NGINX_PORT);
                Forwarder onto = ontoTheStack(Services.NGINX_PORT)) {
            for (String target : List.of("127.0.0.1:8081", Family.IPV4.stack.toString())) {
                Files.deleteIfExists(got);
                kernel.run(LONG, "curl", "-sS", "--fail", "-o", got.toString(), "http://" + target + "/file")
                        .orFail();
                assertEquals(-1, Arrays.mismatch(FILE, Files.readAllBytes(got)), target);
            }
        }
    }
}
