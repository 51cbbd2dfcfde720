package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.migrate.crypto.Curve;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** protocol.md 1.2: the classic suite with K-163, over the wire. */
@ExtendWith(LeakCheck.class)
class K163Test {

    private static MigrateSettings settings(Profile profile, Curve... curves) {
        return MigrateSettings.classic().withProfile(profile).withCurves(List.of(curves));
    }

    private static void moves(MovingWorld w) {
        w.moves(w.mobile, "10.2.0.1");
        w.world.run(SECOND);
        assertEquals(IpAddress.parse("10.2.0.1"), w.fixed.migration().tuple().peerAddress());
        w.moves(w.fixed, "10.8.0.1");
        w.mobile.application.sendThenClose(50_000);
        w.fixed.application.sendThenClose(50_000);
        w.finish(50_000, 60 * SECOND);
    }

    @ParameterizedTest
    @EnumSource(Profile.class)
    void connectionMovesBothWays(Profile profile) {
        try (MovingWorld w =
                new MovingWorld(1_630, LinkSettings.delay(10 * MILLI), settings(profile, Curve.K163)).established()) {
            assertEquals(Suite.CLASSIC, w.mobile.migration().suite());
            moves(w);
        }
    }

    /** The initiator's first curve is offered; the acceptor takes any that it knows, whichever it would offer itself. */
    @ParameterizedTest
    @EnumSource(Profile.class)
    void acceptorTakesTheSecondOfItsCurves(Profile profile) {
        try (MovingWorld w = MovingWorld.of(
                        1_631,
                        LinkSettings.delay(10 * MILLI),
                        settings(profile, Curve.K163),
                        settings(profile, Curve.P192, Curve.K163))
                .established()) {
            assertEquals(Suite.CLASSIC, w.mobile.migration().suite());
            moves(w);
        }
    }

    /** 1.3, our ruling: a curve that the acceptor does not take makes plain TCP, no reset. */
    @ParameterizedTest
    @EnumSource(Profile.class)
    void unknownCurveIsPlainTcp(Profile profile) {
        try (MovingWorld w = MovingWorld.of(
                        1_632,
                        LinkSettings.delay(10 * MILLI),
                        settings(profile, Curve.K163),
                        settings(profile, Curve.P192))
                .established()) {
            assertEquals(Suite.OFF, w.mobile.migration().suite());
            assertEquals(Suite.OFF, w.fixed.migration().suite());
            w.mobile.application.sendThenClose(5_000);
            w.fixed.application.sendThenClose(5_000);
            w.finish(5_000, 60 * SECOND);
        }
    }

    /** 1.2: a point of order two would tell nothing but its own x; the cofactor finds it. */
    @Test
    void pointOfSmallOrderIsRefused() {
        byte[] key = new byte[25];
        key[3] = 2; // x = 0: the one point of order two
        assertTrue(Curve.K163.decode(key).isEmpty());
    }

    /** Two that speak both suites meet in the better one; one that speaks only classic decides for that. */
    @Test
    void betterCommonSuite() {
        MigrateSettings both = MigrateSettings.defaults();
        MigrateSettings classicFirst = both.withSuites(List.of(Suite.CLASSIC, Suite.M2));
        MigrateSettings classic = MigrateSettings.classic();
        MigrateSettings m2 = both.withSuite(Suite.M2);
        assertEquals(Suite.M2, suiteOf(both, both));
        assertEquals(Suite.M2, suiteOf(both, m2));
        assertEquals(Suite.CLASSIC, suiteOf(classicFirst, both));
        assertEquals(Suite.CLASSIC, suiteOf(classic, both));
        assertEquals(Suite.OFF, suiteOf(both, classic)); // a SYN has room for one offer
        assertEquals(Suite.OFF, suiteOf(classic, m2));
    }

    private static Suite suiteOf(MigrateSettings initiator, MigrateSettings acceptor) {
        try (MovingWorld w = MovingWorld.of(1_633, LinkSettings.delay(10 * MILLI), initiator, acceptor)
                .established()) {
            assertEquals(w.mobile.migration().suite(), w.fixed.migration().suite());
            return w.mobile.migration().suite();
        }
    }
}
