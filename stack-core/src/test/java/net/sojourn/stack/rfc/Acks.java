package net.sojourn.stack.rfc;

import net.sojourn.stack.spi.AckSample;

/**
 * An acknowledgement as congestion control sees it: of text that used the whole window, unless said otherwise.
 *
 * @param rttNanos -1 if it gives no sample
 */
record Acks(long nowNanos, long ackedBytes, long rttNanos, boolean startsRound, boolean cwndLimited)
        implements AckSample {

    static final long MILLI_NANOS = 1_000_000;

    static Acks of(long ackedBytes, long atMillis) {
        return new Acks(atMillis * MILLI_NANOS, ackedBytes, -1, false, true);
    }

    Acks rttMillis(long millis) {
        return new Acks(nowNanos, ackedBytes, millis * MILLI_NANOS, startsRound, cwndLimited);
    }

    Acks startingRound() {
        return new Acks(nowNanos, ackedBytes, rttNanos, true, cwndLimited);
    }

    Acks limitedByTheApplication() {
        return new Acks(nowNanos, ackedBytes, rttNanos, startsRound, false);
    }

    @Override
    public boolean mayGrow() {
        return true;
    }

    @Override
    public boolean inRecovery() {
        return false;
    }

    @Override
    public long inFlightBytes() {
        return 0;
    }

    @Override
    public long deliveredBytes() {
        return 0;
    }

    @Override
    public long deliveryRateBytesPerSecond() {
        return -1;
    }

    @Override
    public boolean applicationLimited() {
        return !cwndLimited;
    }
}
