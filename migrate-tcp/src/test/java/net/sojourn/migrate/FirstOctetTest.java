package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import net.sojourn.migrate.MovingWorld.End;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.spi.ConnectionControl.StreamOffsets;
import net.sojourn.stack.tcp.UserCalls;
import net.sojourn.stack.world.LinkSettings;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * From the new address to the first new octet at the receiver, with text in flight and its acknowledgements lost: half a
 * round trip from the mover, one to it (docs/protocol.md, "The early form").
 */
@ExtendWith(LeakCheck.class)
class FirstOctetTest {

    private static final int SYN = 2;
    private static final int OCTETS_A_MILLI = 16;
    private static final long BULK = 4_000_000;

    private static MovingWorld world(int rttMillis, long bitsPerSecond) {
        LinkSettings link = LinkSettings.delay(rttMillis * MILLI / 2).rate(bitsPerSecond);
        MovingWorld w = new MovingWorld(41, link, MigrateSettings.defaults()).established();
        w.world.run(SECOND);
        return w;
    }

    /** Some octets each millisecond by {@code end}, without Nagle. */
    private static void talks(MovingWorld w, End end, long forNanos) {
        UserCalls.noDelay(end.application.tcb(), true);
        for (long at = 0; at < forNanos; at += MILLI) {
            w.world.after(at, () -> end.application.send(OCTETS_A_MILLI));
        }
    }

    /** Moves, and waits for the next octet at {@code receiver}. @return nanoseconds */
    private static long firstOctet(MovingWorld w, End receiver, String to) {
        long before = receiver.application.received();
        long start = w.world.nowNanos();
        w.moves(w.mobile, to);
        w.world.runUntil(() -> receiver.application.received() > before, 10 * SECOND);
        return w.world.nowNanos() - start;
    }

    private static void assertWithin(double roundTrips, int rttMillis, long nanos) {
        double boundMillis = roundTrips * rttMillis + 2;
        assertTrue(nanos <= boundMillis * MILLI, nanos / 1e6 + " ms, the bound is " + boundMillis);
    }

    /** Both ends talk all the time; half a second without an address. */
    @ParameterizedTest
    @CsvSource({"20, true", "60, true", "200, true", "20, false", "60, false", "200, false"})
    void conversation(int rttMillis, boolean toFixed) {
        try (MovingWorld w = world(rttMillis, 0)) {
            talks(w, w.mobile, 3 * SECOND);
            talks(w, w.fixed, 3 * SECOND);
            w.world.run(SECOND);
            w.losesItsAddress(w.mobile);
            w.world.run(SECOND / 2 + rttMillis * MILLI);
            long nanos = firstOctet(w, toFixed ? w.fixed : w.mobile, "10.2.0.1");
            assertWithin(toFixed ? 0.6 : 1.1, rttMillis, nanos);
            w.world.run(2 * SECOND);
            finish(w, 3_000L * OCTETS_A_MILLI);
        }
    }

    /** Another address is there when the old one goes: neither end is silent for much longer than a round trip. */
    @ParameterizedTest
    @ValueSource(ints = {20, 60, 200})
    void breakBesideAnotherNetwork(int rttMillis) {
        try (MovingWorld w = world(rttMillis, 0)) {
            talks(w, w.mobile, 3 * SECOND);
            talks(w, w.fixed, 3 * SECOND);
            w.world.run(SECOND);
            Silence atMobile = new Silence(w, w.mobile);
            Silence atFixed = new Silence(w, w.fixed);
            // The route goes before the address.
            w.world.fate((from, packet) -> from == w.mobile.host ? 0 : 1);
            w.world.run(5 * MILLI);
            w.world.fate((from, packet) -> 1);
            w.moves(w.mobile, "10.2.0.1");
            for (int i = 0; i < 1_500; i++) {
                w.world.run(MILLI);
                atMobile.look();
                atFixed.look();
            }
            assertWithin(1.1, rttMillis, atMobile.longestNanos - 5 * MILLI);
            assertWithin(1.1, rttMillis, atFixed.longestNanos - 5 * MILLI);
            w.world.run(2 * SECOND);
            finish(w, 3_000L * OCTETS_A_MILLI);
        }
    }

    /** The longest time without an octet, to a millisecond. */
    private static final class Silence {
        private final MovingWorld w;
        private final End end;
        private long octets;
        private long sinceNanos;
        private long longestNanos;

        Silence(MovingWorld w, End end) {
            this.w = w;
            this.end = end;
            octets = end.application.received();
            sinceNanos = w.world.nowNanos();
        }

        void look() {
            long nowNanos = w.world.nowNanos();
            if (end.application.received() > octets) {
                octets = end.application.received();
                sinceNanos = nowNanos;
            }
            longestNanos = Math.max(longestNanos, nowNanos - sinceNanos);
        }
    }

    /** A download: the acknowledgements that the move loses cover hundreds of segments, and the mover has nothing to say. */
    @ParameterizedTest
    @CsvSource({"20, 100", "60, 100", "200, 100", "20, 700", "60, 700", "200, 700"})
    void download(int rttMillis, int goneMillis) {
        try (MovingWorld w = world(rttMillis, 50_000_000)) {
            w.fixed.application.send(BULK);
            w.world.runUntil(() -> w.mobile.application.received() > BULK / 2, 10 * SECOND);
            w.losesItsAddress(w.mobile);
            w.world.run(goneMillis * MILLI);
            assertWithin(1.1, rttMillis, firstOctet(w, w.mobile, "10.2.0.1"));
            finish(w, 0, BULK);
        }
    }

    /** An upload, of which all that was under way arrives: what follows goes on the SYN. */
    @ParameterizedTest
    @ValueSource(ints = {20, 60, 200})
    void upload(int rttMillis) {
        try (MovingWorld w = world(rttMillis, 0)) {
            w.mobile.application.send(BULK);
            w.world.runUntil(() -> w.fixed.application.received() > BULK / 16, 10 * SECOND);
            w.losesItsAddress(w.mobile);
            StreamOffsets offsets = w.mobile.migration().control().offsets();
            assertTrue(offsets.sndMax() - offsets.sndUna() > 50_000, "little was in flight");
            w.world.run(SECOND);
            assertWithin(0.6, rttMillis, firstOctet(w, w.fixed, "10.2.0.1"));
            finish(w, BULK, 0);
        }
    }

    /** The last of what was under way was lost, though the peer was heard until the end: the pieces before bring it. */
    @ParameterizedTest
    @ValueSource(ints = {60, 200})
    void lostWithTheOldNetwork(int rttMillis) {
        try (MovingWorld w = world(rttMillis, 0)) {
            talks(w, w.mobile, 3 * SECOND);
            talks(w, w.fixed, 3 * SECOND);
            w.world.run(SECOND);
            w.world.fate((from, packet) -> from == w.mobile.host ? 0 : 1);
            w.world.run(rttMillis * MILLI / 4);
            w.losesItsAddress(w.mobile);
            w.world.fate((from, packet) -> 1);
            w.world.run(SECOND / 2);
            assertWithin(0.6, rttMillis, firstOctet(w, w.fixed, "10.2.0.1"));
            w.world.run(2 * SECOND);
            finish(w, 3_000L * OCTETS_A_MILLI);
        }
    }

    /** Pieces of text on copies of the SYN that are doubled, overtake each other, or are lost: one answer, every octet once. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void piecesInAnyOrder(long seed) {
        LinkSettings link = LinkSettings.delay(60 * MILLI).jitter(40 * MILLI);
        try (MovingWorld w = new MovingWorld(seed, link, MigrateSettings.defaults()).established()) {
            w.world.run(SECOND);
            talks(w, w.mobile, 3 * SECOND);
            talks(w, w.fixed, 3 * SECOND);
            w.world.run(SECOND);
            w.losesItsAddress(w.mobile);
            w.world.run(SECOND / 2);
            int[] syns = new int[1];
            w.world.fate((from, packet) ->
                    from == w.mobile.host && isSyn(packet) && syns[0]++ >= 0 ? (int) ((seed + syns[0]) % 3) : 1);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(6 * SECOND);
            assertTrue(syns[0] > 1, "one SYN was enough");
            assertTrue(w.agrees());
            assertEquals(
                    IpAddress.parse("10.2.0.1"), w.mobile.migration().tuple().localAddress());
            finish(w, 3_000L * OCTETS_A_MILLI);
        }
    }

    private static boolean isSyn(ByteBuf packet) {
        return packet.getByte(packet.readerIndex() + 20 + 13) == SYN;
    }

    private static void finish(MovingWorld w, long bytesEachWay) {
        finish(w, bytesEachWay, bytesEachWay);
    }

    private static void finish(MovingWorld w, long byMobile, long byFixed) {
        long most = Math.max(byMobile, byFixed) + 1;
        w.mobile.application.sendThenClose(most - byMobile);
        w.fixed.application.sendThenClose(most - byFixed);
        w.finish(most, 120 * SECOND);
    }
}
