package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Consumer;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.WorldApplication;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What slow start on the new path takes from a transfer of half a minute. */
class GoodputTest {

    private static final long RATE = 50_000_000;
    private static final long RTT_NANOS = 50 * MILLI;
    private static final int BANDWIDTH_DELAY_BYTES = (int) (RATE / 8 * RTT_NANOS / SECOND);
    private static final long UNTIL_MOVE_NANOS = 10 * SECOND;
    private static final long AFTER_MOVE_NANOS = 20 * SECOND;
    private static final double LEAST = 0.97;

    /** 50 Mbit/s, 50 ms, a queue of one bandwidth-delay product; a move at 10 s against none. */
    @ParameterizedTest
    @CsvSource({"M2, true, true", "M2, true, false", "M2, false, true", "CLASSIC, true, true"})
    void aMoveTakesLittleOfATransfer(Suite suite, boolean toMobile, boolean breakFirst) {
        MigrateSettings settings = MigrateSettings.defaults().withSuite(suite);
        long undisturbed = transferred(settings, toMobile, w -> {});
        long moved = transferred(settings, toMobile, w -> {
            if (breakFirst) {
                w.moves(w.mobile, "10.2.0.1");
            } else {
                w.movesMakeBeforeBreak(w.mobile, "10.2.0.1");
            }
        });
        double filled = undisturbed * 8.0 * SECOND / (UNTIL_MOVE_NANOS + AFTER_MOVE_NANOS) / RATE;
        assertTrue(filled > 0.9, "an undisturbed transfer fills the link: " + filled);
        assertTrue(moved >= LEAST * undisturbed, moved + " of " + undisturbed);
    }

    private static long transferred(MigrateSettings settings, boolean toMobile, Consumer<MovingWorld> move) {
        LinkSettings link = new LinkSettings(RTT_NANOS / 2, 0, 0, 0, 0, RATE, BANDWIDTH_DELAY_BYTES, 1500);
        try (MovingWorld w = new MovingWorld(1, link, settings).established()) {
            w.world.traced(false);
            WorldApplication from = toMobile ? w.fixed.application : w.mobile.application;
            WorldApplication to = toMobile ? w.mobile.application : w.fixed.application;
            from.send(1L << 30);
            w.world.run(UNTIL_MOVE_NANOS);
            move.accept(w);
            w.world.run(AFTER_MOVE_NANOS);
            to.assertStreamIntact();
            return to.received();
        }
    }
}
