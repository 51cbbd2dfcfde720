package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import net.sojourn.testbed.netns.Cidr;
import net.sojourn.testbed.netns.CommandResult;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.HostProcess;
import net.sojourn.testbed.netns.JavaProgram;
import net.sojourn.testbed.netns.TestNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** The JDK's own clients and server, unchanged, in a program whose sockets and channels are the stack's; nginx and curl. */
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class JavaClientsIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final byte[] FILE = Octets.few(11, 3 << 20);

    private TestNetwork network;
    private Host host;

    @BeforeEach
    void makeHost() {
        network = TestNetwork.create();
        host = network.host("near");
        host.ip("link set lo up");
    }

    @AfterEach
    void closeNetwork() {
        network.close();
    }

    private HostProcess program(String what, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(what));
        Collections.addAll(all, arguments);
        HostProcess program = host.start(JavaProgram.command(
                List.of(StackProgram.CHANNELS_FLAG), StackProgram.class, all.toArray(new String[0])));
        program.awaitOutput("ready", SOON);
        host.address("sj0", Cidr.parse(Family.IPV4.near + Family.IPV4.prefix));
        program.standardInput().write('\n');
        program.standardInput().flush();
        return program;
    }

    private static String sha256(byte[] octets, int from, int to) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(octets, from, to - from);
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String url(Object address) {
        return "http://" + address + "/file";
    }

    @Test
    void httpUrlConnectionGetsFromNginx() throws Exception {
        Services.nginx(host, FILE);
        HostProcess program = program("url-connection", url(Family.IPV4.near));
        assertEquals(0, program.awaitExit(SOON), program::output);
        String whole = "200 " + FILE.length + " " + sha256(FILE, 0, FILE.length) + "\n";
        String part = "206 1000 " + sha256(FILE, 1000, 2000) + "\n";
        assertEquals("ready\n" + whole + whole + part + "404\n", program.output());
    }

    @Test
    void httpClientGetsFromNginx() throws Exception {
        Services.nginx(host, FILE);
        HostProcess program = program("http-client", url(Family.IPV4.near));
        assertEquals(0, program.awaitExit(SOON), program::output);
        String whole = "200 " + FILE.length + " " + sha256(FILE, 0, FILE.length) + "\n";
        assertEquals("ready\n" + whole.repeat(8), program.output());
    }

    /** Ten downloads at once over kept connections, then an upload. */
    @Test
    void curlUsesTheJdksServerOnTheStack() throws Exception {
        HostProcess program = program("http-server");
        program.awaitOutput("serving", SOON);
        String base = "http://" + Family.IPV4.stack + ":" + StackProgram.SERVER_PORT;
        Path folder = network.outputDirectory();
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "--fail", "--parallel"));
        for (int i = 0; i < 10; i++) {
            command.addAll(List.of("-o", folder.resolve("got" + i).toString(), base + "/file?" + i));
        }
        host.run(SOON, command.toArray(new String[0])).orFail();
        byte[] served = Octets.few(3, StackProgram.SERVED_BYTES);
        for (int i = 0; i < 10; i++) {
            Path got = folder.resolve("got" + i);
            assertEquals(-1, Arrays.mismatch(served, Files.readAllBytes(got)), got::toString);
        }
        Path upload = folder.resolve("upload");
        Files.write(upload, FILE);
        CommandResult sum = host.run(SOON, "curl", "-sS", "--fail", "--data-binary", "@" + upload, base + "/sum")
                .orFail();
        assertEquals(sha256(FILE, 0, FILE.length), sum.output());
        program.standardInput().close();
        assertTrue(program.awaitExit(SOON) == 0, program::output);
    }
}
