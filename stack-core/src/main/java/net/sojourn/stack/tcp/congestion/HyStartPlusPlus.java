package net.sojourn.stack.tcp.congestion;

import net.sojourn.stack.spi.AckSample;

/**
 * HyStart++ (RFC 9406): leaves the first slow start when the round-trip time begins to rise, by way of a few rounds of
 * conservative slow start that show whether the rise was real. The RFC's limit L on growth by one acknowledgement is
 * infinite here: coalesced acknowledgements of dozens of segments are the rule behind a device that offloads.
 */
final class HyStartPlusPlus {

    private static final long MIN_RTT_THRESH_NANOS = 4_000_000L;
    private static final long MAX_RTT_THRESH_NANOS = 16_000_000L;
    private static final int MIN_RTT_DIVISOR = 8;
    private static final int N_RTT_SAMPLE = 8;
    private static final int CSS_GROWTH_DIVISOR = 4;
    private static final int CSS_ROUNDS = 5;
    private static final long INFINITY = Long.MAX_VALUE;

    private long lastRoundMinRttNanos = INFINITY;
    private long currentRoundMinRttNanos = INFINITY;
    private long cssBaselineMinRttNanos = INFINITY;
    private int rttSampleCount;
    private boolean conservative;
    private int cssRounds;

    /** RFC 9406 4.2. @return by how many octets the congestion window grows; -1 if slow start has ended */
    long growthBytes(AckSample ack) {
        if (ack.startsRound()) {
            lastRoundMinRttNanos = currentRoundMinRttNanos;
            currentRoundMinRttNanos = INFINITY;
            rttSampleCount = 0;
            // The round in which it began counts, though it is not whole.
            if (conservative && ++cssRounds >= CSS_ROUNDS) {
                return -1;
            }
        }
        if (ack.rttNanos() >= 0) {
            currentRoundMinRttNanos = Math.min(currentRoundMinRttNanos, ack.rttNanos());
            rttSampleCount++;
        }
        if (rttSampleCount >= N_RTT_SAMPLE) {
            if (conservative) {
                mayResume();
            } else {
                mayBeConservative();
            }
        }
        return conservative ? ack.ackedBytes() / CSS_GROWTH_DIVISOR : ack.ackedBytes();
    }

    boolean isConservative() {
        return conservative;
    }

    private void mayBeConservative() {
        if (lastRoundMinRttNanos == INFINITY) {
            return;
        }
        long thresholdNanos =
                Math.max(MIN_RTT_THRESH_NANOS, Math.min(lastRoundMinRttNanos / MIN_RTT_DIVISOR, MAX_RTT_THRESH_NANOS));
        if (currentRoundMinRttNanos >= lastRoundMinRttNanos + thresholdNanos) {
            cssBaselineMinRttNanos = currentRoundMinRttNanos;
            conservative = true;
            cssRounds = 0;
        }
    }

    private void mayResume() {
        if (currentRoundMinRttNanos < cssBaselineMinRttNanos) {
            cssBaselineMinRttNanos = INFINITY;
            conservative = false;
        }
    }
}
