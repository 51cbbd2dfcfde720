package net.sojourn.daemon.rehearsal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import net.sojourn.migrate.MigrateSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RehearsalTest {

    @Test
    void everySuiteMovesThereAndBack() throws IOException {
        assertEquals(40, Rehearsal.run(MigrateSettings.defaults()));
        assertEquals(40, Rehearsal.run(MigrateSettings.classic()));
    }

    @Test
    void withoutASuiteThereIsNothingToRehearse() throws IOException {
        assertEquals(0, Rehearsal.run(MigrateSettings.defaults().withSuites(List.of())));
    }
}
