package net.sojourn.cli.services;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.sojourn.cli.Sojourn;
import net.sojourn.stack.IpAddress;
import net.sojourn.testbed.netns.Cidr;
import net.sojourn.testbed.netns.CommandResult;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.HostProcess;
import net.sojourn.testbed.netns.JavaProgram;
import net.sojourn.testbed.netns.TestNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code sojourn services} as a process, its services used by the kernel's TCP, and its Migrate by a peer on raw packets
 * that is written in another language and shares no code with it. Needs root and python3.
 */
class ServicesIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final IpAddress STACK = IpAddress.parse("10.7.0.2");
    private static final IpAddress STACK6 = IpAddress.parse("fd07::2");

    private static HostProcess services(Host host, String... more) {
        List<String> command = JavaProgram.command(
                Sojourn.class,
                "services",
                "--tun",
                "sjx",
                "--address",
                STACK.toString(),
                "--address6",
                STACK6.toString());
        command.addAll(List.of(more));
        HostProcess process = host.start(command);
        process.awaitOutput("ready", PATIENCE);
        return process;
    }

    @ParameterizedTest
    @ValueSource(strings = {"exid", "paper"})
    void independentPeerMovesItsConnections(String profile) {
        try (TestNetwork network = TestNetwork.create()) {
            Host host = network.host("a").forwarding();
            HostProcess services = services(host, "--migrate", "classic", "--profile", profile);
            CommandResult peer = host.run(
                    Duration.ofMinutes(2),
                    "python3",
                    Path.of("src/test/python/classic_peer.py").toAbsolutePath() + "",
                    profile);
            System.out.println(peer.output());
            assertEquals(0, peer.exitCode(), () -> peer.output() + peer.errors() + services.output());
        }
    }

    /** Without any help: the command makes the device and routes its addresses into it. */
    @ParameterizedTest
    @ValueSource(strings = {"10.7.0.2", "fd07::2"})
    void everyServiceDoesWhatItSays(String address) throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            Host host = network.host("a");
            HostProcess services = services(host);
            host.address("sjx", Cidr.parse("10.7.0.1/24"));
            host.address("sjx", Cidr.parse("fd07::1/64"));
            IpAddress stack = IpAddress.parse(address);
            assertEquals("bye\r\n", text(host.connect(stack, 1313, PATIENCE)));
            try (Socket echo = host.connect(stack, 7007, PATIENCE)) {
                byte[] sent = "to and fro".repeat(1000).getBytes(StandardCharsets.US_ASCII);
                echo.getOutputStream().write(sent);
                echo.shutdownOutput();
                assertArrayEquals(sent, echo.getInputStream().readAllBytes());
            }
            try (Socket discard = host.connect(stack, 9009, PATIENCE)) {
                discard.getOutputStream().write(new byte[1_000_000]);
                discard.shutdownOutput();
                assertEquals(-1, discard.getInputStream().read());
            }
            try (Socket source = host.connect(stack, 1919, PATIENCE)) {
                source.shutdownOutput();
                byte[] octets = source.getInputStream().readNBytes(1_000_000);
                for (int i = 0; i < octets.length; i++) {
                    assertEquals((byte) (i % 251), octets[i]);
                }
            }
            stalls(host.connect(stack, 1414, PATIENCE));
            dials(host, stack, address.contains(":") ? "fd07::1" : "10.7.0.1");
            services.close();
            assertTrue(!host.run("ip", "link", "show", "sjx").succeeded(), "a device it made goes with it");
        }
    }

    private static void stalls(Socket stalled) throws IOException, InterruptedException {
        try (stalled) {
            long began = System.nanoTime();
            stalled.getOutputStream().write(new byte[8 << 20]);
            stalled.shutdownOutput();
            assertEquals(-1, stalled.getInputStream().read());
            double seconds = (System.nanoTime() - began) / 1e9;
            assertTrue(seconds > 3.5 && seconds < 10, "ended after " + seconds + " s");
        }
    }

    private static void dials(Host host, IpAddress stack, String here) throws IOException {
        try (ServerSocket listener = host.listen(5555);
                Socket dial = host.connect(stack, 1515, PATIENCE)) {
            dial.getOutputStream().write((here + " 5555\n").getBytes(StandardCharsets.US_ASCII));
            try (Socket called = listener.accept()) {
                assertEquals("OK\n", new String(dial.getInputStream().readNBytes(3), StandardCharsets.US_ASCII));
                called.getOutputStream().write(new byte[] {1, 2, 3});
                called.shutdownOutput();
                assertArrayEquals(new byte[] {1, 2, 3}, called.getInputStream().readAllBytes());
            }
            dial.getOutputStream().write((here + " 5556\n").getBytes(StandardCharsets.US_ASCII));
            assertEquals("ERR\n", new String(dial.getInputStream().readNBytes(4), StandardCharsets.US_ASCII));
        }
    }

    private static String text(Socket socket) throws IOException {
        try (socket;
                InputStream in = socket.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    /** An existing device stays behind, and other ports come from the environment. */
    @Test
    void takesAnExistingDeviceAndPortsOfTheEnvironment() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            Host host = network.host("a");
            host.ip("tuntap add dev sjx mode tun", "link set sjx up", "addr add 10.7.0.1/24 dev sjx");
            List<String> command = new ArrayList<>(List.of("env", "SOJOURN_BYE=2222"));
            command.addAll(JavaProgram.command(Sojourn.class, "services", "--tun", "sjx", "--address", "10.7.0.2"));
            HostProcess services = host.start(command);
            services.awaitOutput("bye 2222", PATIENCE);
            assertEquals("bye\r\n", text(host.connect(STACK, 2222, PATIENCE)));
            services.close();
            assertTrue(host.run("ip", "link", "show", "sjx").succeeded());
        }
    }
}
