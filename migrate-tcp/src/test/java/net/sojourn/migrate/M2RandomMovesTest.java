package net.sojourn.migrate;

import net.sojourn.stack.world.SeededRandom;

/** The same random lives with M2, with and without its early form. */
class M2RandomMovesTest extends RandomMovesTest {

    @Override
    MigrateSettings settings(SeededRandom random) {
        return MigrateSettings.defaults()
                .withEarly(random.nextInt(2) == 0)
                .withResumeWindowNanos(900 * MovingWorld.SECOND);
    }
}
