package net.sojourn.stack.tcp.congestion;

import net.sojourn.stack.spi.AckSample;
import net.sojourn.stack.spi.CongestionControl;

/** RFC 5681 with the appropriate byte counting of RFC 3465, the initial window of RFC 6928 and HyStart++ (RFC 9406). */
public final class NewReno implements CongestionControl {

    private final HyStartPlusPlus hystart = new HyStartPlusPlus();
    private int mssBytes;
    private long cwndBytes;
    private long ssthreshBytes = Long.MAX_VALUE;
    private long avoidanceBytes;
    private long priorCwndBytes;
    private long priorSsthreshBytes = Long.MAX_VALUE;

    public NewReno(int mssBytes) {
        this.mssBytes = mssBytes;
        this.cwndBytes = initialWindowBytes(mssBytes);
    }

    /** RFC 6928 2. */
    static long initialWindowBytes(int mssBytes) {
        return Math.min(10L * mssBytes, Math.max(2L * mssBytes, 14_600));
    }

    @Override
    public String name() {
        return "newreno";
    }

    @Override
    public long cwndBytes() {
        return cwndBytes;
    }

    @Override
    public long ssthreshBytes() {
        return ssthreshBytes;
    }

    @Override
    public String phase() {
        return ssthreshBytes == Long.MAX_VALUE && hystart.isConservative()
                ? "conservative slow start"
                : CongestionControl.super.phase();
    }

    @Override
    public void acknowledged(AckSample ack) {
        if (!ack.mayGrow()) {
            return;
        }
        if (ssthreshBytes == Long.MAX_VALUE) {
            long growth = hystart.growthBytes(ack);
            if (growth >= 0) {
                cwndBytes += ack.cwndLimited() ? growth : 0;
                return;
            }
            ssthreshBytes = cwndBytes;
        }
        if (!ack.cwndLimited()) {
            return;
        }
        if (cwndBytes < ssthreshBytes) {
            cwndBytes += ack.ackedBytes();
            return;
        }
        avoidanceBytes += ack.ackedBytes();
        if (avoidanceBytes >= cwndBytes) {
            avoidanceBytes -= cwndBytes;
            cwndBytes += mssBytes;
        }
    }

    @Override
    public void congestionDetected(long flightSizeBytes, long nowNanos) {
        remember();
        ssthreshBytes = Math.max(flightSizeBytes / 2, 2L * mssBytes);
        cwndBytes = ssthreshBytes;
        avoidanceBytes = 0;
    }

    /** RFC 8511 3.1: beta_ecn of 0.8. */
    @Override
    public void congestionExperienced(long flightSizeBytes, long nowNanos) {
        remember();
        ssthreshBytes = Math.max(flightSizeBytes * 4 / 5, 2L * mssBytes);
        cwndBytes = ssthreshBytes;
        avoidanceBytes = 0;
    }

    @Override
    public void recoveryEnded(long nowNanos) {
        cwndBytes = Math.min(cwndBytes, ssthreshBytes);
    }

    @Override
    public void retransmissionTimedOut(long flightSizeBytes, long nowNanos) {
        remember();
        ssthreshBytes = Math.max(flightSizeBytes / 2, 2L * mssBytes);
        cwndBytes = mssBytes;
        avoidanceBytes = 0;
    }

    private void remember() {
        priorCwndBytes = cwndBytes;
        priorSsthreshBytes = ssthreshBytes;
    }

    @Override
    public void undo(long nowNanos) {
        cwndBytes = Math.max(cwndBytes, priorCwndBytes);
        ssthreshBytes = Math.max(ssthreshBytes, priorSsthreshBytes);
    }

    @Override
    public void restartAfterIdle(long nowNanos) {
        cwndBytes = Math.min(cwndBytes, initialWindowBytes(mssBytes));
    }

    @Override
    public void mssChanged(int mssBytes) {
        cwndBytes = Math.max(1, cwndBytes / this.mssBytes) * mssBytes;
        this.mssBytes = mssBytes;
    }
}
