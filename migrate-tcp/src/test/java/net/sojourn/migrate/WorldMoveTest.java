package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.migrate.classic.Profile;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.EcnMode;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.tcp.UserCalls;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.World;
import net.sojourn.stack.world.WorldApplication;
import net.sojourn.stack.world.WorldHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two real machines in virtual time: every octet once and in order over any number of moves (protocol.md 15.7). */
@ExtendWith(LeakCheck.class)
class WorldMoveTest {

    private static final long BYTES = 2 << 20;
    static final LinkSettings LINK = LinkSettings.delay(20 * MILLI).rate(50_000_000);

    MigrateSettings settings() {
        return MigrateSettings.classic();
    }

    private static MovingWorld moving(long seed, LinkSettings link, MigrateSettings settings) {
        MovingWorld world = new MovingWorld(seed, link, settings).established();
        world.mobile.application.sendThenClose(BYTES);
        world.fixed.application.sendThenClose(BYTES);
        return world;
    }

    /** protocol.md 2: a transfer in both directions survives one move, in about one round trip. Both profiles. */
    @ParameterizedTest
    @EnumSource(Profile.class)
    void transferSurvivesAMove(Profile profile) {
        try (MovingWorld w = moving(1, LINK, MigrateSettings.classic().withProfile(profile))) {
            w.world.run(100 * MILLI);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(100 * MILLI);
            var switched = w.mobile.events(MigrationEvent.PathSwitched.class);
            assertEquals(1, switched.size());
            assertTrue(
                    switched.get(0).elapsedNanos() < 60 * MILLI,
                    "one round trip of 40 ms: " + switched.get(0).elapsedNanos());
            w.finish(BYTES, 60 * SECOND);
        }
    }

    /** protocol.md 3.1: the host that accepted the connection moves. */
    @Test
    void transferSurvivesAMoveOfTheServer() {
        try (MovingWorld w = moving(2, LINK, settings())) {
            w.world.run(100 * MILLI);
            w.moves(w.fixed, "10.8.0.1");
            w.finish(BYTES, 60 * SECOND);
            assertEquals(1, w.fixed.events(MigrationEvent.PathSwitched.class).size());
        }
    }

    /** protocol.md 2.3: the draft's segments, without any option but Migrate, work between two of ours. */
    @Test
    void strictSegmentsMoveATransfer() {
        try (MovingWorld w = moving(3, LINK, MigrateSettings.strict())) {
            w.world.run(100 * MILLI);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(100 * MILLI);
            w.moves(w.fixed, "10.8.0.1");
            w.finish(BYTES, 60 * SECOND);
        }
    }

    /** protocol.md 2.2: make before break: the old path works on until the new one is proved. */
    @Test
    void makeBeforeBreakLosesNothing() {
        try (MovingWorld w = moving(4, LINK, settings())) {
            w.world.run(100 * MILLI);
            w.movesMakeBeforeBreak(w.mobile, "10.2.0.1");
            w.finish(BYTES, 60 * SECOND);
            assertEquals(1, w.mobile.events(MigrationEvent.PathSwitched.class).size());
            assertEquals(1, w.fixed.events(MigrationEvent.PathSwitched.class).size());
        }
    }

    /** Away and back within one retransmission time-out: the first path is listened to still when it is needed again. */
    @Test
    void comesBackBeforeTheOldPathIsForgotten() {
        try (MovingWorld w = moving(5, LINK, settings())) {
            w.world.run(100 * MILLI);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(60 * MILLI);
            w.moves(w.mobile, "10.1.0.1");
            w.finish(BYTES, 60 * SECOND);
            assertEquals(2, w.fixed.events(MigrationEvent.PathSwitched.class).size());
        }
    }

    /** protocol.md 15.4: five seconds without any address; the server's time-outs do not end the connection. */
    @Test
    void transferSurvivesAnOutage() {
        try (MovingWorld w = moving(6, LINK, settings())) {
            w.world.run(100 * MILLI);
            w.losesItsAddress(w.mobile);
            w.world.run(5 * SECOND);
            w.moves(w.mobile, "10.3.0.1");
            w.finish(BYTES, 60 * SECOND);
        }
    }

    /** protocol.md 15.4: an hour, too: the peer gives its retransmissions up, waits, and goes on. */
    @Test
    void transferSurvivesAnHourWithoutAnAddress() {
        try (MovingWorld w = moving(7, LINK, settings())) {
            w.world.run(100 * MILLI);
            w.losesItsAddress(w.mobile);
            w.world.run(3_600 * SECOND);
            assertEquals(MigrationState.SYN_SENT, w.fixed.migration().state());
            w.moves(w.mobile, "10.3.0.1");
            w.finish(BYTES, 60 * SECOND);
        }
    }

    /** protocol.md 15.4: the address that comes back is the same: a self-move finds the peer on the old path. */
    @Test
    void transferGoesOnWhenTheSameAddressComesBack() {
        try (MovingWorld w = moving(8, LINK, settings())) {
            w.world.run(100 * MILLI);
            w.losesItsAddress(w.mobile);
            w.world.run(20 * SECOND);
            w.moves(w.mobile, "10.1.0.1");
            w.finish(BYTES, 60 * SECOND);
        }
    }

    /** An idle connection moves as well, and carries text afterwards. */
    @Test
    void idleConnectionMoves() {
        try (MovingWorld w = new MovingWorld(9, LINK, settings()).established()) {
            w.world.run(10 * SECOND);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(10 * SECOND);
            assertEquals(
                    IpAddress.parse("10.2.0.1"), w.fixed.migration().tuple().peerAddress());
            w.mobile.application.sendThenClose(BYTES);
            w.fixed.application.sendThenClose(BYTES);
            w.finish(BYTES, 60 * SECOND);
        }
    }

    /** protocol.md 3.2: FIN keeps its sequence number across a move; half-closed connections move. */
    @Test
    void halfClosedConnectionMoves() {
        try (MovingWorld w = new MovingWorld(10, LINK, settings()).established()) {
            w.mobile.application.sendThenClose(0);
            w.fixed.application.sendThenClose(BYTES);
            w.world.run(100 * MILLI);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(100 * MILLI);
            w.moves(w.fixed, "10.8.0.1");
            w.world.runUntil(w.mobile.application::sawEndOfStream, 60 * SECOND);
            assertEquals(BYTES, w.mobile.application.received());
            w.mobile.application.assertStreamIntact();
            w.world.run(400 * SECOND);
            w.world.assertNothingPending();
        }
    }

    /** protocol.md 3.2: the FIN is lost with the old path and sent again on the new one. */
    @Test
    void unacknowledgedFinIsSentAgainAfterTheMove() {
        try (MovingWorld w = new MovingWorld(11, LINK, settings()).established()) {
            w.world.run(SECOND);
            w.losesItsAddress(w.fixed);
            w.mobile.application.sendThenClose(1_000);
            w.fixed.application.sendThenClose(1_000);
            w.world.run(2 * SECOND);
            w.moves(w.fixed, "10.8.0.1");
            w.finish(1_000, 60 * SECOND);
        }
    }

    /** protocol.md 4: a window that was shut before the move opens after it. */
    @Test
    void shutWindowOpensAfterTheMove() {
        StackSettings small =
                StackSettings.defaults().toBuilder().receiveBufferBytes(16_384).build();
        try (MovingWorld w = new MovingWorld(12, LINK, settings(), small).established()) {
            w.fixed.application.reading(false);
            w.mobile.application.sendThenClose(100_000);
            w.fixed.application.sendThenClose(100_000);
            w.world.run(3 * SECOND);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(3 * SECOND);
            w.fixed.application.reading(true);
            w.finish(100_000, 120 * SECOND);
        }
    }

    /** The connection's addresses change to another family (protocol.md 10). */
    @Test
    void movesFromIpv4ToIpv6() {
        try (MovingWorld w = moving(13, LINK, settings())) {
            w.world.run(100 * MILLI);
            w.mobile.host.addresses(IpAddress.parse("10.1.0.1"), IpAddress.parse("2001:db8:1::1"));
            w.fixed.host.addresses(IpAddress.parse("10.9.0.1"), IpAddress.parse("2001:db8:9::1"));
            var tuple = w.mobile
                    .migration()
                    .tuple()
                    .withLocal(IpAddress.parse("2001:db8:1::1"), 4_000)
                    .withPeer(IpAddress.parse("2001:db8:9::1"), 80);
            w.mobile.migration().move(tuple, w.world.nowNanos());
            w.world.run(200 * MILLI);
            assertFalse(w.fixed.migration().tuple().peerAddress().isIpv4());
            w.finish(BYTES, 60 * SECOND);
        }
    }

    /** protocol.md 6: with a stack without Migrate everything is plain TCP, whoever opens the connection. */
    @Test
    void legacyPeerNeverNotices() {
        try (World world = World.seed(14).link(LINK)) {
            WorldHost legacy = world.host("legacy", "10.7.0.1", StackSettings.defaults());
            WorldHost ours = world.host("ours", "10.1.0.1", StackSettings.defaults());
            ours.extend(Pair.extension(settings()));
            WorldApplication there = legacy.accept(80);
            WorldApplication here = ours.connect(IpAddress.parse("10.7.0.1"), 80);
            WorldApplication accepted = ours.accept(81);
            WorldApplication opened = legacy.connect(IpAddress.parse("10.1.0.1"), 81);
            for (WorldApplication application : new WorldApplication[] {there, here, accepted, opened}) {
                application.sendThenClose(BYTES);
            }
            world.runUntil(
                    () -> there.sawEndOfStream()
                            && here.sawEndOfStream()
                            && accepted.sawEndOfStream()
                            && opened.sawEndOfStream(),
                    60 * SECOND);
            here.assertStreamIntact();
            opened.assertStreamIntact();
            assertEquals(BYTES, there.received());
            assertEquals(BYTES, accepted.received());
            world.run(200 * SECOND);
            world.assertNothingPending();
        }
    }

    /** protocol.md 3.1: an application's reset is not authenticated: the peer waits, and ends with the timer. */
    @Test
    void abortedConnectionEndsAtThePeerAfterTheWait() {
        try (MovingWorld w = new MovingWorld(15, LINK, settings()).established()) {
            w.mobile.host.abort(w.mobile.application.tcb());
            w.world.run(SECOND);
            assertEquals(MigrationState.WAIT, w.fixed.migration().state());
            w.world.run(61 * SECOND);
            assertTrue(w.fixed.application.isEnded());
            assertEquals(ConnectionFailure.RESET, w.fixed.application.failure());
            w.world.assertNothingPending();
        }
    }

    /** protocol.md 8.4: both leave at once and look for each other where neither is: nothing breaks, one return mends it. */
    @Test
    void simultaneousMovesCorruptNothing() {
        try (MovingWorld w = moving(16, LINK, settings())) {
            w.world.run(100 * MILLI);
            w.moves(w.mobile, "10.2.0.1");
            w.moves(w.fixed, "10.8.0.1");
            w.world.run(60 * SECOND);
            assertFalse(w.mobile.application.isEnded());
            assertFalse(w.fixed.application.isEnded());
            w.moves(w.fixed, "10.9.0.1");
            w.finish(BYTES, 120 * SECOND);
        }
    }

    /** protocol.md 8.4: both at once, each keeping its old address: the two moves become one place for both. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 10, 19, 20, 21, 39, 40, 60})
    void simultaneousMovesBesideLivingPathsArrive(int apartMillis) {
        try (MovingWorld w = moving(17, LINK, settings())) {
            w.world.run(100 * MILLI);
            w.movesMakeBeforeBreak(w.mobile, "10.2.0.1");
            w.world.run(apartMillis * MILLI);
            w.movesMakeBeforeBreak(w.fixed, "10.8.0.1");
            FourTuple agreed = w.mobile
                    .migration()
                    .tuple()
                    .withLocal(
                            IpAddress.parse("10.2.0.1"),
                            w.mobile.migration().tuple().localPort())
                    .withPeer(IpAddress.parse("10.8.0.1"), 80);
            w.world.runUntil(
                    () -> w.mobile.migration().tuple().equals(agreed)
                            && w.fixed.migration().tuple().equals(agreed.reversed()),
                    5 * SECOND);
            w.finish(BYTES, 60 * SECOND);
        }
    }

    /** protocol.md 3.1, A10: a stranger has the old address and resets what comes there, before the move is heard of. */
    @Test
    void strangerAtTheOldAddressResets() {
        try (MovingWorld w = moving(18, LINK, settings())) {
            w.world.run(100 * MILLI);
            w.losesItsAddress(w.mobile);
            WorldHost stranger = w.world.host("stranger", "10.1.0.1", StackSettings.defaults());
            w.world.run(2 * SECOND);
            assertEquals(
                    SuspensionCause.RESET, w.fixed.migration().suspensionCause().orElseThrow());
            w.moves(w.mobile, "10.2.0.1");
            w.finish(BYTES, 60 * SECOND);
            assertTrue(stranger.machine().tcp().connections().isEmpty());
        }
    }

    /** protocol.md 4, 15.3: the former tuple leaves the table after one time-out: a new connection may have it. */
    @Test
    void formerTupleIsFreeAgain() {
        try (MovingWorld w = new MovingWorld(19, LINK, settings()).established()) {
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(100 * MILLI);
            assertEquals(2, w.fixed.host.machine().tcp().pathCount());
            w.world.run(3 * SECOND);
            assertEquals(1, w.fixed.host.machine().tcp().pathCount());
            assertEquals(1, w.mobile.host.machine().tcp().pathCount());
            w.mobile.application.sendThenClose(BYTES);
            w.fixed.application.sendThenClose(BYTES);
            w.finish(BYTES, 60 * SECOND);
        }
    }

    /** The last acknowledgement is lost, and who sent it has moved in TIME-WAIT: the peer in LAST-ACK hears of it. */
    @Test
    void timeWaitMoves() {
        try (MovingWorld w = new MovingWorld(22, LINK, settings()).established()) {
            w.world.run(SECOND);
            w.mobile.application.sendThenClose(10);
            w.world.run(SECOND);
            w.world.fate((from, packet) -> from == w.mobile.host ? 0 : 1); // its last ACK
            w.fixed.application.sendThenClose(10);
            w.world.run(50 * MILLI);
            assertEquals(TcpState.TIME_WAIT, w.mobile.application.tcb().state());
            assertEquals(TcpState.LAST_ACK, w.fixed.application.tcb().state());
            w.world.fate((from, packet) -> 1);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(2 * SECOND);
            assertTrue(w.fixed.extension.connections().isEmpty());
            w.finish(10, SECOND);
        }
    }

    /** And the other way: who is in LAST-ACK moves, and asks the one in TIME-WAIT. */
    @Test
    void lastAckMoves() {
        try (MovingWorld w = new MovingWorld(23, LINK, settings()).established()) {
            w.world.run(SECOND);
            w.fixed.application.sendThenClose(10);
            w.world.run(SECOND);
            w.world.fate((from, packet) -> from == w.fixed.host ? 0 : 1);
            w.mobile.application.sendThenClose(10);
            w.world.run(50 * MILLI);
            assertEquals(TcpState.LAST_ACK, w.mobile.application.tcb().state());
            w.world.fate((from, packet) -> 1);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(2 * SECOND);
            assertTrue(w.mobile.extension.connections().isEmpty());
            w.finish(10, SECOND);
        }
    }

    /** Nobody is left who could acknowledge the FIN: a minute, not a day. */
    @Test
    void lastAckDoesNotWaitForADay() {
        try (MovingWorld w = new MovingWorld(24, LINK, settings()).established()) {
            w.world.run(SECOND);
            w.fixed.application.sendThenClose(10);
            w.mobile.application.send(10);
            w.world.run(SECOND);
            w.losesItsAddress(w.fixed);
            UserCalls.closeOutput(w.mobile.application.tcb());
            w.world.run(SECOND);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(200 * SECOND);
            assertTrue(w.mobile.extension.connections().isEmpty());
        }
    }

    /** protocol.md 4: ECN is off on a path that has not shown that it lets marks pass. */
    @Test
    void newPathIsNotTrustedWithEcn() {
        boolean[] marked = new boolean[1];
        StackSettings ecn =
                StackSettings.defaults().toBuilder().ecn(EcnMode.OFFER).build();
        try (MovingWorld w = new MovingWorld(21, LINK, settings(), ecn).established()) {
            w.world.fate((from, packet) -> {
                marked[0] |= (packet.getByte(packet.readerIndex() + 1) & 3) != 0;
                return 1;
            });
            w.mobile.application.send(20_000);
            w.fixed.application.send(20_000);
            w.world.run(SECOND);
            assertTrue(marked[0]);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(SECOND);
            marked[0] = false;
            w.mobile.application.sendThenClose(20_000);
            w.fixed.application.sendThenClose(20_000);
            w.finish(40_000, 60 * SECOND);
            assertFalse(marked[0]);
        }
    }

    /** protocol.md 3.2: both ends close while the mobile one moves, at every instant of the three segments. */
    @ParameterizedTest
    @ValueSource(ints = {0, 5, 19, 21, 39, 41, 59, 61, 80})
    void bothCloseDuringAMove(int closeMillis) {
        try (MovingWorld w = new MovingWorld(20, LINK, settings()).established()) {
            w.world.run(SECOND);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(closeMillis * MILLI);
            w.mobile.application.sendThenClose(10);
            w.world.run(7 * MILLI);
            w.fixed.application.sendThenClose(10);
            w.finish(10, 60 * SECOND);
        }
    }
}
