package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;

import net.sojourn.stack.ConnectionFailure;
import org.junit.jupiter.api.Test;

/** The same stories with M2: fresh numbers on each path, proof before anything moves (docs/protocol.md). */
class M2WorldMoveTest extends WorldMoveTest {

    @Override
    MigrateSettings settings() {
        return MigrateSettings.defaults();
    }

    /** An application's reset is proved: the peer does not wait. */
    @Test
    @Override
    void abortedConnectionEndsAtThePeerAfterTheWait() {
        try (MovingWorld w = new MovingWorld(15, LINK, settings()).established()) {
            w.mobile.host.abort(w.mobile.application.tcb());
            w.world.run(SECOND);
            assertEquals(ConnectionFailure.RESET, w.fixed.application.failure());
            w.world.assertNothingPending();
        }
    }
}
