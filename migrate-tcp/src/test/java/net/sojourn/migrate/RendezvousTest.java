package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Supplier;
import net.sojourn.migrate.MovingWorld.End;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.SeededRandom;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both ends move at once: each is asked where its name says it is (docs/protocol.md, "Both ends move at once"). */
@ExtendWith(LeakCheck.class)
class RendezvousTest {

    private static final int SEEDS = 1_000;
    private static final int LIVES = Integer.getInteger("sojourn.migrate.lives", 100);
    private static final long BYTES = 30_000;

    private static MigrateSettings settings(Suite suite) {
        return MigrateSettings.defaults().withSuite(suite);
    }

    /** R1: both names are right before either is looked up; the requests cross. */
    @ParameterizedTest
    @EnumSource(names = {"M2", "CLASSIC"})
    void bothMoveAtOnce(Suite suite) {
        try (MovingWorld w = transferring(1, LinkSettings.delay(20 * MILLI), suite)) {
            w.withNames(5 * MILLI);
            w.moves(w.mobile, "10.2.0.1");
            w.moves(w.fixed, "10.8.0.1");
            w.world.run(5 * SECOND);
            assertEquals(
                    IpAddress.parse("10.8.0.1"), w.mobile.migration().tuple().peerAddress());
            finish(w, 60 * SECOND);
        }
    }

    /** R3: only one end knows the other's name. */
    @ParameterizedTest
    @EnumSource(names = {"M2", "CLASSIC"})
    void oneNameIsEnough(Suite suite) {
        for (boolean mobileKnows : new boolean[] {true, false}) {
            try (MovingWorld w = transferring(2, LinkSettings.delay(20 * MILLI), suite)) {
                w.withNames(5 * MILLI);
                (mobileKnows ? w.fixed : w.mobile).extension.locatePeersBy(PeerLocator.NONE);
                w.moves(w.mobile, "10.2.0.1");
                w.moves(w.fixed, "10.8.0.1");
                finish(w, 120 * SECOND);
            }
        }
    }

    /** R7, R8: names that lie, or are old, cost time and nothing else: the right one is asked in its turn. */
    @ParameterizedTest
    @EnumSource(names = {"M2", "CLASSIC"})
    void lyingNamesOnlyCostTime(Suite suite) {
        try (MovingWorld w = transferring(3, LinkSettings.delay(20 * MILLI), suite)) {
            IpAddress lie = IpAddress.parse("10.66.0.1");
            IpAddress truth = IpAddress.parse("10.8.0.1");
            w.mobile.extension.locatePeersBy((migration, now) -> List.of(lie, lie, truth));
            w.moves(w.mobile, "10.2.0.1");
            w.moves(w.fixed, "10.8.0.1");
            finish(w, 120 * SECOND);
        }
    }

    /** A name that is looked up late is used at once. */
    @ParameterizedTest
    @EnumSource(names = {"M2", "CLASSIC"})
    void aFoundNameIsAskedAtOnce(Suite suite) {
        try (MovingWorld w = transferring(4, LinkSettings.delay(20 * MILLI), suite)) {
            w.moves(w.mobile, "10.2.0.1");
            w.moves(w.fixed, "10.8.0.1");
            w.world.run(9 * SECOND);
            w.mobile.migration().peerMayBeAt(IpAddress.parse("10.8.0.1"), w.world.nowNanos());
            w.world.run(200 * MILLI);
            assertEquals(
                    IpAddress.parse("10.8.0.1"), w.mobile.migration().tuple().peerAddress());
            finish(w, 60 * SECOND);
        }
    }

    /** A thousand lives: up to three double moves, each end away for up to 4 s, names up to 3 s late, loss, reordering. */
    @ParameterizedTest
    @EnumSource(names = {"M2", "CLASSIC"})
    void repeatedDoubleMoves(Suite suite) {
        int moves = 0;
        for (long seed = 1; seed <= SEEDS / 2; seed++) {
            moves += doubleMoves(seed * 2 + suite.ordinal(), suite);
        }
        assertTrue(moves > SEEDS / 2, "only " + moves + " double moves");
    }

    private static int doubleMoves(long seed, Suite suite) {
        SeededRandom random = new SeededRandom(seed * 31_337);
        LinkSettings link = LinkSettings.delay((1 + random.nextInt(80)) * MILLI)
                .jitter(random.nextInt(10) * MILLI)
                .loss(random.nextInt(3) * 0.01)
                .duplication(random.nextInt(3) * 0.01);
        try (MovingWorld w = transferring(seed, link, suite)) {
            w.withNames(random.nextInt(3_000) * MILLI);
            int doubles = w.mobile.events(MigrationEvent.Negotiated.class).isEmpty()
                            || w.fixed.events(MigrationEvent.Negotiated.class).isEmpty()
                    ? 0
                    : 1 + random.nextInt(3);
            for (int i = 0; i < doubles; i++) {
                for (End end : List.of(w.mobile, w.fixed)) {
                    String to = (end == w.mobile ? "10.2.0." : "10.8.0.") + (1 + i);
                    w.losesItsAddress(end);
                    w.world.after(random.nextInt(4_000) * MILLI, () -> w.moves(end, to));
                }
                w.world.run((4_000 + random.nextInt(20_000)) * MILLI);
            }
            finish(w, 1_200 * SECOND);
            return doubles;
        }
    }

    /** Who knows whose name, and what answers are worth. */
    private enum Names {
        /** Both, at most 3 s behind. */
        BOTH,
        ONLY_MOBILE_KNOWS,
        ONLY_FIXED_KNOWS,
        /** Both, 20 to 60 s behind: a cache on the way. */
        STALE,
        /** Two lies before each true answer, and for the first minute nothing but lies. */
        LYING
    }

    /**
     * Moves of any kind by either end whenever it likes: to another address, beside the old one, after an outage; both at
     * once as it happens. Whatever the names are worth, as long as they come right in the end every connection arrives.
     */
    @ParameterizedTest
    @EnumSource(names = {"M2", "CLASSIC"})
    void anyMovesArrive(Suite suite) {
        int[] moves = new int[1];
        for (Names names : Names.values()) {
            for (long seed = 1; seed <= LIVES / Names.values().length; seed++) {
                anyMoves(names.ordinal() + Names.values().length * (2 * seed + suite.ordinal()), names, suite, moves);
            }
        }
        assertTrue(moves[0] > LIVES, "only " + moves[0] + " moves");
    }

    private static void anyMoves(long seed, Names names, Suite suite, int[] moves) {
        SeededRandom random = new SeededRandom(seed * 65_537);
        LinkSettings link = LinkSettings.delay((1 + random.nextInt(80)) * MILLI)
                .jitter(random.nextInt(10) * MILLI)
                .loss(random.nextInt(3) * 0.01)
                .duplication(random.nextInt(3) * 0.01);
        try (MovingWorld w = transferring(seed, link, suite)) {
            knowNames(w, random, names);
            boolean migratable =
                    !w.mobile.events(MigrationEvent.Negotiated.class).isEmpty()
                            && !w.fixed.events(MigrationEvent.Negotiated.class).isEmpty();
            int count = migratable ? 1 + random.nextInt(5) : 0;
            for (int i = 0; i < count; i++) {
                End mover = random.nextInt(2) == 0 ? w.mobile : w.fixed;
                anyMove(w, mover, (mover == w.mobile ? "10.2.0." : "10.8.0.") + (1 + i), random);
                w.world.run(random.nextInt(6_000) * MILLI);
            }
            moves[0] += count;
            w.world.run(8 * SECOND); // who has no address has one by now
            finish(w, 3_600 * SECOND);
        } catch (AssertionError failure) {
            throw new AssertionError("names " + names + ", suite " + suite + ", seed " + seed, failure);
        }
    }

    private static void anyMove(MovingWorld w, End mover, String to, SeededRandom random) {
        switch (random.nextInt(3)) {
            case 0 -> w.moves(mover, to);
            case 1 -> {
                if (mover.host.hasAddress()) {
                    w.movesMakeBeforeBreak(mover, to);
                    // The old address does not stay for ever.
                    w.world.after(random.nextInt(5_000) * MILLI, () -> {
                        if (mover.host.owns(to)) {
                            w.moves(mover, to);
                        }
                    });
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

    private static void knowNames(MovingWorld w, SeededRandom random, Names names) {
        long lagNanos = (names == Names.STALE ? 20_000 + random.nextInt(40_000) : random.nextInt(3_000)) * MILLI;
        long truthNanos = w.world.nowNanos() + 60 * SECOND;
        List<IpAddress> lies = List.of(IpAddress.parse("10.66.0.1"), IpAddress.parse("10.66.0.2"));
        Supplier<List<IpAddress>> before = () -> {
            if (names != Names.LYING) {
                return List.of();
            }
            IpAddress third = IpAddress.parse("10.66.0.3");
            return w.world.nowNanos() < truthNanos ? List.of(lies.get(0), lies.get(1), third) : lies;
        };
        if (names != Names.ONLY_FIXED_KNOWS) {
            w.names(w.mobile, w.fixed, lagNanos, before);
        }
        if (names != Names.ONLY_MOBILE_KNOWS) {
            w.names(w.fixed, w.mobile, lagNanos, before);
        }
    }

    private static MovingWorld transferring(long seed, LinkSettings link, Suite suite) {
        MovingWorld w = new MovingWorld(seed, link, settings(suite)).established();
        w.mobile.application.send(BYTES);
        w.fixed.application.send(BYTES);
        w.world.run(50 * MILLI);
        return w;
    }

    private static void finish(MovingWorld w, long atMostNanos) {
        w.mobile.application.sendThenClose(1);
        w.fixed.application.sendThenClose(1);
        w.finish(BYTES + 1, atMostNanos);
    }
}
