package net.sojourn.testbed.link;

import java.time.Duration;
import java.util.Locale;

/**
 * What one direction of a link does to packets. Immutable; the {@code with…} methods give changed copies.
 *
 * <p>The order on the way: MTU, queue, serialisation at the rate, loss, corruption, duplication, delay. So a packet that
 * is lost has still used its share of the rate, as on a radio link.
 *
 * @param rateBitsPerSecond rate for octets of IP packets (no link header is counted); 0 is without limit
 * @param queueBytes octets that may wait, the one being sent included; the packet that would exceed it is dropped
 * @param delayNanos one-way propagation delay
 * @param jitterNanos the delay varies evenly by up to this much either way, without reordering
 * @param lossProbability independent loss, 0 to 1
 * @param burstLoss bursty loss, on top of the independent one
 * @param reorderProbability share of packets held back so that later ones overtake them, 0 to 1
 * @param reorderNanos how long those are held back
 * @param duplicateProbability share of packets that arrive twice, 0 to 1
 * @param corruptProbability share of packets in which one bit is turned over, 0 to 1
 * @param mtuBytes larger packets vanish without a word; give the device itself the MTU to have ICMP errors instead
 */
public record LinkSettings(
        long rateBitsPerSecond,
        long queueBytes,
        long delayNanos,
        long jitterNanos,
        double lossProbability,
        GilbertElliott burstLoss,
        double reorderProbability,
        long reorderNanos,
        double duplicateProbability,
        double corruptProbability,
        int mtuBytes) {

    /** Changes nothing, as fast as the machine can: the only settings with which a forwarder keeps super-packets whole. */
    public static final LinkSettings UNLIMITED =
            new LinkSettings(0, Long.MAX_VALUE, 0, 0, 0, GilbertElliott.OFF, 0, 0, 0, 0, 65_535);

    private static final long DEFAULT_QUEUE_MILLIS = 50;
    private static final long SMALLEST_DEFAULT_QUEUE_BYTES = 30_000;

    public LinkSettings {
        requireProbability("loss", lossProbability);
        requireProbability("reorder", reorderProbability);
        requireProbability("duplicate", duplicateProbability);
        requireProbability("corrupt", corruptProbability);
        if (rateBitsPerSecond < 0 || queueBytes <= 0 || delayNanos < 0 || jitterNanos < 0 || reorderNanos < 0) {
            throw new IllegalArgumentException(
                    "rate, delay, jitter and reorder time must not be negative, queue not 0");
        }
        if (jitterNanos > delayNanos) {
            throw new IllegalArgumentException("jitter larger than the delay: a packet would arrive before it is sent");
        }
        if (mtuBytes < 68) {
            throw new IllegalArgumentException("MTU " + mtuBytes + " is below IPv4's least, 68 octets");
        }
    }

    /** {@link #UNLIMITED} with a one-way delay. */
    public static LinkSettings delay(Duration oneWay) {
        return UNLIMITED.withDelay(oneWay);
    }

    /** Rate with a queue of 50 ms at that rate, at least 30,000 octets; 0 takes the limit away. */
    public LinkSettings withRate(long bitsPerSecond) {
        long queue = bitsPerSecond == 0
                ? Long.MAX_VALUE
                : Math.max(SMALLEST_DEFAULT_QUEUE_BYTES, bitsPerSecond / 8 * DEFAULT_QUEUE_MILLIS / 1000);
        return copy(bitsPerSecond, queue, delayNanos, jitterNanos, lossProbability, burstLoss);
    }

    public LinkSettings withQueueBytes(long bytes) {
        return copy(rateBitsPerSecond, bytes, delayNanos, jitterNanos, lossProbability, burstLoss);
    }

    public LinkSettings withDelay(Duration oneWay) {
        return copy(rateBitsPerSecond, queueBytes, oneWay.toNanos(), jitterNanos, lossProbability, burstLoss);
    }

    public LinkSettings withJitter(Duration eitherWay) {
        return copy(rateBitsPerSecond, queueBytes, delayNanos, eitherWay.toNanos(), lossProbability, burstLoss);
    }

    public LinkSettings withLoss(double probability) {
        return copy(rateBitsPerSecond, queueBytes, delayNanos, jitterNanos, probability, burstLoss);
    }

    public LinkSettings withBurstLoss(GilbertElliott bursts) {
        return copy(rateBitsPerSecond, queueBytes, delayNanos, jitterNanos, lossProbability, bursts);
    }

    /** Holds a share of packets back by {@code heldBack}. */
    public LinkSettings withReordering(double probability, Duration heldBack) {
        return new LinkSettings(
                rateBitsPerSecond,
                queueBytes,
                delayNanos,
                jitterNanos,
                lossProbability,
                burstLoss,
                probability,
                heldBack.toNanos(),
                duplicateProbability,
                corruptProbability,
                mtuBytes);
    }

    public LinkSettings withDuplication(double probability) {
        return tail(probability, corruptProbability, mtuBytes);
    }

    public LinkSettings withCorruption(double probability) {
        return tail(duplicateProbability, probability, mtuBytes);
    }

    public LinkSettings withMtuBytes(int bytes) {
        return tail(duplicateProbability, corruptProbability, bytes);
    }

    /** Whether packets pass at once and untouched. */
    public boolean isUnlimited() {
        return equals(UNLIMITED);
    }

    /**
     * From text such as {@code delay=10ms,rate=100mbit,loss=1%}, the form {@link #toString} writes. Keys: rate (bit, kbit,
     * mbit, gbit), queue (octets), delay, jitter (us, ms, s), loss (with % or 0 to 1), burst
     * (goodToBad/badToGood/lossInGood/lossInBad), reorder (share/time), duplicate, corrupt, mtu; or {@code unlimited}.
     *
     * @throws IllegalArgumentException naming the part that was not understood
     */
    public static LinkSettings parse(String text) {
        return LinkSettingsText.parse(text);
    }

    /** The text that {@link #parse} reads. */
    @Override
    public String toString() {
        return LinkSettingsText.format(this);
    }

    static void requireProbability(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s must lie between 0 and 1, not %s", name, value));
        }
    }

    private LinkSettings copy(long rate, long queue, long delay, long jitter, double loss, GilbertElliott bursts) {
        return new LinkSettings(
                rate,
                queue,
                delay,
                jitter,
                loss,
                bursts,
                reorderProbability,
                reorderNanos,
                duplicateProbability,
                corruptProbability,
                mtuBytes);
    }

    private LinkSettings tail(double duplicate, double corrupt, int mtu) {
        return new LinkSettings(
                rateBitsPerSecond,
                queueBytes,
                delayNanos,
                jitterNanos,
                lossProbability,
                burstLoss,
                reorderProbability,
                reorderNanos,
                duplicate,
                corrupt,
                mtu);
    }
}
