package net.sojourn.stack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.ConnectionFailure;
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

/** Two hosts in virtual time: every octet once and in order, whatever the network does, and no timer left behind. */
@ExtendWith(LeakCheck.class)
class TwoHostsTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    private static void transfer(World world, long bytesEachWay, StackSettings settings, String left, String right) {
        WorldHost a = world.host("a", left, settings);
        WorldHost b = world.host("b", right, settings);
        WorldApplication server = b.accept(80);
        WorldApplication client = a.connect(IpAddress.parse(right), 80);
        client.sendThenClose(bytesEachWay);
        server.sendThenClose(bytesEachWay);
        world.runUntil(() -> client.sawEndOfStream() && server.sawEndOfStream(), 600 * SECOND);
        assertEquals(bytesEachWay, client.received());
        assertEquals(bytesEachWay, server.received());
        client.assertStreamIntact();
        server.assertStreamIntact();
        world.run(200 * SECOND);
        assertTrue(client.isEnded() && server.isEnded());
        assertEquals(ConnectionFailure.NONE, client.failure());
        world.assertNothingPending();
    }

    @Test
    void perfectLinkCarriesBothDirections() {
        try (World world = World.seed(1)) {
            transfer(world, 4 << 20, StackSettings.defaults(), "10.0.0.1", "10.0.0.2");
        }
    }

    @Test
    void ipv6CarriesBothDirections() {
        try (World world = World.seed(2)) {
            transfer(world, 1 << 20, StackSettings.defaults(), "2001:db8::1", "2001:db8::2");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void lossReorderingDuplicationAndCorruptionLoseNoOctet(long seed) {
        LinkSettings link = LinkSettings.delay(20 * MILLI)
                .jitter(5 * MILLI)
                .loss(0.02)
                .duplication(0.01)
                .corruption(0.005);
        try (World world = World.seed(seed).link(link)) {
            transfer(world, 1 << 20, StackSettings.defaults(), "10.0.0.1", "10.0.0.2");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void withoutSackAndTimestampsLossIsRepairedToo(long seed) {
        StackSettings plain = StackSettings.defaults().toBuilder()
                .sack(false)
                .timestamps(false)
                .windowScaling(false)
                .congestionControl(StackSettings.congestionControlNamed("newreno"))
                .build();
        LinkSettings link = LinkSettings.delay(20 * MILLI).jitter(3 * MILLI).loss(0.02);
        try (World world = World.seed(seed).link(link)) {
            transfer(world, 512 << 10, plain, "10.0.0.1", "10.0.0.2");
        }
    }

    @Test
    void rateLimitedLinkIsFilled() {
        LinkSettings link = LinkSettings.delay(10 * MILLI).rate(100_000_000);
        try (World world = World.seed(21).link(link)) {
            WorldHost a = world.host("a", "10.0.0.1", StackSettings.defaults());
            WorldHost b = world.host("b", "10.0.0.2", StackSettings.defaults());
            WorldApplication server = b.accept(80);
            WorldApplication client = a.connect(IpAddress.parse("10.0.0.2"), 80);
            long began = world.nowNanos();
            client.sendThenClose(32 << 20);
            world.runUntil(server::sawEndOfStream, 60 * SECOND);
            double seconds = (world.nowNanos() - began) / 1e9;
            double megabits = 8.0 * (32 << 20) / 1e6 / seconds;
            assertTrue(megabits > 80, "goodput " + megabits + " Mbit/s of 100");
            server.assertStreamIntact();
        }
    }

    /** RFC 5681 3.1: slow start after a time-out, although all there is to send is retransmissions. */
    @Test
    void windowGrowsAgainAfterTheNetworkWasGone() {
        LinkSettings link = LinkSettings.delay(30 * MILLI).rate(50_000_000);
        try (World world = World.seed(22).link(link)) {
            // The peer's window, not ours, is the limit before the time-out.
            StackSettings narrow = StackSettings.defaults().toBuilder()
                    .receiveBufferBytes(512 << 10)
                    .build();
            WorldHost a = world.host("a", "10.0.0.1", narrow);
            WorldHost b = world.host("b", "10.0.0.2", narrow);
            WorldApplication server = b.accept(80);
            WorldApplication client = a.connect(IpAddress.parse("10.0.0.2"), 80);
            client.sendThenClose(8 << 20);
            world.run(SECOND);
            world.link(link.loss(1));
            world.run(3 * SECOND);
            world.link(link);
            world.runUntil(server::sawEndOfStream, 8 * SECOND);
            server.assertStreamIntact();
        }
    }

    /** RFC 9293 3.8.6.1: a reader that stops is probed for ever, and the transfer goes on when it reads again. */
    @Test
    void zeroWindowIsProbedUntilItOpens() {
        StackSettings small =
                StackSettings.defaults().toBuilder().receiveBufferBytes(8192).build();
        try (World world = World.seed(31)) {
            WorldHost a = world.host("a", "10.0.0.1", small);
            WorldHost b = world.host("b", "10.0.0.2", small);
            WorldApplication server = b.accept(80);
            WorldApplication client = a.connect(IpAddress.parse("10.0.0.2"), 80);
            client.sendThenClose(100_000);
            world.runUntil(server::isEstablished, SECOND);
            server.reading(false);
            world.run(300 * SECOND);
            assertTrue(server.received() < 10_000);
            server.reading(true);
            world.runUntil(server::sawEndOfStream, 120 * SECOND);
            assertEquals(100_000, server.received());
            server.assertStreamIntact();
        }
    }

    /** RFC 9293 figure 8. */
    @Test
    void simultaneousOpenEstablishesOneConnection() {
        try (World world = World.seed(41)) {
            WorldHost a = world.host("a", "10.0.0.1", StackSettings.defaults());
            WorldHost b = world.host("b", "10.0.0.2", StackSettings.defaults());
            WorldApplication left = a.connectFrom(7000, IpAddress.parse("10.0.0.2"), 7001);
            WorldApplication right = b.connectFrom(7001, IpAddress.parse("10.0.0.1"), 7000);
            left.sendThenClose(50_000);
            right.sendThenClose(50_000);
            world.runUntil(() -> left.sawEndOfStream() && right.sawEndOfStream(), 30 * SECOND);
            left.assertStreamIntact();
            right.assertStreamIntact();
        }
    }

    @Test
    void refusedConnectionFailsAtOnce() {
        try (World world = World.seed(51)) {
            WorldHost a = world.host("a", "10.0.0.1", StackSettings.defaults());
            world.host("b", "10.0.0.2", StackSettings.defaults());
            WorldApplication client = a.connect(IpAddress.parse("10.0.0.2"), 81);
            world.runUntil(client::isEnded, SECOND);
            assertEquals(ConnectionFailure.REFUSED, client.failure());
            world.assertNothingPending();
        }
    }

    @Test
    void unansweredConnectTimesOut() {
        try (World world = World.seed(52)) {
            WorldHost a = world.host("a", "10.0.0.1", StackSettings.defaults());
            WorldApplication client = a.connect(IpAddress.parse("10.9.9.9"), 81);
            world.runUntil(client::isEnded, 200 * SECOND);
            assertEquals(ConnectionFailure.TIMED_OUT, client.failure());
            world.assertNothingPending();
        }
    }
}
