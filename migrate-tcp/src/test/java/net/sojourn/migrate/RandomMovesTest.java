package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.migrate.MovingWorld.End;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.SeededRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * protocol.md 15.7: every octet once and in order over any number of moves, loss, duplication, reordering and corruption; and
 * in the end no timer, no entry in a table, no buffer. A failure prints its seed; the run of one seed is always the same.
 */
@ExtendWith(LeakCheck.class)
class RandomMovesTest {

    private static final int SEEDS = 400;
    private static final int FRESH_SEEDS = 20;

    /** One end at a time: every connection arrives. */
    @Test
    void movesOneAfterTheOther() {
        int moves = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            moves += oneAfterTheOther(seed);
        }
        assertTrue(moves > 2 * SEEDS, "only " + moves + " moves");
        long fresh = System.nanoTime();
        System.out.println(SEEDS + " seeds with " + moves + " moves; and " + FRESH_SEEDS + " fresh ones from " + fresh);
        for (long seed = fresh; seed < fresh + FRESH_SEEDS; seed++) {
            oneAfterTheOther(seed);
        }
    }

    /** Both ends whenever they like: who misses the other waits, and ends with an error its user sees, or arrives. */
    @Test
    void movesAtAnyTime() {
        int arrived = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            arrived += atAnyTime(seed) ? 1 : 0;
        }
        assertTrue(arrived > SEEDS / 2, "only " + arrived + " of " + SEEDS + " arrived");
        long fresh = System.nanoTime();
        System.out.println(arrived + " of " + SEEDS + " seeds arrived; and fresh ones from " + fresh);
        for (long seed = fresh; seed < fresh + FRESH_SEEDS; seed++) {
            atAnyTime(seed);
        }
    }

    private static LinkSettings link(SeededRandom random) {
        return LinkSettings.delay((1 + random.nextInt(80)) * MILLI)
                .jitter(random.nextInt(10) * MILLI)
                .loss(random.nextInt(4) * 0.01)
                .duplication(random.nextInt(3) * 0.01)
                .corruption(random.nextInt(3) * 0.002);
    }

    MigrateSettings settings(SeededRandom random) {
        return MigrateSettings.classic()
                .withProfile(random.nextInt(2) == 0 ? Profile.EXID : Profile.PAPER)
                .withTraversal(random.nextInt(4) > 0)
                .withResumeWindowNanos(900 * SECOND);
    }

    private MovingWorld transferring(long seed, SeededRandom random, long bytes) {
        MovingWorld w = new MovingWorld(seed, link(random), settings(random)).established();
        w.mobile.application.sendThenClose(bytes);
        w.fixed.application.sendThenClose(bytes);
        return w;
    }

    /** A SYN that was lost is repeated without the option (protocol.md 6): such a connection must not move. */
    private static boolean isMigratable(MovingWorld w) {
        return !w.mobile.events(MigrationEvent.Negotiated.class).isEmpty()
                && !w.fixed.events(MigrationEvent.Negotiated.class).isEmpty();
    }

    private static void moves(MovingWorld w, SeededRandom random, End mover) {
        String to = (mover == w.mobile ? "10.2." : "10.8.") + (1 + random.nextInt(3)) + ".1";
        switch (random.nextInt(3)) {
            case 0 -> w.moves(mover, to);
            case 1 -> {
                if (mover.host.hasAddress()) {
                    w.movesMakeBeforeBreak(mover, to);
                } else {
                    w.moves(mover, to);
                }
            }
            default -> {
                w.losesItsAddress(mover);
                w.world.after(random.nextInt(8_000) * MILLI, () -> w.moves(mover, to));
            }
        }
    }

    /** @return how often the connection moved */
    private int oneAfterTheOther(long seed) {
        SeededRandom random = new SeededRandom(seed * 7_919);
        long bytes = 1 + random.nextInt(200_000);
        try (MovingWorld w = transferring(seed, random, bytes)) {
            int moves = isMigratable(w) ? random.nextInt(6) : 0;
            for (int i = 0; i < moves; i++) {
                w.world.run(random.nextInt(2_000) * MILLI);
                moves(w, random, random.nextInt(3) > 0 ? w.mobile : w.fixed);
                settle(w);
            }
            w.finish(bytes, 600 * SECOND);
            return moves;
        }
    }

    /** The next move begins when this one is through. */
    private static void settle(MovingWorld w) {
        for (int i = 0; i < 400 && !isSettled(w); i++) {
            w.world.run(500 * MILLI);
        }
    }

    private static boolean isSettled(MovingWorld w) {
        return w.mobile.host.hasAddress()
                && w.fixed.host.hasAddress()
                && w.mobile.extension.connections().stream().allMatch(m -> m.state() == MigrationState.NONE)
                && w.fixed.extension.connections().stream().allMatch(m -> m.state() == MigrationState.NONE);
    }

    /** @return whether both streams arrived whole */
    private boolean atAnyTime(long seed) {
        SeededRandom random = new SeededRandom(seed * 104_729);
        long bytes = 1 + random.nextInt(200_000);
        try (MovingWorld w = transferring(seed, random, bytes)) {
            int moves = isMigratable(w) ? random.nextInt(6) : 0;
            for (int i = 0; i < moves; i++) {
                moves(w, random, random.nextInt(2) > 0 ? w.mobile : w.fixed);
                w.world.run(random.nextInt(4_000) * MILLI);
            }
            w.world.run(7_200 * SECOND);
            w.mobile.application.assertStreamIntact();
            w.fixed.application.assertStreamIntact();
            boolean mobileDone = isDone(w.mobile, bytes, seed);
            boolean fixedDone = isDone(w.fixed, bytes, seed);
            w.world.assertNothingPending();
            assertEquals(0, w.mobile.extension.pendingHandshakes(), "seed " + seed);
            assertEquals(0, w.fixed.extension.pendingHandshakes(), "seed " + seed);
            return mobileDone && fixedDone;
        }
    }

    private static boolean isDone(End end, long bytes, long seed) {
        boolean whole = end.application.sawEndOfStream();
        assertTrue(end.application.isEnded(), "seed " + seed + ": " + end.host.name() + " has no word for its user");
        assertTrue(
                whole || end.application.failure() != ConnectionFailure.NONE,
                "seed " + seed + ": " + end.host.name() + " lost octets and was told of no error");
        assertTrue(
                end.application.received() <= bytes && (!whole || end.application.received() == bytes),
                "seed " + seed + ": " + end.application.received() + " of " + bytes);
        return whole;
    }
}
