package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.IpAddress;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.tcp.UserCalls;
import net.sojourn.stack.world.LinkSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Make before break, and flag B (docs/protocol.md, "M2: probes and backups"). */
@ExtendWith(LeakCheck.class)
class M2BackupTest {

    private static final int PROVE = 5;
    private static final IpAddress HOME = IpAddress.parse("10.1.0.1");
    private static final IpAddress AWAY = IpAddress.parse("10.2.0.1");

    private static MovingWorld world(long seed) {
        MovingWorld w = new MovingWorld(seed, LinkSettings.delay(20 * MILLI), MigrateSettings.defaults()).established();
        w.world.run(SECOND);
        return w;
    }

    private static void finish(MovingWorld w, long sentByMobile, long sentByFixed) {
        w.mobile.application.sendThenClose(500_000 - sentByMobile);
        w.fixed.application.sendThenClose(500_000 - sentByFixed);
        w.finish(500_000, 120 * SECOND);
    }

    private static boolean isOnNewPath(MovingWorld w, io.netty.buffer.ByteBuf packet) {
        return Packets.address(packet, 12).equals(AWAY)
                || Packets.address(packet, 16).equals(AWAY);
    }

    /** 15.3: until the proof is there the fixed host speaks on the old path, and the mover, which has switched, hears it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void bothPathsAreUsableUntilTheProof(boolean early) {
        try (MovingWorld w = new MovingWorld(
                        71,
                        LinkSettings.delay(20 * MILLI),
                        MigrateSettings.defaults().withEarly(early))
                .established()) {
            w.world.run(SECOND);
            UserCalls.noDelay(w.fixed.application.tcb(), true); // no acknowledgement comes back meanwhile
            w.world.fate((from, packet) -> Packets.optionAt(packet, PROVE) >= 0 ? 0 : 1);
            w.movesMakeBeforeBreak(w.mobile, "10.2.0.1");
            for (int i = 1; i <= 4; i++) { // 0.4 s, twice the time-out
                w.fixed.application.send(1_000);
                w.world.run(100 * MILLI);
                assertEquals(1_000L * i, w.mobile.application.received(), "round " + i);
            }
            assertEquals(HOME, w.fixed.migration().tuple().peerAddress());
            assertEquals(AWAY, w.mobile.migration().tuple().localAddress());
            w.world.fate((from, packet) -> 1);
            w.world.run(SECOND);
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            finish(w, 0, 4_000);
        }
    }

    /** The proof is lost again and again, the old path lives: the mover, which only listens, goes back there. */
    @Test
    void moverReturnsWhenItsProofIsNotHeard() {
        try (MovingWorld w = world(76)) {
            w.world.fate((from, packet) -> Packets.optionAt(packet, PROVE) >= 0 && isOnNewPath(w, packet) ? 0 : 1);
            w.movesMakeBeforeBreak(w.mobile, "10.2.0.1");
            w.world.run(5 * SECOND);
            assertEquals(HOME, w.mobile.migration().tuple().localAddress());
            assertEquals(HOME, w.fixed.migration().tuple().peerAddress());
            assertTrue(w.agrees());
            finish(w, 0, 0);
        }
    }

    /** RFC 6298 3: the handshake of a move gives the first sample of the new path, at both ends. */
    @Test
    void handshakeGivesTheFirstSample() {
        try (MovingWorld w = world(78)) {
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(100 * MILLI);
            for (MovingWorld.End end : new MovingWorld.End[] {w.mobile, w.fixed}) {
                long rto = end.migration().control().retransmissionTimeoutNanos();
                assertTrue(rto < 500 * MILLI, end.host.name() + " has " + rto);
            }
            finish(w, 0, 0);
        }
    }

    /** A proof that is lost is made good by the next segment, not by a timer: every segment carries it. */
    @Test
    void everySegmentProves() {
        int[] lost = new int[1];
        try (MovingWorld w = world(77)) {
            w.world.fate((from, packet) -> Packets.optionAt(packet, PROVE) >= 0 && lost[0]++ < 2 ? 0 : 1);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(60 * MILLI);
            w.mobile.application.send(100);
            w.world.run(40 * MILLI);
            assertEquals(3, lost[0]);
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            finish(w, 100, 0);
        }
    }

    /** 15.3: what was in flight on the old path, which may be slower, is taken for one time-out more. */
    @Test
    void whatIsInFlightOnTheOldPathIsTaken() {
        try (MovingWorld w = world(72)) {
            w.world.network((from, to, packet) -> {
                long delay = isOnNewPath(w, packet) ? 5 * MILLI : 80 * MILLI;
                w.world.carryFor(delay, () -> w.world.deliver(to, packet));
            });
            w.mobile.application.send(20_000);
            w.world.run(10 * MILLI);
            w.movesMakeBeforeBreak(w.mobile, "10.2.0.1");
            w.world.run(35 * MILLI); // the move is complete, the first text of the old path is still under way
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            long dropped = w.fixed.host.machine().counters().of(Counter.RESETS_OUT);
            w.world.run(200 * MILLI);
            assertEquals(20_000, w.fixed.application.received());
            assertTrue(w.fixed.host.machine().counters().of(Counter.DUPLICATE_SEGMENTS) > 0, "none came twice");
            assertEquals(dropped, w.fixed.host.machine().counters().of(Counter.RESETS_OUT));
            finish(w, 20000, 0);
        }
    }

    /** B: the new path fails, the mover still has its old place: it asks from there, soon. */
    @Test
    void moverReturnsToItsBackup() {
        try (MovingWorld w = world(73)) {
            w.movesMakeBeforeBreak(w.mobile, "10.2.0.1");
            w.world.run(SECOND);
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            w.world.fate((from, packet) -> isOnNewPath(w, packet) ? 0 : 1);
            w.mobile.application.send(10_000);
            w.world.run(5 * SECOND);
            assertEquals(10_000, w.fixed.application.received());
            assertEquals(HOME, w.fixed.migration().tuple().peerAddress());
            assertEquals(HOME, w.mobile.migration().tuple().localAddress());
            finish(w, 10000, 0);
        }
    }

    /** B: the fixed host has something to say on a path that has failed: it asks the mover where it was before. */
    @Test
    void fixedHostAsksAtTheBackup() {
        try (MovingWorld w = world(74)) {
            w.movesMakeBeforeBreak(w.mobile, "10.2.0.1");
            w.world.run(SECOND);
            w.world.fate((from, packet) -> isOnNewPath(w, packet) ? 0 : 1);
            w.fixed.application.send(10_000);
            w.world.run(5 * SECOND);
            assertEquals(10_000, w.mobile.application.received());
            assertEquals(HOME, w.fixed.migration().tuple().peerAddress());
            finish(w, 0, 10000);
        }
    }

    /** An address that is gone is no backup. */
    @Test
    void lostAddressIsNoBackup() {
        try (MovingWorld w = world(75)) {
            w.movesMakeBeforeBreak(w.mobile, "10.2.0.1");
            w.world.run(SECOND);
            w.mobile.host.addresses(AWAY);
            w.mobile.migration().localAddressLost(HOME, w.world.nowNanos());
            boolean[] fromHome = new boolean[1];
            w.world.fate((from, packet) -> {
                fromHome[0] |= Packets.address(packet, 12).equals(HOME);
                return isOnNewPath(w, packet) ? 0 : 1;
            });
            w.mobile.application.send(10_000);
            w.world.run(60 * SECOND);
            assertFalse(fromHome[0]);
            w.world.fate((from, packet) -> 1);
            finish(w, 10000, 0);
        }
    }
}
