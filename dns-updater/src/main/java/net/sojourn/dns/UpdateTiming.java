package net.sojourn.dns;

import java.time.Duration;
import java.util.List;

/**
 * When things are tried.
 *
 * @param dampingHolds least pause after the first, second, … update of a flapping name; the last one stays
 * @param quiet so long without an update, and the next one is a first one again
 * @param retryFirst pause after a first failure, and how long its answer is waited for; doubles from then on
 * @param retryMax longest pause
 * @param attemptMax longest wait for one answer
 * @param jitter part by which a pause may be longer or shorter, 0 to 0.5
 * @param denied pause after a refusal that waiting will not mend
 * @param verifyDeadline how long servers have to agree
 * @param checkEvery how often a published name is looked at, for somebody else may have changed it
 */
public record UpdateTiming(
        List<Duration> dampingHolds,
        Duration quiet,
        Duration retryFirst,
        Duration retryMax,
        Duration attemptMax,
        double jitter,
        Duration denied,
        Duration verifyDeadline,
        Duration checkEvery) {

    public static final UpdateTiming DEFAULT = new UpdateTiming(
            List.of(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(5)),
            Duration.ofSeconds(10),
            Duration.ofMillis(1500),
            Duration.ofSeconds(60),
            Duration.ofSeconds(6),
            0.1,
            Duration.ofMinutes(5),
            Duration.ofSeconds(30),
            Duration.ofMinutes(10));

    /** @throws IllegalArgumentException naming the value that is out of range */
    public UpdateTiming {
        dampingHolds = List.copyOf(dampingHolds);
        if (dampingHolds.isEmpty()) {
            throw new IllegalArgumentException("dampingHolds must have at least one pause");
        }
        dampingHolds.forEach(hold -> positive("dampingHolds", hold));
        positive("quiet", quiet);
        positive("retryFirst", retryFirst);
        positive("attemptMax", attemptMax);
        positive("denied", denied);
        positive("verifyDeadline", verifyDeadline);
        positive("checkEvery", checkEvery);
        if (retryMax.compareTo(retryFirst) < 0) {
            throw new IllegalArgumentException("retryMax " + retryMax + " is shorter than retryFirst " + retryFirst);
        }
        if (!(jitter >= 0 && jitter <= 0.5)) {
            throw new IllegalArgumentException("jitter " + jitter + " is not between 0 and 0.5");
        }
    }

    private static void positive(String what, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(what + " must be positive, not " + value);
        }
    }
}
