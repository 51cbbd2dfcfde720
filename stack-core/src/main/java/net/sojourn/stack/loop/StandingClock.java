package net.sojourn.stack.loop;

import java.util.function.LongSupplier;

/**
 * A clock that stands still while nobody runs. A process that was stopped, or a machine that slept, must not find every one
 * of its timers run out when it wakes: what they wait for had no chance to happen. Linux's monotonic clock stands while the
 * machine sleeps; it goes on while a process is stopped, and in a virtual machine that is paused. Any thread.
 */
final class StandingClock {

    /** No scheduler and no collection of garbage keeps a loop away for so long. */
    static final long LONGEST_DELAY_NANOS = 10_000_000_000L;

    private final LongSupplier source;
    private volatile long stoodNanos;

    StandingClock(LongSupplier source) {
        this.source = source;
    }

    long nanos() {
        return source.getAsLong() - stoodNanos;
    }

    /**
     * A loop that was to wake at {@code dueNanos} is awake: if that is long ago, the clock has stood still since then.
     *
     * @return whether it has
     */
    synchronized boolean awake(long dueNanos) {
        long lateNanos = nanos() - dueNanos;
        if (lateNanos <= LONGEST_DELAY_NANOS) {
            return false;
        }
        stoodNanos += lateNanos;
        return true;
    }
}
