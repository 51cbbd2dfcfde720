package net.sojourn.dns.reconcile;

import java.time.Duration;
import java.util.List;

/** Spaces the updates of a flapping name: the first at once, the next ones after longer and longer holds. Pure. */
final class Damper {

    private final List<Duration> holds;
    private final long quietNanos;
    private boolean used;
    private long lastNanos;
    private int level;

    Damper(List<Duration> holds, Duration quiet) {
        this.holds = List.copyOf(holds);
        this.quietNanos = quiet.toNanos();
    }

    /** How long an update must still be held; 0 if it may go. */
    long delayNanos(long nowNanos) {
        if (!used || nowNanos - lastNanos >= quietNanos) {
            return 0;
        }
        return Math.max(0, lastNanos + holds.get(level).toNanos() - nowNanos);
    }

    /** An update of new addresses goes out now. */
    void updateGoes(long nowNanos) {
        boolean flapping = used && nowNanos - lastNanos < quietNanos;
        level = flapping ? Math.min(level + 1, holds.size() - 1) : 0;
        used = true;
        lastNanos = nowNanos;
    }
}
