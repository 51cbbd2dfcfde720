package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.migrate.MovingWorld.End;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.SeededRandom;
import net.sojourn.stack.world.World;
import net.sojourn.stack.world.WorldApplication;
import net.sojourn.stack.world.WorldHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two real machines in virtual time: every octet once and in order over any number of moves (protocol.md 15.7). */
@ExtendWith(LeakCheck.class)
class WorldMoveTest {

    private static final long BYTES = 2 << 20;
    private static final LinkSettings LINK = LinkSettings.delay(20 * MILLI).rate(50_000_000);

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
        try (MovingWorld w = moving(1, LINK, MigrateSettings.defaults().withProfile(profile))) {
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
        try (MovingWorld w = moving(2, LINK, MigrateSettings.defaults())) {
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
        try (MovingWorld w = moving(4, LINK, MigrateSettings.defaults())) {
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
        try (MovingWorld w = moving(5, LINK, MigrateSettings.defaults())) {
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
        try (MovingWorld w = moving(6, LINK, MigrateSettings.defaults())) {
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
        try (MovingWorld w = moving(7, LINK, MigrateSettings.defaults())) {
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
        try (MovingWorld w = moving(8, LINK, MigrateSettings.defaults())) {
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
        try (MovingWorld w = new MovingWorld(9, LINK, MigrateSettings.defaults()).established()) {
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
        try (MovingWorld w = new MovingWorld(10, LINK, MigrateSettings.defaults()).established()) {
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
        try (MovingWorld w = new MovingWorld(11, LINK, MigrateSettings.defaults()).established()) {
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
        try (MovingWorld w = new MovingWorld(12, LINK, MigrateSettings.defaults(), small).established()) {
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
        try (MovingWorld w = moving(13, LINK, MigrateSettings.defaults())) {
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
            ours.extend(Pair.extension(MigrateSettings.defaults()));
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
        try (MovingWorld w = new MovingWorld(15, LINK, MigrateSettings.defaults()).established()) {
            w.mobile.host.abort(w.mobile.application.tcb());
            w.world.run(SECOND);
            assertEquals(MigrationState.WAIT, w.fixed.migration().state());
            w.world.run(61 * SECOND);
            assertTrue(w.fixed.application.isEnded());
            assertEquals(ConnectionFailure.RESET, w.fixed.application.failure());
            w.world.assertNothingPending();
        }
    }

    /** protocol.md 15.7: seeds 1 to 500: loss, duplication, reordering, corruption, and 0 to 5 moves of either end. */
    @Test
    void everyOctetOnceAndInOrderOverRandomMoves() {
        int moves = 0;
        for (long seed = 1; seed <= 500; seed++) {
            moves += randomRun(seed);
        }
        assertTrue(moves > 1_000, "only " + moves + " moves");
        long fresh = System.nanoTime();
        System.out.println("500 seeds with " + moves + " moves; and 20 fresh seeds from " + fresh);
        for (long seed = fresh; seed < fresh + 20; seed++) {
            randomRun(seed);
        }
    }

    /** @return how often the connection moved */
    private static int randomRun(long seed) {
        SeededRandom random = new SeededRandom(seed * 7_919);
        LinkSettings link = LinkSettings.delay((1 + random.nextInt(80)) * MILLI)
                .jitter(random.nextInt(10) * MILLI)
                .loss(random.nextInt(4) * 0.01)
                .duplication(random.nextInt(3) * 0.01)
                .corruption(random.nextInt(3) * 0.002);
        long bytes = 1 + random.nextInt(300_000);
        MigrateSettings settings = MigrateSettings.defaults()
                .withProfile(random.nextInt(2) == 0 ? Profile.EXID : Profile.PAPER)
                .withTraversal(random.nextInt(4) > 0);
        try (MovingWorld w = new MovingWorld(seed, link, settings).established()) {
            w.mobile.application.sendThenClose(bytes);
            w.fixed.application.sendThenClose(bytes);
            // A handshake whose first SYN or SYN/ACK was lost agrees on plain TCP, which a move would end (protocol.md
            // 2.1).
            boolean migratable =
                    !w.mobile.events(MigrationEvent.Negotiated.class).isEmpty()
                            && !w.fixed.events(MigrationEvent.Negotiated.class).isEmpty();
            int moves = migratable ? random.nextInt(6) : 0;
            for (int i = 0; i < moves; i++) {
                w.world.run(random.nextInt(2_000) * MILLI);
                boolean mobileMoves = random.nextInt(3) > 0;
                End mover = mobileMoves ? w.mobile : w.fixed;
                String to = (mobileMoves ? "10.2." : "10.8.") + (1 + random.nextInt(3)) + ".1";
                switch (random.nextInt(3)) {
                    case 0 -> w.moves(mover, to);
                    case 1 -> w.movesMakeBeforeBreak(mover, to);
                    default -> {
                        w.losesItsAddress(mover);
                        w.world.run(random.nextInt(8_000) * MILLI);
                        w.moves(mover, to);
                    }
                }
                settle(w);
            }
            w.finish(bytes, 600 * SECOND);
            return moves;
        }
    }

    /** Both at once is for rendezvous: the next move begins when this one is through. */
    private static void settle(MovingWorld w) {
        for (int i = 0; i < 400 && !isSettled(w); i++) {
            w.world.run(500 * MILLI);
        }
    }

    private static boolean isSettled(MovingWorld w) {
        return w.mobile.extension.connections().stream().allMatch(m -> m.state() == MigrationState.NONE)
                && w.fixed.extension.connections().stream().allMatch(m -> m.state() == MigrationState.NONE);
    }
}
