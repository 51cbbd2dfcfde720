package net.sojourn.stack.loop;

/**
 * Whether a loop with nothing to do looks again instead of sleeping. It does so for a while after its last work, if work
 * has lately tended to come within that while: spinning through longer pauses would only cost a processor. Loop thread
 * only.
 */
final class BusyPoll {

    private static final int WEIGHT = 8;

    private final long longestNanos;
    private long lastWorkNanos;
    /** Smoothed pause between two works, each counted as no more than twice the longest that is waited through. */
    private long pauseNanos;

    /** @param longestNanos 0 never looks again */
    BusyPoll(long longestNanos) {
        this.longestNanos = longestNanos;
    }

    void worked(long nowNanos) {
        long pause = Math.min(nowNanos - lastWorkNanos, 2 * longestNanos);
        pauseNanos += (pause - pauseNanos) / WEIGHT;
        lastWorkNanos = nowNanos;
    }

    boolean looksAgain(long nowNanos) {
        return nowNanos - lastWorkNanos < longestNanos && pauseNanos < longestNanos;
    }
}
