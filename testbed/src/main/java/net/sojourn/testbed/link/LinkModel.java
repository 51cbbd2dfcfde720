package net.sojourn.testbed.link;

import java.util.SplittableRandom;
import net.sojourn.testbed.link.Fate.Outcome;

/**
 * One direction of an emulated link as a pure machine: told of a packet's length and the time, it says what becomes of
 * the packet. The same seed, settings and calls give the same fates. Not thread-safe; no clock inside.
 *
 * <p>Theory of operation: the queue is not kept as packets but as the time {@link #idleAtNanos} at which the last
 * accepted octet will have left; what waits at {@code now} is the rate times the rest. Each kind of mischief draws from
 * a generator of its own, one number for every packet that gets so far, so that switching jitter on does not change
 * which packets are lost. Arrival times never go back except for packets held back on purpose (reordering).
 */
public final class LinkModel {

    private static final double NANOS_PER_SECOND = 1e9;

    private final SplittableRandom lossRandom;
    private final SplittableRandom burstRandom;
    private final SplittableRandom jitterRandom;
    private final SplittableRandom reorderRandom;
    private final SplittableRandom duplicateRandom;
    private final SplittableRandom corruptRandom;

    private LinkSettings settings;
    private boolean up = true;
    private boolean inBurst;
    private double idleAtNanos = Double.NEGATIVE_INFINITY;
    private long lastArrivalNanos = Long.MIN_VALUE;

    public LinkModel(LinkSettings settings, long seed) {
        this.settings = settings;
        SplittableRandom root = new SplittableRandom(seed);
        lossRandom = root.split();
        burstRandom = root.split();
        jitterRandom = root.split();
        reorderRandom = root.split();
        duplicateRandom = root.split();
        corruptRandom = root.split();
    }

    /** Offers a packet of {@code lengthBytes} to the link at {@code nowNanos}, which never goes back between calls. */
    public Fate offer(int lengthBytes, long nowNanos) {
        if (!up) {
            return Fate.dropped(Outcome.LINK_DOWN);
        }
        if (lengthBytes > settings.mtuBytes()) {
            return Fate.dropped(Outcome.TOO_LARGE);
        }
        if (settings.rateBitsPerSecond() > 0 && backlogBytes(nowNanos) + lengthBytes > settings.queueBytes()) {
            return Fate.dropped(Outcome.QUEUE_FULL);
        }
        long departureNanos = departure(lengthBytes, nowNanos);
        if (lossRandom.nextDouble() < settings.lossProbability()) {
            return Fate.dropped(Outcome.LOST);
        }
        if (isLostInBurst()) {
            return Fate.dropped(Outcome.LOST_IN_BURST);
        }
        int corruptedBit = corruptRandom.nextDouble() < settings.corruptProbability()
                ? corruptRandom.nextInt(lengthBytes * 8)
                : Fate.INTACT;
        long arrivalNanos = arrival(departureNanos);
        long copyNanos = duplicateRandom.nextDouble() < settings.duplicateProbability() ? arrivalNanos : Fate.NO_COPY;
        return new Fate(Outcome.DELIVERED, arrivalNanos, copyNanos, corruptedBit);
    }

    /** Octets that wait in front of the link or are being sent at {@code nowNanos}. */
    public double backlogBytes(long nowNanos) {
        return idleAtNanos <= nowNanos
                ? 0
                : (idleAtNanos - nowNanos) * settings.rateBitsPerSecond() / 8 / NANOS_PER_SECOND;
    }

    /** New settings for packets offered from now on; what waits in the queue leaves at the new rate. */
    public void change(LinkSettings newSettings, long nowNanos) {
        double waiting = backlogBytes(nowNanos);
        settings = newSettings;
        idleAtNanos = newSettings.rateBitsPerSecond() == 0
                ? Double.NEGATIVE_INFINITY
                : nowNanos + sendingNanos(waiting, newSettings.rateBitsPerSecond());
        // A shorter delay is a shorter road: packets on the new one may arrive before those still on the old one.
        lastArrivalNanos = Long.MIN_VALUE;
    }

    /** Takes the link down or up. While it is down every offered packet is dropped; what was accepted still arrives. */
    public void setUp(boolean nowUp) {
        up = nowUp;
    }

    public boolean isUp() {
        return up;
    }

    public LinkSettings settings() {
        return settings;
    }

    private long departure(int lengthBytes, long nowNanos) {
        if (settings.rateBitsPerSecond() == 0) {
            return nowNanos;
        }
        idleAtNanos = Math.max(idleAtNanos, nowNanos) + sendingNanos(lengthBytes, settings.rateBitsPerSecond());
        return Math.round(idleAtNanos);
    }

    private boolean isLostInBurst() {
        GilbertElliott chain = settings.burstLoss();
        double step = burstRandom.nextDouble();
        inBurst = inBurst ? step >= chain.badToGood() : step < chain.goodToBad();
        return burstRandom.nextDouble() < (inBurst ? chain.lossInBad() : chain.lossInGood());
    }

    private long arrival(long departureNanos) {
        double swing = jitterRandom.nextDouble() * 2 - 1;
        long arrivalNanos = departureNanos + settings.delayNanos() + Math.round(swing * settings.jitterNanos());
        boolean heldBack = reorderRandom.nextDouble() < settings.reorderProbability();
        arrivalNanos = Math.max(arrivalNanos, lastArrivalNanos);
        if (heldBack) {
            return arrivalNanos + settings.reorderNanos();
        }
        lastArrivalNanos = arrivalNanos;
        return arrivalNanos;
    }

    private static double sendingNanos(double bytes, long rateBitsPerSecond) {
        return bytes * 8 * NANOS_PER_SECOND / rateBitsPerSecond;
    }
}
