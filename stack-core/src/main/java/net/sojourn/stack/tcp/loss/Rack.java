package net.sojourn.stack.tcp.loss;

/**
 * The variables of RACK (RFC 8985 5.2): the most recently sent segment that was delivered, and how much reordering to
 * allow for. Which ranges are lost follows in {@link SentSegments#detectLosses}.
 */
public final class Rack {

    private long xmitNanos = -1;
    private long endOffset;
    private long rttNanos;
    private long minRttNanos = Long.MAX_VALUE;
    private long forwardAck;
    private boolean reorderingSeen;

    void rttSample(long sampleNanos) {
        minRttNanos = Math.min(minRttNanos, sampleNanos);
    }

    /** RFC 8985 6.2 steps 2 and 3. */
    void delivered(long end, long sentNanos, boolean retransmitted, long nowNanos) {
        long rtt = nowNanos - sentNanos;
        if (retransmitted && rtt < minRttNanos) {
            // The acknowledgement is more likely for the earlier transmission.
            return;
        }
        if (end >= forwardAck) {
            forwardAck = end;
        } else if (!retransmitted) {
            reorderingSeen = true;
        }
        if (xmitNanos < 0 || sentNanos > xmitNanos || (sentNanos == xmitNanos && end > endOffset)) {
            xmitNanos = sentNanos;
            endOffset = end;
            rttNanos = rtt;
        }
    }

    boolean hasSample() {
        return xmitNanos >= 0;
    }

    long rttNanos() {
        return rttNanos;
    }

    /** RACK_sent_after of RFC 8985 5.2, the other way round. */
    boolean wasSentBefore(long sentNanos, long end) {
        return sentNanos < xmitNanos || (sentNanos == xmitNanos && end < endOffset);
    }

    /** RFC 8985 6.2 step 4. */
    long reorderingWindowNanos(boolean evident, long srttNanos) {
        if (!reorderingSeen && evident) {
            return 0;
        }
        long quarter = minRttNanos == Long.MAX_VALUE ? 0 : minRttNanos / 4;
        return srttNanos < 0 ? quarter : Math.min(quarter, srttNanos);
    }

    /** Another path: nothing that was measured on the former holds. */
    public void forget() {
        xmitNanos = -1;
        minRttNanos = Long.MAX_VALUE;
        reorderingSeen = false;
    }
}
