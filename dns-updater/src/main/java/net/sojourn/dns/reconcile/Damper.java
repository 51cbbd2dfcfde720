package net.sojourn.dns.reconcile;

import java.time.Duration;
import java.util.List;

/**
 * Holds back a flapping address: the first change goes out at once, later ones wait until 100 ms, 1 s, then 5 s after the
 * one before. The last change always goes out. Reconcilers' thread.
 */
final class Damper {

    private final List<Duration> holds;
    private final long quietNanos;
    private int level = -1;
    private long lastGoNanos;

    Damper(List<Duration> holds, Duration quiet) {
        this.holds = holds;
        this.quietNanos = quiet.toNanos();
    }

    /** How long a change that is known now has to wait. */
    Duration hold(long nowNanos) {
        if (level < 0 || nowNanos - lastGoNanos >= quietNanos) {
            return Duration.ZERO;
        }
        long untilNanos = lastGoNanos + holds.get(level).toNanos();
        return Duration.ofNanos(Math.max(0, untilNanos - nowNanos));
    }

    /** A change goes out now. */
    void goes(long nowNanos) {
        boolean calm = level < 0 || nowNanos - lastGoNanos >= quietNanos;
        level = calm ? 0 : Math.min(level + 1, holds.size() - 1);
        lastGoNanos = nowNanos;
    }
}
