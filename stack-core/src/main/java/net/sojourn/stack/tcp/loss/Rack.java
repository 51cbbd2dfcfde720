package net.sojourn.stack.tcp.loss;

/**
 * The variables of RACK (RFC 8985 5.2): the most recently sent segment that was delivered, and how much reordering to
 * allow for. Which ranges are lost follows in {@link SentSegments#detectLosses}.
 */
public final class Rack {

    private static final int RECOVERIES_TO_PERSIST = 16;

    private long xmitNanos = -1;
    private long endOffset;
    private long rttNanos;
    private long minRttNanos = Long.MAX_VALUE;
    private long forwardAck;
    private boolean reorderingSeen;
    private long dsackRound = -1;
    private int reoWndMult = 1;
    private int reoWndPersist;

    /** A round trip, of a handshake too. */
    public void rttSample(long sampleNanos) {
        minRttNanos = Math.min(minRttNanos, sampleNanos);
    }

    /** RFC 8985 6.2 steps 2 and 3. */
    void delivered(long end, long sentNanos, boolean retransmitted, long nowNanos) {
        long rtt = nowNanos - sentNanos;
        if (retransmitted && minRttNanos != Long.MAX_VALUE && rtt < minRttNanos) {
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

    /** RFC 8985 6.2 step 4: a duplicate report widens the reordering window, once a round trip. */
    public void duplicateReported(long sndUna, long sndNxt) {
        if (dsackRound >= 0 && sndUna >= dsackRound) {
            dsackRound = -1;
        }
        if (dsackRound < 0) {
            dsackRound = sndNxt;
            reoWndMult++;
            reoWndPersist = RECOVERIES_TO_PERSIST;
        }
    }

    /** RFC 8985 6.2 step 4: after sixteen recoveries without a report the window is as before. */
    public void recoveryEnded() {
        if (--reoWndPersist <= 0) {
            reoWndMult = 1;
        }
    }

    /** RFC 8985 6.2 step 4. */
    long reorderingWindowNanos(boolean evident, long srttNanos) {
        if (!reorderingSeen && evident) {
            return 0;
        }
        long window = minRttNanos == Long.MAX_VALUE ? 0 : reoWndMult * (minRttNanos / 4);
        return srttNanos < 0 ? window : Math.min(window, srttNanos);
    }

    /** Another path: nothing that was measured on the former holds. */
    public void forget() {
        xmitNanos = -1;
        minRttNanos = Long.MAX_VALUE;
        reorderingSeen = false;
        dsackRound = -1;
        reoWndMult = 1;
    }
}
