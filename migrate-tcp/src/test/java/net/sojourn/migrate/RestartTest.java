package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.migrate.MovingWorld.End;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.SeededRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A connection that outlives its stack can still be moved and still accepts moves; docs/restart.md. */
@ExtendWith(LeakCheck.class)
class RestartTest {

    private static final int SEEDS = 300;
    private static final LinkSettings LINK = LinkSettings.delay(20 * MILLI);

    enum Speaks {
        M2(MigrateSettings.defaults()),
        EARLY(MigrateSettings.defaults().withEarly(true)),
        CLASSIC(MigrateSettings.classic());

        private final MigrateSettings settings;

        Speaks(MigrateSettings settings) {
            this.settings = settings;
        }
    }

    private static MovingWorld world(Speaks suite) {
        return new MovingWorld(11, LINK, suite.settings).established();
    }

    private static void settle(MovingWorld w) {
        w.world.run(3 * SECOND);
        assertTrue(w.agrees(), w.mobile.migration() + " " + w.fixed.migration());
    }

    @ParameterizedTest
    @EnumSource
    void whoWasFrozenMoves(Speaks suite) {
        try (MovingWorld w = world(suite)) {
            w.moves(w.mobile, "10.2.0.1");
            settle(w);
            w.mobile.restarts(2 * SECOND);
            assertTrue(w.mobile.migration().isMigratable());
            assertEquals(1, w.mobile.migration().moves());
            w.moves(w.mobile, "10.2.0.2");
            settle(w);
            assertEquals(2, w.fixed.migration().moves());
            assertEquals("10.2.0.2", w.fixed.migration().tuple().peerAddress().toString());
            finish(w);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoWasFrozenAcceptsMoves(Speaks suite) {
        try (MovingWorld w = world(suite)) {
            w.moves(w.mobile, "10.2.0.1");
            settle(w);
            w.fixed.restarts(2 * SECOND);
            w.moves(w.mobile, "10.2.0.2");
            settle(w);
            assertEquals(2, w.fixed.migration().moves());
            finish(w);
        }
    }

    /** The laptop is upgraded while it is carried to another network. */
    @ParameterizedTest
    @EnumSource
    void anotherAddressAfterwards(Speaks suite) {
        try (MovingWorld w = world(suite)) {
            w.fixed.application.send(100_000);
            w.world.run(30 * MILLI);
            w.mobile.restarts(3 * SECOND);
            w.moves(w.mobile, "10.2.0.1");
            settle(w);
            assertEquals(1, w.fixed.migration().moves());
            finishAfter(w, 100_000);
        }
    }

    /** The peer moves while nobody answers: its SYN comes again. */
    @ParameterizedTest
    @EnumSource
    void thePeerMovesMeanwhile(Speaks suite) {
        try (MovingWorld w = world(suite)) {
            w.world.after(SECOND, () -> w.moves(w.mobile, "10.2.0.1"));
            w.fixed.restarts(4 * SECOND);
            w.world.run(5 * SECOND);
            settle(w);
            assertEquals(1, w.fixed.migration().moves());
            finish(w);
        }
    }

    /** Frozen between any two packets of a move, by either end. */
    @ParameterizedTest
    @EnumSource
    void inTheMidstOfAMove(Speaks suite) {
        for (int at = 0; at < 130; at += 5) {
            for (boolean mover : new boolean[] {true, false}) {
                try (MovingWorld w = world(suite)) {
                    w.moves(w.mobile, "10.2.0.1");
                    w.world.run(at * MILLI);
                    (mover ? w.mobile : w.fixed).restarts(2 * SECOND);
                    w.world.run(40 * SECOND);
                    assertTrue(w.agrees(), at + " ms, " + w.mobile.migration() + " " + w.fixed.migration());
                    assertEquals(
                            "10.2.0.1",
                            w.fixed.migration().tuple().peerAddress().toString());
                    finish(w);
                }
            }
        }
    }

    /** Flag B: the new path fails after a restart of either end; where the connection was before is known to both. */
    @ParameterizedTest
    @CsvSource({"true, true, 1000", "true, false, 1000", "false, true, 1000", "false, false, 1000", "false, false, 30"})
    void theBackupIsKept(boolean mobileRestarts, boolean mobileSpeaks, int restartMillis) {
        try (MovingWorld w = world(Speaks.M2)) {
            w.movesMakeBeforeBreak(w.mobile, "10.2.0.1");
            w.world.run(restartMillis * MILLI);
            (mobileRestarts ? w.mobile : w.fixed).restarts(100 * MILLI);
            settle(w);
            assertEquals("10.2.0.1", w.fixed.migration().tuple().peerAddress().toString());
            IpAddress away = IpAddress.parse("10.2.0.1");
            w.world.fate((from, packet) -> Packets.address(packet, 12).equals(away)
                            || Packets.address(packet, 16).equals(away)
                    ? 0
                    : 1);
            (mobileSpeaks ? w.mobile : w.fixed).application.send(10_000);
            w.world.run(8 * SECOND);
            assertEquals(10_000, (mobileSpeaks ? w.fixed : w.mobile).application.received());
            assertEquals("10.1.0.1", w.fixed.migration().tuple().peerAddress().toString());
        }
    }

    /** Firewalls remember the numbers that a 4-tuple had, whatever restarts in between. */
    @ParameterizedTest
    @EnumSource
    void aPathThatWasLeftIsNotTakenAgain(Speaks suite) {
        try (MovingWorld w = world(suite)) {
            FourTuple first = w.mobile.migration().tuple();
            w.moves(w.mobile, "10.2.0.1");
            settle(w);
            w.mobile.restarts(2 * SECOND);
            w.moves(w.mobile, "10.1.0.1");
            settle(w);
            assertEquals(first.localAddress(), w.mobile.migration().tuple().localAddress());
            assertNotEquals(first, w.mobile.migration().tuple());
            finish(w);
        }
    }

    /** Who waits waits no longer because nobody was there. */
    @ParameterizedTest
    @EnumSource
    void timeGoesOnForWhoWaits(Speaks suite) {
        MigrateSettings settings = suite.settings.withResumeWindowNanos(100 * SECOND);
        try (MovingWorld w = new MovingWorld(11, LINK, settings).established()) {
            w.losesItsAddress(w.mobile);
            w.world.run(10 * SECOND);
            w.mobile.restarts(60 * SECOND);
            assertEquals(
                    SuspensionCause.NO_ADDRESS,
                    w.mobile.migration().suspensionCause().orElseThrow());
            w.world.run(29 * SECOND);
            assertFalse(w.mobile.application.isEnded());
            w.world.run(2 * SECOND);
            assertEquals(ConnectionFailure.TIMED_OUT, w.mobile.application.failure());
        }
    }

    /** With the suite off it is plain TCP, even if it waited. */
    @ParameterizedTest
    @EnumSource
    void theSuiteIsOffAfterwards(Speaks suite) {
        try (MovingWorld w = world(suite)) {
            w.mobile.restarts(SECOND, suite.settings.withSuite(Suite.OFF));
            assertTrue(w.mobile.extension.connections().isEmpty());
            w.mobile.application.sendThenClose(1000);
            w.fixed.application.sendThenClose(1000);
            w.world.runUntil(() -> w.mobile.application.sawEndOfStream(), 10 * SECOND);
            assertEquals(1000, w.mobile.application.received());
        }
    }

    /** Moves and restarts of either end at random, over links that lose, double, reorder and corrupt. */
    @Test
    void everyOctetOnce() {
        int restarts = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            restarts += live(seed);
        }
        assertTrue(restarts > SEEDS, "only " + restarts);
    }

    private static int live(long seed) {
        SeededRandom random = new SeededRandom(seed * 15_485_863);
        long bytes = 1 + random.nextInt(200_000);
        LinkSettings link = LinkSettings.delay((1 + random.nextInt(80)) * MILLI)
                .jitter(random.nextInt(10) * MILLI)
                .loss(random.nextInt(4) * 0.01)
                .duplication(random.nextInt(3) * 0.01)
                .corruption(random.nextInt(3) * 0.002);
        MigrateSettings settings = Speaks.values()[random.nextInt(3)].settings.withResumeWindowNanos(900 * SECOND);
        try (MovingWorld w = new MovingWorld(seed, link, settings).established()) {
            boolean migratable =
                    !w.mobile.events(MigrationEvent.Negotiated.class).isEmpty()
                            && !w.fixed.events(MigrationEvent.Negotiated.class).isEmpty();
            w.mobile.application.sendThenClose(bytes);
            w.fixed.application.sendThenClose(bytes);
            int restarts = 0;
            for (int i = random.nextInt(6); i > 0; i--) {
                if (migratable && random.nextInt(2) == 0) {
                    End mover = random.nextInt(3) > 0 ? w.mobile : w.fixed;
                    w.moves(mover, (mover == w.mobile ? "10.2." : "10.8.") + (1 + random.nextInt(3)) + ".1");
                }
                w.world.run(random.nextInt(300) * MILLI);
                (random.nextInt(2) == 0 ? w.mobile : w.fixed).restarts(random.nextInt(3_000) * MILLI);
                restarts++;
                settled(w);
            }
            w.finish(bytes, 900 * SECOND);
            return restarts;
        }
    }

    private static void settled(MovingWorld w) {
        for (int i = 0; i < 400 && !isSettled(w); i++) {
            w.world.run(500 * MILLI);
        }
    }

    private static boolean isSettled(MovingWorld w) {
        return w.mobile.extension.connections().stream().allMatch(m -> m.state() == MigrationState.NONE)
                && w.fixed.extension.connections().stream().allMatch(m -> m.state() == MigrationState.NONE);
    }

    private static void finish(MovingWorld w) {
        finishAfter(w, 0);
    }

    private static void finishAfter(MovingWorld w, long sentByFixed) {
        w.mobile.application.sendThenClose(20_000 + sentByFixed);
        w.fixed.application.sendThenClose(20_000);
        w.finish(20_000 + sentByFixed, 120 * SECOND);
    }
}
