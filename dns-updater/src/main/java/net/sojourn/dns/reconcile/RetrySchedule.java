package net.sojourn.dns.reconcile;

import java.time.Duration;
import java.util.random.RandomGenerator;
import net.sojourn.dns.UpdateTiming;
import net.sojourn.dns.transport.Transport;

/** When, how and for how long the next attempt is made: pauses double, UDP and TCP alternate, then the next server. */
final class RetrySchedule {

    private final UpdateTiming timing;
    private final RandomGenerator random;
    private int failures;

    RetrySchedule(UpdateTiming timing, RandomGenerator random) {
        this.timing = timing;
        this.random = random;
    }

    void reset() {
        failures = 0;
    }

    /** From 1. */
    int attempt() {
        return failures + 1;
    }

    Transport transport() {
        return failures % 2 == 0 ? Transport.UDP : Transport.TCP;
    }

    /** Which of {@code count} servers. */
    int server(int count) {
        return failures / 2 % count;
    }

    /** How long the present attempt may wait for one answer. */
    Duration answerTimeout() {
        Duration interval = interval(failures);
        return interval.compareTo(timing.attemptMax()) < 0 ? interval : timing.attemptMax();
    }

    /** The present attempt failed. Returns how long after its beginning the next one is due. */
    Duration failed() {
        Duration interval = interval(failures);
        failures++;
        double factor = 1 + timing.jitter() * (2 * random.nextDouble() - 1);
        return Duration.ofNanos((long) (interval.toNanos() * factor));
    }

    private Duration interval(int afterFailures) {
        Duration interval = timing.retryFirst();
        for (int i = 0; i < afterFailures && interval.compareTo(timing.retryMax()) < 0; i++) {
            interval = interval.multipliedBy(2);
        }
        return interval.compareTo(timing.retryMax()) < 0 ? interval : timing.retryMax();
    }
}
