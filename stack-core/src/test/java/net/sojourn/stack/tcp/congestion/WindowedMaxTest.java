package net.sojourn.stack.tcp.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Three values remember enough of a window: never too large a maximum, and the true one at each new best. */
class WindowedMaxTest {

    @Test
    void latestBestWinsAtOnce() {
        WindowedMax max = new WindowedMax(10);
        max.add(5, 0);
        max.add(9, 1);
        assertEquals(9, max.max());
        max.add(3, 2);
        assertEquals(9, max.max());
    }

    @Test
    void bestIsForgottenWhenItIsTooOld() {
        WindowedMax max = new WindowedMax(10);
        max.add(100, 0);
        for (int round = 1; round <= 10; round++) {
            max.add(50, round);
            assertEquals(100, max.max());
        }
        max.add(50, 11);
        assertEquals(50, max.max());
    }

    @Test
    void isNeverAboveTheTrueMaximumAndNeverBelowTheLatest() {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            WindowedMax max = new WindowedMax(10);
            long[] values = new long[400];
            for (int round = 0; round < values.length; round++) {
                values[round] = 1 + random.nextInt(1000);
                max.add(values[round], round);
                long best = 0;
                for (int i = Math.max(0, round - 10); i <= round; i++) {
                    best = Math.max(best, values[i]);
                }
                assertTrue(max.max() <= best, "seed " + seed + " round " + round);
                assertTrue(max.max() >= values[round], "seed " + seed + " round " + round);
            }
        }
    }

    @Test
    void silenceLongerThanTheWindowForgetsEverything() {
        WindowedMax max = new WindowedMax(10);
        max.add(100, 0);
        max.add(1, 30);
        assertEquals(1, max.max());
    }
}
