package net.sojourn.testbed.link;

/**
 * What a {@link LinkModel} decided about one packet. Times are on the clock that the packet was offered with.
 *
 * @param outcome whether it arrives, and if not, why
 * @param arrivalNanos when it arrives; meaningless unless delivered
 * @param duplicateNanos when its copy arrives, or {@link #NO_COPY}
 * @param corruptedBit which bit of the packet is turned over, 0 the highest of the first octet, or {@link #INTACT}
 */
public record Fate(Outcome outcome, long arrivalNanos, long duplicateNanos, int corruptedBit) {

    /** {@link #duplicateNanos} of a packet that arrives once. */
    public static final long NO_COPY = Long.MIN_VALUE;
    /** {@link #corruptedBit} of a packet that arrives as it was. */
    public static final int INTACT = -1;

    /** Whether a packet arrives, or what kept it from arriving. */
    public enum Outcome {
        DELIVERED,
        /** Larger than {@link LinkSettings#mtuBytes}. */
        TOO_LARGE,
        /** The queue in front of the link was full. */
        QUEUE_FULL,
        /** Lost by {@link LinkSettings#lossProbability}. */
        LOST,
        /** Lost by {@link LinkSettings#burstLoss}. */
        LOST_IN_BURST,
        /** The link was down. */
        LINK_DOWN
    }

    static Fate dropped(Outcome outcome) {
        return new Fate(outcome, 0, NO_COPY, INTACT);
    }

    public boolean isDelivered() {
        return outcome == Outcome.DELIVERED;
    }
}
