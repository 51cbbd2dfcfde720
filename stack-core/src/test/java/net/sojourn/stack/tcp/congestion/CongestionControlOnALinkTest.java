package net.sojourn.stack.tcp.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.World;
import net.sojourn.stack.world.WorldApplication;
import net.sojourn.stack.world.WorldHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What each algorithm makes of a bottleneck, in virtual time. */
@ExtendWith(LeakCheck.class)
class CongestionControlOnALinkTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;
    private static final long BITS_PER_SECOND = 50_000_000;

    private static LinkSettings bottleneck(int queueBytes, double loss) {
        return new LinkSettings(20 * MILLI, 0, loss, 0, 0, BITS_PER_SECOND, queueBytes, 1500);
    }

    /** One endless transfer. */
    private static final class Transfer implements AutoCloseable {

        final World world;
        final WorldApplication client;
        final WorldApplication server;

        Transfer(String algorithm, LinkSettings link, long seed) {
            StackSettings settings = StackSettings.defaults().toBuilder()
                    .congestionControl(StackSettings.congestionControlNamed(algorithm))
                    .build();
            world = World.seed(seed).link(link);
            WorldHost a = world.host("a", "10.0.0.1", settings);
            WorldHost b = world.host("b", "10.0.0.2", settings);
            server = b.accept(80);
            client = a.connect(IpAddress.parse("10.0.0.2"), 80);
            client.send(1L << 40);
        }

        double megabitsOver(long nanos) {
            long before = server.received();
            world.run(nanos);
            return 8 * (server.received() - before) / 1e6 / (nanos / 1e9);
        }

        ConnectionInfo info() {
            return client.tcb().info(world.nowNanos());
        }

        @Override
        public void close() {
            server.assertStreamIntact();
            world.close();
        }
    }

    /** RFC 9406: the queue is deep enough for what HyStart++ puts there, and not for what slow start would. */
    @ParameterizedTest
    @ValueSource(strings = {"cubic", "newreno"})
    void hyStartLeavesSlowStartBeforeTheQueueOverflows(String algorithm) {
        try (Transfer t = new Transfer(algorithm, bottleneck(2 << 20, 0), 1)) {
            t.world.run(3 * SECOND);
            assertTrue(t.info().ssthreshBytes() < Long.MAX_VALUE, () -> "still in slow start: " + t.info());
            assertEquals(0, t.info().octetsRetransmitted());
            double megabits = t.megabitsOver(2 * SECOND);
            assertTrue(megabits > 45, "goodput " + megabits + " Mbit/s of 50");
        }
    }

    @Test
    void bbrFillsALinkThatLosesOnePacketInAHundred() {
        double bbr;
        try (Transfer t = new Transfer("bbr", bottleneck(256 << 10, 0.01), 2)) {
            t.world.run(3 * SECOND);
            bbr = t.megabitsOver(10 * SECOND);
        }
        double cubic;
        try (Transfer t = new Transfer("cubic", bottleneck(256 << 10, 0.01), 2)) {
            t.world.run(3 * SECOND);
            cubic = t.megabitsOver(10 * SECOND);
        }
        assertTrue(bbr > 40, "bbr " + bbr + " Mbit/s of 50");
        assertTrue(bbr > 3 * cubic, "bbr " + bbr + ", cubic " + cubic);
    }

    /** It keeps what is in flight near the bandwidth-delay product, whatever the queue would take. */
    @Test
    void bbrLeavesADeepQueueEmpty() {
        try (Transfer t = new Transfer("bbr", bottleneck(8 << 20, 0), 3)) {
            t.world.run(5 * SECOND);
            double megabits = t.megabitsOver(5 * SECOND);
            assertTrue(megabits > 45, "goodput " + megabits + " Mbit/s of 50");
            assertTrue(
                    t.info().srttNanos() < 70 * MILLI,
                    "a round trip of 40 ms takes " + t.info().srttNanos());
        }
    }

    /** Each ten seconds it all but stops for a fifth of one, and what it finds keeps the rate. */
    @Test
    void bbrProbesTheRoundTripTimeAndGoesOn() {
        try (Transfer t = new Transfer("bbr", bottleneck(1 << 20, 0), 4)) {
            t.world.run(5 * SECOND);
            double megabits = t.megabitsOver(30 * SECOND);
            assertTrue(megabits > 44, "goodput " + megabits + " Mbit/s of 50");
            assertEquals(0, t.info().octetsRetransmitted());
        }
    }

    /** A rate that drops to a tenth is followed within the ten rounds that the filter remembers. */
    @Test
    void bbrFollowsABandwidthThatDrops() {
        try (Transfer t = new Transfer("bbr", bottleneck(4 << 20, 0), 5)) {
            t.world.run(5 * SECOND);
            LinkSettings slow = new LinkSettings(20 * MILLI, 0, 0, 0, 0, BITS_PER_SECOND / 10, 4 << 20, 1500);
            t.world.link(slow);
            t.world.run(15 * SECOND);
            double megabits = t.megabitsOver(5 * SECOND);
            assertTrue(megabits > 4, "goodput " + megabits + " Mbit/s of 5");
            assertTrue(
                    t.info().srttNanos() < 400 * MILLI,
                    "the queue stands at " + t.info().srttNanos());
        }
    }
}
