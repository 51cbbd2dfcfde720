package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only M2 does (docs/protocol.md, "M2"), between two real machines in virtual time. */
@ExtendWith(LeakCheck.class)
class M2MoveTest {

    private static final long ONE_WAY = 50 * MILLI;

    private static MovingWorld world(MigrateSettings settings) {
        MovingWorld w = new MovingWorld(31, LinkSettings.delay(ONE_WAY), settings).established();
        w.world.run(SECOND);
        return w;
    }

    /** From the new address to the first new octet at the fixed host: half a round trip, for it rides on the SYN. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void firstNewOctetAtTheFixedHost(boolean early) {
        try (MovingWorld w = world(MigrateSettings.defaults().withEarly(early))) {
            w.losesItsAddress(w.mobile);
            w.mobile.application.send(5_000);
            w.world.run(SECOND);
            long start = w.world.nowNanos();
            w.moves(w.mobile, "10.2.0.1");
            w.world.runUntil(() -> w.fixed.application.received() > 0, SECOND);
            long elapsed = w.world.nowNanos() - start;
            assertTrue(elapsed <= (early ? ONE_WAY : 3 * ONE_WAY) + 2 * MILLI, "took " + elapsed);
            w.mobile.application.sendThenClose(1_000);
            w.fixed.application.sendThenClose(6_000);
            w.finish(6_000, 60 * SECOND);
        }
    }

    /** The other direction: one round trip, since the answer may be followed by three times what came. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void firstNewOctetAtTheMover(boolean early) {
        try (MovingWorld w = world(MigrateSettings.defaults().withEarly(early))) {
            w.losesItsAddress(w.mobile);
            w.fixed.application.send(5_000);
            w.world.run(SECOND);
            long start = w.world.nowNanos();
            w.moves(w.mobile, "10.2.0.1");
            w.world.runUntil(() -> w.mobile.application.received() > 0, SECOND);
            long elapsed = w.world.nowNanos() - start;
            assertTrue(elapsed <= (early ? 2 : 4) * ONE_WAY + 2 * MILLI, "took " + elapsed);
            w.fixed.application.sendThenClose(1_000);
            w.mobile.application.sendThenClose(6_000);
            w.finish(6_000, 60 * SECOND);
        }
    }

    /** Both ends show the same fingerprint, another for each connection. */
    @Test
    void fingerprintIsTheSameAtBothEnds() {
        try (MovingWorld w = world(MigrateSettings.defaults())) {
            assertEquals(32, w.mobile.migration().fingerprint().length);
            assertArrayEquals(
                    w.mobile.migration().fingerprint(), w.fixed.migration().fingerprint());
            assertEquals(Suite.M2, w.fixed.migration().suite());
        }
    }

    /** A thousand moves: tokens are used up and replaced, and the tables stay as small as they were. */
    @Test
    void movesWithoutEnd() {
        try (MovingWorld w = world(MigrateSettings.defaults())) {
            for (int i = 0; i < 1_000; i++) {
                w.moves(i % 3 == 0 ? w.fixed : w.mobile, (i % 3 == 0 ? "10.8.0." : "10.2.0.") + (1 + i % 50));
                w.mobile.application.send(100);
                w.fixed.application.send(100);
                w.world.run(500 * MILLI);
            }
            w.mobile.application.sendThenClose(1);
            w.fixed.application.sendThenClose(1);
            w.finish(100_001, 60 * SECOND);
        }
    }
}
