package net.sojourn.dns;

import java.time.Duration;
import java.util.List;

/**
 * When the updater acts. {@link #defaults()} suits a laptop on the Internet.
 *
 * @param firstRetry after the first attempt; doubles each time. Also how long the first answer is waited for, so not below
 *     the 1 s for which a busy server may hold an update
 * @param maxRetry upper bound of that doubling
 * @param slowRetry after the server's own, verified "no", and while another owns the name
 * @param maxAnswerWait upper bound of the wait for one answer
 * @param jitter 0 to 0.5: each retry delay is changed at random by up to this part of it
 * @param damping how long the second, third, ... change within {@code quiet} is held back; the first never is
 * @param quiet after so long without a change, damping starts anew
 * @param overtake how long an attempt may go on when newer addresses wait
 * @param verifyWithin how long the servers may take to agree
 * @param check how often a name in order is read and, if someone changed it, mended
 */
public record UpdateTiming(
        Duration firstRetry,
        Duration maxRetry,
        Duration slowRetry,
        Duration maxAnswerWait,
        double jitter,
        List<Duration> damping,
        Duration quiet,
        Duration overtake,
        Duration verifyWithin,
        Duration check) {

    public UpdateTiming {
        damping = List.copyOf(damping);
        requirePositive(firstRetry, "firstRetry");
        requirePositive(slowRetry, "slowRetry");
        requirePositive(maxAnswerWait, "maxAnswerWait");
        requirePositive(overtake, "overtake");
        requirePositive(verifyWithin, "verifyWithin");
        requirePositive(check, "check");
        if (maxRetry.compareTo(firstRetry) < 0) {
            throw new IllegalArgumentException("maxRetry: " + maxRetry + " is below firstRetry " + firstRetry);
        }
        if (!(jitter >= 0 && jitter <= 0.5)) {
            throw new IllegalArgumentException("jitter: " + jitter + " is not within 0 to 0.5");
        }
        if (damping.isEmpty() || damping.stream().anyMatch(Duration::isNegative) || quiet.isNegative()) {
            throw new IllegalArgumentException("damping: at least one duration is needed, none negative");
        }
    }

    public static UpdateTiming defaults() {
        return new UpdateTiming(
                Duration.ofMillis(1_500),
                Duration.ofSeconds(60),
                Duration.ofMinutes(5),
                Duration.ofSeconds(6),
                0.1,
                List.of(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(5)),
                Duration.ofSeconds(10),
                Duration.ofMillis(300),
                Duration.ofSeconds(10),
                Duration.ofMinutes(10));
    }

    private static void requirePositive(Duration duration, String name) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(name + ": must be positive, but is " + duration);
        }
    }
}
