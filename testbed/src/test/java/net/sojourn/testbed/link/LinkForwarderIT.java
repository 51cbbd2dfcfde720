package net.sojourn.testbed.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.sojourn.testbed.link.EmulatedLink.Direction;
import net.sojourn.testbed.netns.Cidr;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.HostProcess;
import net.sojourn.testbed.netns.TestNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The emulated link as the kernel's own TCP, ping and UDP see it. Needs root and iperf3. */
@Timeout(120)
class LinkForwarderIT {

    private static final long SEED = 1;
    private static final Pattern PING_SUMMARY = Pattern.compile("= ([0-9.]+)/([0-9.]+)/([0-9.]+)/");
    private static final Pattern MEGABITS = Pattern.compile("([0-9.]+) Mbits/sec.*receiver");

    private TestNetwork network;
    private Host a;
    private Host b;

    @BeforeEach
    void makeHosts() {
        network = TestNetwork.create();
        a = network.host("a");
        b = network.host("b");
    }

    @AfterEach
    void removeHosts() {
        network.close();
    }

    private EmulatedLink link(String aToB, String bToA) {
        EmulatedLink link =
                network.link(a, "tun0", b, "tun0", LinkSettings.parse(aToB), LinkSettings.parse(bToA), SEED);
        a.address("tun0", Cidr.parse("10.0.0.1/24")).address("tun0", Cidr.parse("2001:db8::1/64"));
        b.address("tun0", Cidr.parse("10.0.0.2/24")).address("tun0", Cidr.parse("2001:db8::2/64"));
        return link;
    }

    @Test
    void pingTakesBothDelays() {
        link("delay=10ms", "delay=20ms");
        for (String target : List.of("10.0.0.2", "2001:db8::2")) {
            String output =
                    a.run("ping", "-c", "20", "-i", "0.05", target).orFail().output();
            Matcher summary = PING_SUMMARY.matcher(output);
            assertTrue(summary.find(), output);
            System.out.println("rtt min/avg/max ms over 10+20 ms: " + summary.group());
            double least = Double.parseDouble(summary.group(1));
            double mean = Double.parseDouble(summary.group(2));
            assertTrue(least >= 30 && mean <= 33, output);
        }
    }

    @Test
    void kernelTcpReachesTheRate() {
        link("rate=100mbit,delay=30ms", "rate=50mbit,delay=30ms");
        double towardsB = iperf();
        double towardsA = iperf("-R");
        System.out.println("Mbit/s of 100: " + towardsB + ", of 50: " + towardsA);
        assertEquals(100, towardsB, 10);
        assertEquals(50, towardsA, 5);
    }

    @Test
    void unlimitedLinkIsFasterThanSinglePacketsCanBe() {
        EmulatedLink link = link("unlimited", "unlimited");
        double megabits = iperf();
        System.out.println("Mbit/s over an unlimited link: " + megabits);
        assertTrue(megabits > 3_000, megabits + " Mbit/s");
        LinkCounters counters = counters(link, Direction.A_TO_B);
        assertTrue(counters.deliveredBytes() / counters.delivered() > 5_000, "no super-packets: " + counters);
        assertThrows(IllegalStateException.class, () -> link.change(LinkSettings.parse("loss=1%")));
    }

    @Test
    void lossIsMeasuredAsSet() throws IOException {
        EmulatedLink link = link("loss=10%,delay=1ms", "delay=1ms");
        List<Integer> arrived = datagrams(5_000);
        double lost = 1 - arrived.size() / 5_000.0;
        System.out.println("loss of 10 %: " + lost);
        assertEquals(0.10, lost, 0.025);
        LinkCounters counters = counters(link, Direction.A_TO_B);
        assertEquals(5_000 - arrived.size(), counters.lost(), counters.toString());
        assertEquals(0, counters.queueFull() + counters.refused(), counters.toString());
    }

    @Test
    void duplicatesAndOvertakenPacketsAreSeen() throws IOException {
        EmulatedLink link = link("delay=2ms,duplicate=5%,reorder=5%/3ms", "delay=2ms");
        List<Integer> arrived = datagrams(4_000);
        int distinct = new HashSet<>(arrived).size();
        int backwards = 0;
        for (int i = 1; i < arrived.size(); i++) {
            backwards += arrived.get(i) < arrived.get(i - 1) ? 1 : 0;
        }
        System.out.println("copies " + (arrived.size() - distinct) + ", steps back " + backwards);
        assertEquals(4_000, distinct);
        assertEquals(200, arrived.size() - distinct, 75);
        assertTrue(backwards > 50, "steps back: " + backwards);
        assertTrue(counters(link, Direction.A_TO_B).overtaken() > 50);
    }

    /** A bit turned over anywhere shows: the kernel's checksums find it, and nothing wrong reaches the application. */
    @Test
    void corruptedDatagramsAreDroppedByTheReceiver() throws IOException {
        EmulatedLink link = link("corrupt=20%,delay=1ms", "delay=1ms");
        List<Integer> arrived = datagrams(2_000);
        LinkCounters counters = counters(link, Direction.A_TO_B);
        assertEquals(400, counters.corrupted(), 100);
        // Bits of addresses and ports too are covered by the checksums, so that none slips through.
        assertEquals(2_000 - counters.corrupted(), arrived.size());
    }

    @Test
    void linkGoesDownAndUpAndChangesWhileItRuns() throws IOException {
        EmulatedLink link = link("delay=1ms", "delay=1ms");
        assertTrue(a.run("ping", "-c", "1", "-W", "1", "10.0.0.2").succeeded());
        link.setUp(false);
        assertFalse(a.run("ping", "-c", "1", "-W", "1", "10.0.0.2").succeeded());
        assertEquals(1, counters(link, Direction.A_TO_B).whileDown());
        link.setUp(true);
        link.change(LinkSettings.parse("delay=40ms"));
        String output =
                a.run("ping", "-c", "3", "-i", "0.1", "10.0.0.2").orFail().output();
        Matcher summary = PING_SUMMARY.matcher(output);
        assertTrue(summary.find() && Double.parseDouble(summary.group(1)) >= 80, output);
    }

    private double iperf(String... more) {
        try (HostProcess server = b.start("iperf3", "-s", "-1", "--forceflush")) {
            server.awaitOutput("Server listening", Duration.ofSeconds(5));
            List<String> command =
                    new ArrayList<>(List.of("iperf3", "-c", "10.0.0.2", "-t", "4", "-O", "2", "-f", "m"));
            command.addAll(List.of(more));
            String output = a.run(command.toArray(String[]::new)).orFail().output();
            Matcher rate = MEGABITS.matcher(output);
            assertTrue(rate.find(), output);
            return Double.parseDouble(rate.group(1));
        }
    }

    /** Sends numbered datagrams from a to b, 0.2 ms apart, and returns the numbers in the order in which they came. */
    private List<Integer> datagrams(int count) throws IOException {
        try (DatagramSocket from = a.call(() -> new DatagramSocket());
                DatagramSocket to = b.call(() -> new DatagramSocket(new InetSocketAddress("10.0.0.2", 5000)))) {
            to.setReceiveBufferSize(4 << 20);
            to.setSoTimeout(500);
            Thread sender = new Thread(() -> send(from, count));
            sender.start();
            List<Integer> arrived = new ArrayList<>();
            ByteBuffer buffer = ByteBuffer.allocate(100);
            try {
                while (true) {
                    to.receive(new DatagramPacket(buffer.array(), 100));
                    arrived.add(buffer.getInt(0));
                }
            } catch (SocketTimeoutException allArrived) {
                return arrived;
            }
        }
    }

    private static void send(DatagramSocket socket, int count) {
        try {
            InetAddress target = InetAddress.getByName("10.0.0.2");
            long start = System.nanoTime();
            for (int i = 0; i < count; i++) {
                byte[] payload = ByteBuffer.allocate(100).putInt(i).array();
                socket.send(new DatagramPacket(payload, 100, target, 5000));
                java.util.concurrent.locks.LockSupport.parkNanos(start + i * 200_000L - System.nanoTime());
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static LinkCounters counters(EmulatedLink link, Direction direction) {
        try {
            return link.counters(direction);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
