package net.sojourn.stack.simulation;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetector.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.simulation.Scenario.HostPart;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.World;
import net.sojourn.stack.world.WorldApplication;
import net.sojourn.stack.world.WorldHost;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What theory says of congestion control, held against what it does, in virtual time. */
class CongestionTheoryTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;
    /** Text octets of a segment of 1,500 octets with timestamps. */
    private static final int SEGMENT_BYTES = 1448;

    /** RFC 9438 4.1, 4.6. */
    private static final double C = 0.4;

    private static final double BETA = 0.7;

    private static final int CYCLES_TO_SETTLE = 15;
    private static final int CYCLES_MEASURED = 10;

    private static Level formerly = Level.DISABLED;

    /** These runs are long, and looking for lost buffers takes most of their time; others look. */
    @BeforeAll
    static void lookForNoLostBuffers() {
        formerly = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(Level.DISABLED);
    }

    @AfterAll
    static void lookForLostBuffersAgain() {
        ResourceLeakDetector.setLevel(formerly);
    }

    private static StackSettings settings(String algorithm) {
        return StackSettings.defaults().toBuilder()
                .congestionControl(StackSettings.congestionControlNamed(algorithm))
                .receiveBufferBytes(16 << 20)
                .sendBufferBytes(16 << 20)
                .build();
    }

    /** Mean window in segments when every {@code between}-th packet is lost and nothing else limits. */
    private static double meanWindow(String algorithm, long rttNanos, int between) {
        long[] packets = new long[1];
        try (World world = World.seed(1).link(LinkSettings.delay(rttNanos / 2)).traced(false)) {
            world.fate((from, packet) -> isLost(packet, packets, between) ? 0 : 1);
            WorldHost a = world.host("a", "10.0.0.1", settings(algorithm));
            WorldHost b = world.host("b", "10.0.0.2", settings(algorithm));
            WorldApplication server = b.accept(80);
            WorldApplication client = a.connect(IpAddress.parse("10.0.0.2"), 80);
            client.send(1L << 40);
            world.runUntil(() -> packets[0] > (long) CYCLES_TO_SETTLE * between, 10_000 * SECOND);
            long startNanos = world.nowNanos();
            long startBytes = server.received();
            world.runUntil(() -> packets[0] > (long) (CYCLES_TO_SETTLE + CYCLES_MEASURED) * between, 10_000 * SECOND);
            server.assertStreamIntact();
            double rtts = (world.nowNanos() - startNanos) / (double) rttNanos;
            return (server.received() - startBytes) / (double) SEGMENT_BYTES / rtts;
        }
    }

    private static boolean isLost(ByteBuf packet, long[] packets, int between) {
        return packet.readableBytes() > 1000 && ++packets[0] % between == 0;
    }

    private static void assertWithinTenPercent(String what, double expected, double measured) {
        String text = String.format(
                Locale.ROOT,
                "%s: theory %.1f segments, measured %.1f (%.2f)",
                what,
                expected,
                measured,
                measured / expected);
        System.out.println("simulation " + text);
        assertTrue(Math.abs(measured / expected - 1) < 0.10, text);
    }

    /** RFC 5681 in the model of Mathis et al. 1997: a saw between W/2 and W, mean sqrt(3 / 2p). */
    @ParameterizedTest
    @CsvSource({"50, 1000", "100, 1500", "50, 3000"})
    void renosResponseToLoss(long rttMillis, int packetsBetweenLosses) {
        double measured = meanWindow("newreno", rttMillis * MILLI, packetsBetweenLosses);
        double expected = Math.sqrt(1.5 * packetsBetweenLosses);
        assertWithinTenPercent("newreno, " + rttMillis + " ms, p 1/" + packetsBetweenLosses, expected, measured);
    }

    /**
     * RFC 9438 4.2 to 4.7 reckoned round trip by round trip, every {@code between}-th packet lost and one round trip spent on
     * each recovery: the mean window in segments. Equation 5 of its section 5.2 says more, as it leaves fast convergence out.
     */
    private static double cubicByItsRules(double rttSeconds, int between) {
        double window = 300;
        double wMax = 0;
        double k = 0;
        double t = 0;
        double friendly = 0;
        double sum = 0;
        int rounds = 0;
        long sent = 0;
        for (int losses = 0; losses < CYCLES_TO_SETTLE + CYCLES_MEASURED; ) {
            sent += (long) window;
            boolean measured = losses >= CYCLES_TO_SETTLE;
            sum += measured ? window : 0;
            rounds += measured ? 1 : 0;
            if (sent >= (losses + 1L) * between) {
                losses++;
                wMax = window < wMax ? window * (1 + BETA) / 2 : window;
                window *= BETA;
                sent += (long) window;
                sum += measured ? window : 0;
                rounds += measured ? 1 : 0;
                k = Math.cbrt((wMax - window) / C);
                t = 0;
                friendly = window;
                continue;
            }
            t += rttSeconds;
            friendly += 3 * (1 - BETA) / (1 + BETA);
            double next = C * Math.pow(t + rttSeconds - k, 3) + wMax;
            boolean isFriendly = C * Math.pow(t - k, 3) + wMax < friendly;
            window = isFriendly ? Math.max(window, friendly) : Math.min(Math.max(next, window), 1.5 * window);
        }
        return sum / rounds;
    }

    /** Where CUBIC is beyond its Reno-friendly region. */
    @ParameterizedTest
    @CsvSource({"200, 4000", "300, 3000", "400, 2000", "100, 10000"})
    void cubicsResponseToLoss(long rttMillis, int packetsBetweenLosses) {
        double measured = meanWindow("cubic", rttMillis * MILLI, packetsBetweenLosses);
        double equation5 = Math.pow(C * (3 + BETA) / (4 * (1 - BETA)), 0.25)
                * Math.pow(rttMillis / 1e3, 0.75)
                * Math.pow(packetsBetweenLosses, 0.75);
        String what = String.format(
                Locale.ROOT, "cubic, %d ms, p 1/%d (equation 5: %.1f)", rttMillis, packetsBetweenLosses, equation5);
        assertWithinTenPercent(what, cubicByItsRules(rttMillis / 1e3, packetsBetweenLosses), measured);
        // Fast convergence costs a flow that is alone up to a fifth, never more, and never gains.
        assertTrue(measured > 0.78 * equation5 && measured < 1.1 * equation5, what);
    }

    // ---- flows that share a link

    private static HostPart host(String algorithm, long delayMicros, long bitsPerSecond, int queueBytes) {
        return new HostPart(
                false,
                true,
                true,
                true,
                16 << 20,
                algorithm,
                delayMicros,
                bitsPerSecond,
                queueBytes,
                0,
                0,
                1,
                0,
                0,
                0,
                0,
                0);
    }

    /** Jain's index of the octets that each flow got: 1 when all got the same, 1/n when one got all. */
    private static double jainIndex(List<Long> shares) {
        double sum = shares.stream().mapToDouble(x -> x).sum();
        double squares = shares.stream().mapToDouble(x -> (double) x * x).sum();
        return sum * sum / (shares.size() * squares);
    }

    /** The second flow comes when the first has all; both then share. */
    @ParameterizedTest
    @CsvSource({"newreno, newreno", "cubic, cubic", "cubic, newreno"})
    void twoFlowsConverge(String first, String second) {
        HostPart bottleneck = host("cubic", 5_000, 20_000_000, 100_000);
        Scenario scenario = new Scenario(
                1,
                true,
                List.of(host(first, 10_000, 0, 0), host(second, 10_000, 0, 0), bottleneck),
                List.of(),
                List.of(),
                List.of());
        try (World world = World.seed(1).link(LinkSettings.delay(0)).traced(false)) {
            Star star = new Star(world, scenario);
            WorldHost a = world.host("a", "10.0.0.1", settings(first));
            WorldHost b = world.host("b", "10.0.0.2", settings(second));
            WorldHost c = world.host("c", "10.0.0.3", settings("cubic"));
            List.of(a, b, c).forEach(star::attach);
            world.network(star);
            List<WorldApplication> servers = List.of(c.accept(1), c.accept(2));
            a.connect(c.address(), 1).send(1L << 40);
            world.run(10 * SECOND);
            b.connect(c.address(), 2).send(1L << 40);
            world.run(20 * SECOND);
            List<Long> before = servers.stream().map(WorldApplication::received).toList();
            world.run(30 * SECOND);
            List<Long> shares = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                servers.get(i).assertStreamIntact();
                shares.add(servers.get(i).received() - before.get(i));
            }
            double jain = jainIndex(shares);
            double megabits = 8 * (shares.get(0) + shares.get(1)) / 30e6;
            String text = String.format(
                    Locale.ROOT, "%s and %s: %s, Jain %.3f, %.1f Mbit/s of 20", first, second, shares, jain, megabits);
            System.out.println("simulation " + text);
            assertTrue(jain > 0.95, text);
            assertTrue(megabits > 17, text);
        }
    }
}
