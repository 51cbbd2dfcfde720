package net.sojourn.stack.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class StandingClockTest {

    private static final long SECOND = 1_000_000_000L;

    private long sourceNanos = 5 * SECOND;
    private final StandingClock clock = new StandingClock(() -> sourceNanos);

    @Test
    void goesWithItsSource() {
        assertEquals(5 * SECOND, clock.nanos());
        sourceNanos += 3 * SECOND;
        assertFalse(clock.awake(7 * SECOND));
        assertEquals(8 * SECOND, clock.nanos());
    }

    /** A loop that is late, but not by much, is a busy loop. */
    @Test
    void smallDelaysCount() {
        sourceNanos += StandingClock.LONGEST_DELAY_NANOS;
        assertFalse(clock.awake(5 * SECOND));
        assertEquals(15 * SECOND, clock.nanos());
    }

    /** Three hours of sleep: the deadline that was next is due now, and no other. */
    @Test
    void sleepDoesNotCount() {
        sourceNanos += 3 * 3600 * SECOND;
        assertTrue(clock.awake(6 * SECOND));
        assertEquals(6 * SECOND, clock.nanos());
        sourceNanos += SECOND;
        assertEquals(7 * SECOND, clock.nanos());
    }

    /** Two loops of one process slept the same sleep: it is taken off once. */
    @Test
    void oneSleepOfTwoLoopsCountsOnce() {
        sourceNanos += 3600 * SECOND;
        assertTrue(clock.awake(6 * SECOND));
        assertFalse(clock.awake(8 * SECOND));
        assertFalse(clock.awake(5 * SECOND));
        assertEquals(6 * SECOND, clock.nanos());
    }
}
