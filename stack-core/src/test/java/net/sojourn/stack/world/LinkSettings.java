package net.sojourn.stack.world;

/**
 * One direction of a link in virtual time.
 *
 * @param delayNanos one way
 * @param jitterNanos up to so much more, which reorders
 * @param bitsPerSecond 0 for no limit
 * @param queueBytes drop-tail queue in front of the rate
 */
public record LinkSettings(
        long delayNanos,
        long jitterNanos,
        double loss,
        double duplication,
        double corruption,
        long bitsPerSecond,
        int queueBytes,
        int mtuBytes) {

    public static LinkSettings delay(long delayNanos) {
        return new LinkSettings(delayNanos, 0, 0, 0, 0, 0, 256 * 1024, 1500);
    }

    public LinkSettings loss(double value) {
        return new LinkSettings(
                delayNanos, jitterNanos, value, duplication, corruption, bitsPerSecond, queueBytes, mtuBytes);
    }

    public LinkSettings jitter(long value) {
        return new LinkSettings(delayNanos, value, loss, duplication, corruption, bitsPerSecond, queueBytes, mtuBytes);
    }

    public LinkSettings duplication(double value) {
        return new LinkSettings(delayNanos, jitterNanos, loss, value, corruption, bitsPerSecond, queueBytes, mtuBytes);
    }

    public LinkSettings corruption(double value) {
        return new LinkSettings(delayNanos, jitterNanos, loss, duplication, value, bitsPerSecond, queueBytes, mtuBytes);
    }

    public LinkSettings rate(long value) {
        return new LinkSettings(delayNanos, jitterNanos, loss, duplication, corruption, value, queueBytes, mtuBytes);
    }
}
