package net.sojourn.testbed.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.sojourn.stack.IpAddress;
import net.sojourn.testbed.TestbedException;
import net.sojourn.testbed.link.EmulatedLink.Direction;
import net.sojourn.testbed.link.LinkEnd;
import net.sojourn.testbed.link.LinkProcess;
import net.sojourn.testbed.link.LinkSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts are made, work, and leave nothing. Needs root. */
@Timeout(120)
class NetworkLifecycleIT {

    @Test
    void hostsTalkOverCableAndBridgeAndAreGoneAfterwards() throws IOException {
        String runId;
        long pid;
        try (TestNetwork network = TestNetwork.create()) {
            runId = network.runId();
            Host a = network.host("a");
            Host b = network.host("b");
            Host hub = network.host("hub");
            network.cable(a, "eth0", hub, "port1");
            network.cable(b, "eth0", hub, "port2");
            hub.bridge("br0", "port1", "port2");
            a.address("eth0", Cidr.parse("10.0.0.1/24"));
            b.address("eth0", Cidr.parse("10.0.0.2/24"));
            a.run("ping", "-c", "1", "-W", "2", "10.0.0.2").orFail();

            try (ServerSocket listener = b.listen(4711);
                    Socket socket = a.connect(IpAddress.parse("10.0.0.2"), 4711, Duration.ofSeconds(2))) {
                listener.setSoTimeout(2_000);
                assertTrue(socket.isConnected());
                try (Socket accepted = listener.accept()) {
                    assertEquals("/10.0.0.1", accepted.getInetAddress().toString());
                }
            }
            a.nameServer(IpAddress.parse("10.0.0.2"));
            assertTrue(a.run("cat", "/etc/resolv.conf").orFail().output().contains("nameserver 10.0.0.2"));
            a.sysctl("net.ipv4.conf.eth0.rp_filter", "2");
            assertEquals(
                    "2",
                    a.run("cat", "/proc/sys/net/ipv4/conf/eth0/rp_filter")
                            .output()
                            .strip());

            HostProcess process = b.start("sh", "-c", "echo started; read line; echo got $line; sleep 1000");
            pid = process.pid();
            process.awaitOutput("started", Duration.ofSeconds(5));
            process.standardInput().write("this\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            process.standardInput().flush();
            assertEquals("started\ngot this\n", process.awaitOutput("got this\n", Duration.ofSeconds(5)));
        }
        assertNothingLeft(runId);
        assertFalse(isAlive(pid));
    }

    @Test
    void failuresNameCommandAndCause() {
        try (TestNetwork network = TestNetwork.create()) {
            Host a = network.host("a");
            String ip = assertThrows(TestbedException.class, () -> a.ip("link set nosuch up"))
                    .toString();
            assertTrue(ip.contains("link set nosuch up") && ip.contains("nosuch"), ip);
            String run = assertThrows(TestbedException.class, () -> a.run("ls", "/no/such")
                            .orFail())
                    .toString();
            assertTrue(run.contains("/no/such"), run);
            String start = assertThrows(TestbedException.class, () -> a.start("sh", "-c", "echo oops; exit 3")
                            .awaitOutput("ready", Duration.ofSeconds(5)))
                    .toString();
            assertTrue(start.contains("oops"), start);
            assertThrows(
                    TestbedException.class, () -> a.run(Duration.ofMillis(200), "sleep", "30"), "timeouts are kept");
        }
    }

    /** SIGKILL leaves it to the next start; SIGINT (Ctrl-C) and SIGTERM clean up at once. */
    @ParameterizedTest
    @ValueSource(strings = {"KILL", "INT", "TERM"})
    void killedRunLeavesNothingAfterTheNextStart(String signal) throws Exception {
        Process run = new ProcessBuilder(JavaProgram.command(KilledRun.class))
                .redirectErrorStream(true)
                .start();
        String[] made = awaitMade(run);
        String runId = made[1];
        long sleeper = Long.parseLong(made[2]);
        assertEquals(2, left(runId).size());
        assertTrue(isAlive(sleeper));
        assertTrue(TestNetwork.removeLeftovers().isEmpty(), "a run that lives is left alone");
        assertEquals(2, left(runId).size());

        new ProcessBuilder("kill", "-" + signal, Long.toString(run.pid()))
                .start()
                .waitFor();
        assertTrue(run.waitFor(20, TimeUnit.SECONDS));
        if (signal.equals("KILL")) {
            assertEquals(2, left(runId).size(), "nobody was there to clean up");
            TestNetwork.create().close();
        }
        assertNothingLeft(runId);
        assertFalse(isAlive(sleeper));
    }

    @Test
    void linkInAProcessObeysAndItsDevicesDieWithIt() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            Host a = network.host("a");
            Host b = network.host("b");
            LinkSettings settings = LinkSettings.parse("delay=5ms");
            LinkProcess link = (LinkProcess) network.linkInProcess(a, "tun0", b, "tun0", settings, settings, 1);
            a.address("tun0", Cidr.parse("10.0.0.1/24"));
            b.address("tun0", Cidr.parse("10.0.0.2/24"));
            a.run("ping", "-c", "2", "-W", "2", "10.0.0.2").orFail();
            assertEquals(2, link.counters(Direction.A_TO_B).delivered());
            link.change(Direction.B_TO_A, LinkSettings.parse("loss=100%"));
            assertFalse(a.run("ping", "-c", "1", "-W", "1", "10.0.0.2").succeeded());
            assertEquals(1, link.counters(Direction.B_TO_A).lost());
            IOException taken = assertThrows(IOException.class, () -> LinkProcess.open(
                            new LinkEnd(a.namespaceFile(), "tun0"),
                            new LinkEnd(b.namespaceFile(), "tun9"),
                            settings,
                            settings,
                            1)
                    .close());
            assertTrue(taken.toString().contains("tun0"), taken.toString());

            ProcessHandle process = ProcessHandle.of(link.pid()).orElseThrow();
            process.destroyForcibly();
            process.onExit().get(5, TimeUnit.SECONDS);
            assertFalse(a.run("ip", "link", "show", "tun0").succeeded());
            assertThrows(IOException.class, () -> link.counters(Direction.A_TO_B));
        }
    }

    private static String[] awaitMade(Process run) throws IOException {
        List<String> printed = new ArrayList<>();
        BufferedReader output = run.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith("made ")) {
                return line.split(" ", -1);
            }
            printed.add(line);
        }
        throw new AssertionError("the run ended: " + printed);
    }

    private static boolean isAlive(long pid) {
        return RunRecord.startTicks(pid).isPresent();
    }

    private static List<String> left(String runId) throws IOException {
        try (Stream<Path> namespaces = Files.list(Path.of("/run/netns"))) {
            return namespaces
                    .map(path -> path.getFileName().toString())
                    .filter(name -> name.startsWith("sj-" + runId + "-"))
                    .toList();
        }
    }

    private static void assertNothingLeft(String runId) throws IOException {
        assertEquals(List.of(), left(runId));
        for (Path directory : List.of(RunRecord.DIRECTORY, Path.of("/etc/netns"))) {
            if (Files.isDirectory(directory)) {
                try (Stream<Path> entries = Files.list(directory)) {
                    assertEquals(
                            List.of(),
                            entries.filter(entry -> entry.toString().contains(runId))
                                    .toList());
                }
            }
        }
    }
}
