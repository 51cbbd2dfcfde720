package net.sojourn.benchmarks;

import java.util.Arrays;

/** When text came, by System.nanoTime(). One thread adds, any may ask. */
final class Arrivals {

    private long[] nanos = new long[1 << 12];
    private int count;

    synchronized void add(long atNanos) {
        if (count == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * count);
        }
        nanos[count++] = atNanos;
    }

    /** From {@code sinceNanos} to the first arrival behind it; -1 if there is none yet. */
    synchronized long firstAfter(long sinceNanos) {
        for (int i = 0; i < count; i++) {
            if (nanos[i] - sinceNanos > 0) {
                return nanos[i] - sinceNanos;
            }
        }
        return -1;
    }

    /** The longest time without an arrival among those from {@code sinceNanos} on. */
    synchronized long longestGap(long sinceNanos) {
        long longest = 0;
        for (int i = 1; i < count; i++) {
            if (nanos[i] - sinceNanos > 0) {
                longest = Math.max(longest, nanos[i] - nanos[i - 1]);
            }
        }
        return longest;
    }
}
