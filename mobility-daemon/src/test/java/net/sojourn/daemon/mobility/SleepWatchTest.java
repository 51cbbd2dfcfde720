package net.sojourn.daemon.mobility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** A host that was away shows it by its clock. */
class SleepWatchTest {

    private static final long SECOND = 1_000_000_000L;

    private final SleepWatch watch = new SleepWatch(5 * SECOND);

    @Test
    void firstLookAndRegularOnesAreNoSleep() {
        assertEquals(OptionalLong.empty(), watch.look(1_000_000 * SECOND));
        assertEquals(OptionalLong.empty(), watch.look(1_000_001 * SECOND));
        assertEquals(OptionalLong.empty(), watch.look(1_000_004 * SECOND), "a busy host");
    }

    @Test
    void sleepIsToldOnceWithItsLength() {
        watch.look(10 * SECOND);
        assertEquals(OptionalLong.of(3600 * SECOND), watch.look(3611 * SECOND));
        assertEquals(OptionalLong.empty(), watch.look(3612 * SECOND));
    }

    @Test
    void shorterOnesDoNotCount() {
        watch.look(10 * SECOND);
        assertEquals(OptionalLong.empty(), watch.look(16 * SECOND - 1));
        assertEquals(OptionalLong.of(5 * SECOND), watch.look(22 * SECOND - 1));
    }

    @Test
    void clockOfThisHostGoesOn() throws InterruptedException {
        long before = SleepWatch.bootNanos();
        Thread.sleep(30);
        assertTrue(SleepWatch.bootNanos() - before >= 10_000_000);
    }
}
