package net.sojourn.stack.tcp.path;

/**
 * Smoothed round-trip time and retransmission time-out (RFC 6298). Loop thread only. Samples of retransmitted text are
 * the caller's to withhold (Karn, RFC 6298 3).
 */
public final class RttEstimator {

    private static final long CLOCK_GRANULARITY_NANOS = 1_000_000;

    private final long minRtoNanos;
    private final long maxRtoNanos;
    private long rtoNanos;
    private long srttNanos = -1;
    private long rttVarNanos = -1;
    private long latestNanos = -1;
    private long minNanos = Long.MAX_VALUE;
    private int backoff;

    public RttEstimator(long initialRtoNanos, long minRtoNanos, long maxRtoNanos) {
        this.rtoNanos = initialRtoNanos;
        this.minRtoNanos = minRtoNanos;
        this.maxRtoNanos = maxRtoNanos;
    }

    /** RFC 6298 2.2, 2.3. @param rttNanos at least 0 */
    public void sample(long rttNanos) {
        latestNanos = rttNanos;
        minNanos = Math.min(minNanos, rttNanos);
        if (srttNanos < 0) {
            srttNanos = rttNanos;
            rttVarNanos = rttNanos / 2;
        } else {
            rttVarNanos += (Math.abs(srttNanos - rttNanos) - rttVarNanos) / 4;
            srttNanos += (rttNanos - srttNanos) / 8;
        }
        rtoNanos = srttNanos + Math.max(CLOCK_GRANULARITY_NANOS, 4 * rttVarNanos);
        backoff = 0;
    }

    /** The time-out to set now, its backing off included (RFC 6298 2.4, 2.5, 5.5). */
    public long rtoNanos() {
        long base = Math.max(minRtoNanos, rtoNanos);
        return backoff >= 30 ? maxRtoNanos : Math.min(maxRtoNanos, base << backoff);
    }

    /** RFC 6298 5.5. */
    public void backOff() {
        backoff++;
    }

    /** What was waited for was not the network: a shut window, a path that is gone. */
    public void forgetBackoff() {
        backoff = 0;
    }

    /** RFC 6298 5.7: the SYN was retransmitted, so text starts with a time-out of at least 3 s. */
    public void synWasRetransmitted() {
        if (srttNanos < 0) {
            rtoNanos = Math.max(rtoNanos, 3_000_000_000L);
        }
        backoff = 0;
    }

    /** -1 before the first sample. */
    public long srttNanos() {
        return srttNanos;
    }

    /** -1 before the first sample. */
    public long rttVarNanos() {
        return rttVarNanos;
    }

    /** The last sample, or -1. */
    public long latestNanos() {
        return latestNanos;
    }

    /** The least sample; {@link Long#MAX_VALUE} before the first. */
    public long minNanos() {
        return minNanos;
    }
}
