package net.sojourn.stack.tcp.loss;

import net.sojourn.stack.spi.AckSample;

/**
 * The connection's side of delivery rate samples (draft-ietf-ccwg-bbr 4.1): how much was delivered until when, and the
 * sample of the acknowledgement at hand. What each range knew when it was sent is in {@link SentSegments}. Loop thread
 * only.
 */
public final class DeliveryRate implements AckSample {

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    // The connection: C.delivered, C.delivered_time, C.first_sent_time, C.app_limited.
    private long delivered;
    private long deliveredNanos;
    private long firstSentNanos;
    private long applicationLimitedUntil;
    private long nextRoundDelivered;

    // The sample.
    private long priorDelivered;
    private long priorDeliveredNanos;
    private long sendElapsedNanos;
    private boolean priorApplicationLimited;

    private long nowNanos;
    private long ackedBytes;
    private boolean mayGrow;
    private boolean inRecovery;
    private boolean cwndLimited;
    private long rttNanos;
    private long inFlightBytes;
    private boolean startsRound;
    private long rateBytesPerSecond;

    /** Something goes out, for the first time or again. @param pipeEmpty nothing else is in flight */
    void sends(boolean pipeEmpty, long now) {
        if (pipeEmpty) {
            firstSentNanos = now;
            deliveredNanos = now;
        }
    }

    long delivered() {
        return delivered;
    }

    long deliveredNanos() {
        return deliveredNanos;
    }

    long firstSentNanos() {
        return firstSentNanos;
    }

    boolean isApplicationLimited() {
        return applicationLimitedUntil > delivered;
    }

    void beginAck() {
        priorDelivered = -1;
    }

    /** A range that was sent when the connection's account stood as given has been delivered. */
    void delivers(long bytes, Sent sent, long now) {
        delivered += bytes;
        deliveredNanos = now;
        if (sent.delivered > priorDelivered) {
            priorDelivered = sent.delivered;
            priorDeliveredNanos = sent.deliveredNanos;
            priorApplicationLimited = sent.applicationLimited;
            sendElapsedNanos = sent.sentNanos - sent.firstSentNanos;
            firstSentNanos = sent.sentNanos;
        }
    }

    /** What a range knew when it was sent: P.delivered and the others. Reused. */
    static final class Sent {
        long sentNanos;
        long delivered;
        long deliveredNanos;
        long firstSentNanos;
        boolean applicationLimited;
    }

    /** Nothing is left to send although the window has room: the rate is the application's until this is delivered. */
    public void applicationLimits(long pipeBytes) {
        applicationLimitedUntil = Math.max(1, delivered + pipeBytes);
    }

    /** Completes the sample when the acknowledgement has been taken in. */
    public AckSample complete(
            long acked,
            boolean grows,
            boolean recovering,
            boolean limitedByCwnd,
            long sampleNanos,
            long pipeBytes,
            long minRttNanos,
            long now) {
        nowNanos = now;
        ackedBytes = acked;
        mayGrow = grows;
        inRecovery = recovering;
        cwndLimited = limitedByCwnd;
        rttNanos = sampleNanos;
        inFlightBytes = pipeBytes;
        if (delivered > applicationLimitedUntil) {
            applicationLimitedUntil = 0;
        }
        startsRound = priorDelivered >= nextRoundDelivered;
        if (startsRound) {
            nextRoundDelivered = delivered;
        }
        rateBytesPerSecond = rate(minRttNanos);
        return this;
    }

    private long rate(long minRttNanos) {
        if (priorDelivered < 0) {
            return -1;
        }
        long intervalNanos = Math.max(sendElapsedNanos, deliveredNanos - priorDeliveredNanos);
        // An interval below the least round trip is an artefact of compressed acknowledgements.
        if (intervalNanos <= 0 || (minRttNanos != Long.MAX_VALUE && intervalNanos < minRttNanos)) {
            return -1;
        }
        return (long) ((double) (delivered - priorDelivered) * NANOS_PER_SECOND / intervalNanos);
    }

    @Override
    public long nowNanos() {
        return nowNanos;
    }

    @Override
    public long ackedBytes() {
        return ackedBytes;
    }

    @Override
    public boolean mayGrow() {
        return mayGrow;
    }

    @Override
    public boolean inRecovery() {
        return inRecovery;
    }

    @Override
    public boolean cwndLimited() {
        return cwndLimited;
    }

    @Override
    public long rttNanos() {
        return rttNanos;
    }

    @Override
    public long inFlightBytes() {
        return inFlightBytes;
    }

    @Override
    public boolean startsRound() {
        return startsRound;
    }

    @Override
    public long deliveredBytes() {
        return delivered;
    }

    @Override
    public long deliveryRateBytesPerSecond() {
        return rateBytesPerSecond;
    }

    @Override
    public boolean applicationLimited() {
        return priorApplicationLimited;
    }
}
