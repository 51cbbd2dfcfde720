package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The client has all and is in TIME-WAIT; its last acknowledgement was lost, so the server is in LAST-ACK. The client knows
 * the server's name, the server none.
 */
@ExtendWith(LeakCheck.class)
class TimeWaitTest {

    private static MovingWorld world(Suite suite) {
        MigrateSettings settings = suite == Suite.M2 ? MigrateSettings.defaults() : MigrateSettings.classic();
        MovingWorld w = new MovingWorld(51, LinkSettings.delay(20 * MILLI), settings).established();
        w.names(w.mobile, w.fixed, 100 * MILLI, List::of);
        w.world.run(SECOND);
        w.mobile.application.sendThenClose(10);
        w.world.run(SECOND);
        w.world.fate((from, packet) -> from == w.mobile.host ? 0 : 1);
        w.fixed.application.sendThenClose(10);
        w.world.run(50 * MILLI);
        assertEquals(TcpState.TIME_WAIT, w.mobile.application.tcb().state());
        assertEquals(TcpState.LAST_ACK, w.fixed.application.tcb().state());
        w.world.fate((from, packet) -> 1);
        return w;
    }

    private static void assertServerEndsWell(MovingWorld w, long withinNanos) {
        w.world.runUntil(() -> w.fixed.application.failure() != null, withinNanos);
        assertEquals(ConnectionFailure.NONE, w.fixed.application.failure());
        w.finish(10, SECOND);
    }

    @ParameterizedTest
    @CsvSource({"M2, 0", "M2, 1", "M2, 2", "CLASSIC, 0", "CLASSIC, 1", "CLASSIC, 2"})
    void theServerMoves(Suite suite, int answersLost) {
        try (MovingWorld w = world(suite)) {
            int[] sent = new int[1];
            w.world.fate((from, packet) -> from == w.mobile.host && sent[0]++ < answersLost ? 0 : 1);
            w.moves(w.fixed, "10.8.0.1");
            assertServerEndsWell(w, 3 * SECOND);
            assertTrue(sent[0] > answersLost);
        }
    }

    /** The client asks where the server's name says it is, for as long as it is in TIME-WAIT itself. */
    @ParameterizedTest
    @CsvSource({
        "M2, 0",
        "M2, 500",
        "M2, 5000",
        "M2, 20000",
        "CLASSIC, 0",
        "CLASSIC, 500",
        "CLASSIC, 5000",
        "CLASSIC, 20000"
    })
    void bothMove(Suite suite, int laterMillis) {
        try (MovingWorld w = world(suite)) {
            w.losesItsAddress(w.fixed);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(laterMillis * MILLI);
            w.moves(w.fixed, "10.8.0.1");
            assertServerEndsWell(w, 20 * SECOND);
        }
    }

    /** Most often the peer is gone: what is asked then is bounded. */
    @ParameterizedTest
    @EnumSource(
            value = Suite.class,
            names = {"M2", "CLASSIC"})
    void thePeerIsGone(Suite suite) {
        try (MovingWorld w = world(suite)) {
            w.world.run(2 * SECOND);
            assertTrue(w.fixed.extension.connections().isEmpty());
            w.moves(w.mobile, "10.2.0.1");
            w.world.runUntil(() -> w.mobile.extension.connections().isEmpty(), 70 * SECOND);
            int most = suite == Suite.M2 ? 6 : 2; // classic answers: a reset
            assertEquals(most, w.mobile.extension.count(MigrateCounter.MIGRATE_SYNS_SENT));
        }
    }
}
