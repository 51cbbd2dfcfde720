package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
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
