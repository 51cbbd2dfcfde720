package net.sojourn.stack.loop;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** {@link BusyPoll}: looks again while that pays, and sleeps where it does not. */
class BusyPollTest {

    private static final long LONGEST = 50_000;

    private final BusyPoll poll = new BusyPoll(LONGEST);
    private long now = 1_000_000_000L;

    private void workEvery(long pauseNanos, int times) {
        for (int i = 0; i < times; i++) {
            now += pauseNanos;
            poll.worked(now);
        }
    }

    @Test
    void looksAgainForAsLongAsItWasTold() {
        workEvery(10_000, 30);
        assertTrue(poll.looksAgain(now + LONGEST - 1));
        assertFalse(poll.looksAgain(now + LONGEST));
    }

    @Test
    void sleepsAtOnceWhenWorkIsRare() {
        workEvery(1_000_000, 30);
        assertFalse(poll.looksAgain(now));
    }

    @Test
    void learnsThatWorkHasBecomeFrequent() {
        workEvery(1_000_000, 30);
        workEvery(5_000, 30);
        assertTrue(poll.looksAgain(now + 10_000));
        workEvery(1_000_000, 30);
        assertFalse(poll.looksAgain(now));
    }

    @Test
    void oneLongPauseIsForgiven() {
        workEvery(5_000, 30);
        workEvery(3_600_000_000_000L, 1);
        assertTrue(poll.looksAgain(now));
    }

    @Test
    void withoutATimeItNeverLooksAgain() {
        BusyPoll none = new BusyPoll(0);
        none.worked(now);
        assertFalse(none.looksAgain(now));
    }
}
