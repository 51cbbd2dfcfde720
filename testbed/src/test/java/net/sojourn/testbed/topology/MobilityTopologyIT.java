package net.sojourn.testbed.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.sojourn.stack.IpAddress;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.topology.TopologySettings.Family;
import net.sojourn.testbed.topology.TopologySettings.Routing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kernel's own TCP on the topology, before and after moves. Needs root and nft. */
@Timeout(120)
class MobilityTopologyIT {

    private static final int PORT = 8080;
    private static final Pattern PING_SUMMARY = Pattern.compile("= ([0-9.]+)/([0-9.]+)/");

    @ParameterizedTest
    @EnumSource(Family.class)
    void kernelTcpWorksOverBothUplinksAndMovesChangeAddresses(Family family) throws IOException {
        try (MobilityTopology topology = MobilityTopology.create(TopologySettings.IPV4.withFamily(family))) {
            AddressPlan plan = topology.addresses();
            assertEquals(Optional.of(plan.laptopOnWifi().address()), topology.laptopAddress());
            assertRoundTrip(topology, 20);
            assertEquals(plan.laptopOnWifi().address(), download(topology, 2 << 20));

            Move away = topology.wifiToMobile();
            assertEquals(plan.laptopOnMobile().address(), away.to());
            System.out.printf("wifiToMobile took %.1f ms%n", (away.presentNanos() - away.goneNanos()) / 1e6);
            assertAddresses(topology.laptop(), "wlan0", "");
            assertAddresses(topology.laptop(), "wwan0", plan.laptopOnMobile().toString());
            assertRoundTrip(topology, 60);
            assertEquals(plan.laptopOnMobile().address(), download(topology, 2 << 20));

            topology.backToWifi(plan.laptopOnWifiAgain());
            assertAddresses(topology.laptop(), "wwan0", "");
            assertAddresses(topology.laptop(), "wlan0", plan.laptopOnWifiAgain().toString());
            assertRoundTrip(topology, 20);
            assertEquals(plan.laptopOnWifiAgain().address(), download(topology, 1 << 20));

            Move outage = topology.outage(Duration.ofMillis(300));
            assertTrue(outage.presentNanos() - outage.goneNanos() >= 300_000_000L);
            assertEquals(plan.laptopOnWifiAgain().address(), outage.to());
            assertEquals(plan.laptopOnWifiAgain().address(), download(topology, 1 << 20));

            Move server = topology.serverMoves(plan.serverElsewhere());
            assertEquals(Optional.of(plan.serverHome().address()), server.from());
            assertEquals(plan.serverElsewhere().address(), topology.serverAddress());
            assertRoundTrip(topology, 20);
            assertFalse(ping(topology.observer(), plan.serverHome().address()).contains(" 0% packet loss"));
            assertTrue(ping(topology.observer(), topology.nameServerAddress()).contains(" 0% packet loss"));
        }
    }

    /** A kernel connection dies with its address: what the whole project is about. */
    @Test
    void kernelConnectionDoesNotSurviveTheMove() throws IOException {
        try (MobilityTopology topology = MobilityTopology.create(TopologySettings.IPV4);
                ServerSocket listener = topology.server().listen(PORT);
                Socket socket = connect(topology)) {
            try (Socket accepted = listener.accept()) {
                topology.wifiToMobile();
                socket.setSoTimeout(1_000);
                accepted.getOutputStream().write(1);
                boolean arrived;
                try {
                    arrived = socket.getInputStream().read() == 1;
                } catch (SocketTimeoutException | SocketException e) {
                    arrived = false;
                }
                assertFalse(arrived);
            }
        }
    }

    @Test
    void masqueradeHidesTheLaptop() throws IOException {
        TopologySettings settings = TopologySettings.IPV4.withRouting(Routing.MASQUERADE);
        try (MobilityTopology topology = MobilityTopology.create(settings)) {
            assertEquals(topology.addresses().wifiRouter().address(), download(topology, 1 << 20));
            topology.wifiToMobile();
            assertEquals(topology.addresses().mobileRouter().address(), download(topology, 1 << 20));
        }
    }

    @Test
    void strictFirewallLetsOnlyTheLaptopBegin() throws IOException {
        TopologySettings settings = TopologySettings.IPV4.withRouting(Routing.STRICT_FIREWALL);
        try (MobilityTopology topology = MobilityTopology.create(settings)) {
            assertEquals(topology.addresses().laptopOnWifi().address(), download(topology, 1 << 20));
            String unasked =
                    ping(topology.server(), topology.addresses().laptopOnWifi().address());
            assertTrue(unasked.contains("100% packet loss"), unasked);
        }
    }

    /** RFC 4862 5.4: with detection on, the address is there at once but tentative, and usable about 1.3 s later. */
    @Test
    void duplicateAddressDetectionTakesItsTime() throws Exception {
        TopologySettings settings = TopologySettings.IPV6.withDuplicateAddressDetection(true);
        try (MobilityTopology topology = MobilityTopology.create(settings)) {
            topology.wifiToMobile();
            String atOnce = topology.laptop()
                    .run("ip", "-6", "addr", "show", "dev", "wwan0")
                    .output();
            assertTrue(atOnce.contains("tentative"), atOnce);
            Thread.sleep(2_500);
            assertRoundTrip(topology, 60);
        }
    }

    @Test
    void linksMayRunInProcessesOfTheirOwn() throws IOException {
        try (MobilityTopology topology = MobilityTopology.create(TopologySettings.IPV4.withLinksInProcesses(true))) {
            assertRoundTrip(topology, 20);
            assertEquals(topology.addresses().laptopOnWifi().address(), download(topology, 1 << 20));
        }
    }

    private static Socket connect(MobilityTopology topology) throws IOException {
        return topology.laptop().connect(topology.serverAddress(), PORT, Duration.ofSeconds(3));
    }

    /** Sends octets from server to laptop by kernel TCP, checks that all came; returns the address the server saw. */
    private static IpAddress download(MobilityTopology topology, int bytes) throws IOException {
        try (ServerSocket listener = topology.server().listen(PORT)) {
            listener.setSoTimeout(5_000);
            CompletableFuture<IpAddress> seen = CompletableFuture.supplyAsync(() -> serve(listener, bytes));
            try (Socket socket = connect(topology);
                    InputStream in = socket.getInputStream()) {
                assertEquals(bytes, in.readAllBytes().length);
            }
            return seen.join();
        }
    }

    private static IpAddress serve(ServerSocket listener, int bytes) {
        try (Socket accepted = listener.accept();
                OutputStream out = accepted.getOutputStream()) {
            out.write(new byte[bytes]);
            return IpAddress.of(accepted.getInetAddress());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String ping(Host from, IpAddress to) {
        return from.run("ping", "-c", "5", "-i", "0.1", "-W", "1", to.toString())
                .output();
    }

    private static void assertRoundTrip(MobilityTopology topology, double millis) {
        String output = ping(topology.laptop(), topology.serverAddress());
        Matcher summary = PING_SUMMARY.matcher(output);
        assertTrue(summary.find(), output);
        double least = Double.parseDouble(summary.group(1));
        System.out.println("round trip " + least + " ms of " + millis);
        assertTrue(least >= millis && least <= millis + 3, output);
    }

    private static void assertAddresses(Host host, String device, String expected) {
        String shown = host.run("ip", "-o", "addr", "show", "dev", device, "scope", "global")
                .orFail()
                .output();
        Matcher address = Pattern.compile("inet6? (\\S+)").matcher(shown);
        assertEquals(expected, address.find() ? address.group(1) : "", shown);
    }
}
