package net.sojourn.dns.reconcile;

import java.time.Duration;
import net.sojourn.dns.UpdateTiming;
import net.sojourn.dns.query.Randomness;

/** Retry delays 1.5, 3, 6 ... 60 s with jitter, by default. Reconcilers' thread. */
final class Backoff {

    private final UpdateTiming timing;
    private final Randomness randomness;
    private int failures;

    Backoff(UpdateTiming timing, Randomness randomness) {
        this.timing = timing;
        this.randomness = randomness;
    }

    void reset() {
        failures = 0;
    }

    /** How many attempts failed since the last reset. */
    int failures() {
        return failures;
    }

    /** How long the coming attempt may wait for its answer. */
    Duration answerWait() {
        Duration base = base();
        return base.compareTo(timing.maxAnswerWait()) < 0 ? base : timing.maxAnswerWait();
    }

    /** Counts a failure. @return from the start of the failed attempt to that of the next */
    Duration failed() {
        Duration delay = jittered(base());
        failures++;
        return delay;
    }

    /** Counts a failure that only people can mend. */
    Duration refused() {
        failures++;
        return jittered(timing.slowRetry());
    }

    private Duration base() {
        long nanos = timing.firstRetry().toNanos();
        long maxNanos = timing.maxRetry().toNanos();
        for (int i = 0; i < failures && nanos < maxNanos; i++) {
            nanos = Math.min(maxNanos, nanos * 2);
        }
        return Duration.ofNanos(nanos);
    }

    private Duration jittered(Duration delay) {
        double factor = 1 + timing.jitter() * (2 * randomness.nextUnit() - 1);
        return Duration.ofNanos((long) (delay.toNanos() * factor));
    }
}
