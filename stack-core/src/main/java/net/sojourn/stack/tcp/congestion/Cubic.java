package net.sojourn.stack.tcp.congestion;

import net.sojourn.stack.spi.AckSample;
import net.sojourn.stack.spi.CongestionControl;

/**
 * CUBIC (RFC 9438) with fast convergence (4.7), the Reno-friendly region (4.3) and HyStart++ (RFC 9406). Windows are reckoned in segments as
 * the RFC does, held as {@code double}, and given out in octets.
 */
public final class Cubic implements CongestionControl {

    private static final double C = 0.4;
    private static final double BETA = 0.7;
    /** RFC 8511 3.1: a mark comes from a short queue, so less has to be given back. */
    private static final double BETA_ECN = 0.85;

    private static final double ALPHA = 3 * (1 - BETA) / (1 + BETA);

    private final HyStartPlusPlus hystart = new HyStartPlusPlus();
    private int mssBytes;
    private double cwnd;
    private double ssthresh = Double.POSITIVE_INFINITY;
    private double wMax;
    private double wEst;
    private double cwndAtEpoch;
    private double k;
    private long epochNanos = -1;
    private long minRttNanos = Long.MAX_VALUE;
    private double priorCwnd;
    private double priorSsthresh = Double.POSITIVE_INFINITY;
    private double priorWMax;

    public Cubic(int mssBytes) {
        this.mssBytes = mssBytes;
        this.cwnd = (double) NewReno.initialWindowBytes(mssBytes) / mssBytes;
    }

    @Override
    public String name() {
        return "cubic";
    }

    @Override
    public long cwndBytes() {
        return (long) (cwnd * mssBytes);
    }

    @Override
    public long ssthreshBytes() {
        return Double.isInfinite(ssthresh) ? Long.MAX_VALUE : (long) (ssthresh * mssBytes);
    }

    @Override
    public String phase() {
        return Double.isInfinite(ssthresh) && hystart.isConservative()
                ? "conservative slow start"
                : CongestionControl.super.phase();
    }

    @Override
    public void acknowledged(AckSample ack) {
        if (ack.rttNanos() > 0) {
            minRttNanos = Math.min(minRttNanos, ack.rttNanos());
        }
        if (!ack.mayGrow()) {
            return;
        }
        if (Double.isInfinite(ssthresh)) {
            long growth = hystart.growthBytes(ack);
            if (growth >= 0) {
                cwnd += ack.cwndLimited() ? (double) growth / mssBytes : 0;
                return;
            }
            ssthresh = cwnd;
        }
        if (!ack.cwndLimited()) {
            // RFC 9438 5.8: time spent limited by the application must not count as growth.
            epochNanos = -1;
            return;
        }
        double acked = (double) ack.ackedBytes() / mssBytes;
        if (cwnd < ssthresh) {
            cwnd += acked;
            return;
        }
        avoidCongestion(acked, ack.nowNanos());
    }

    private void avoidCongestion(double acked, long nowNanos) {
        if (epochNanos < 0) {
            beginEpoch(nowNanos);
        }
        double rttSeconds = minRttNanos == Long.MAX_VALUE ? 0.1 : minRttNanos / 1e9;
        double t = (nowNanos - epochNanos) / 1e9;
        wEst += (wEst >= wMax ? 1 : ALPHA) * acked / cwnd;
        double cubic = window(t);
        if (cubic < wEst) {
            cwnd = Math.max(cwnd, wEst);
            return;
        }
        double target = Math.min(Math.max(window(t + rttSeconds), cwnd), 1.5 * cwnd);
        cwnd += (target - cwnd) / cwnd * acked;
    }

    private void beginEpoch(long nowNanos) {
        epochNanos = nowNanos;
        cwndAtEpoch = cwnd;
        wEst = cwnd;
        if (cwnd < wMax) {
            k = Math.cbrt((wMax - cwndAtEpoch) / C);
        } else {
            k = 0;
            wMax = cwnd;
        }
    }

    /** W_cubic(t) of RFC 9438 4.2. */
    private double window(double seconds) {
        double d = seconds - k;
        return C * d * d * d + wMax;
    }

    @Override
    public void congestionDetected(long flightSizeBytes, long nowNanos) {
        reduce((double) flightSizeBytes / mssBytes, BETA);
        cwnd = ssthresh;
    }

    @Override
    public void congestionExperienced(long flightSizeBytes, long nowNanos) {
        reduce((double) flightSizeBytes / mssBytes, BETA_ECN);
        cwnd = ssthresh;
    }

    private void reduce(double flight, double beta) {
        priorCwnd = cwnd;
        priorSsthresh = ssthresh;
        priorWMax = wMax;
        // RFC 9438 4.7: release bandwidth sooner when the window was already below the last maximum.
        wMax = cwnd < wMax ? cwnd * (1 + beta) / 2 : cwnd;
        ssthresh = Math.max(Math.min(cwnd, Math.max(flight, 2)) * beta, 2);
        epochNanos = -1;
    }

    @Override
    public void recoveryEnded(long nowNanos) {
        cwnd = Math.min(cwnd, ssthresh);
    }

    @Override
    public void retransmissionTimedOut(long flightSizeBytes, long nowNanos) {
        reduce((double) flightSizeBytes / mssBytes, BETA);
        cwnd = 1;
    }

    @Override
    public void undo(long nowNanos) {
        cwnd = Math.max(cwnd, priorCwnd);
        ssthresh = Math.max(ssthresh, priorSsthresh);
        wMax = Math.max(wMax, priorWMax);
        epochNanos = -1;
    }

    @Override
    public void restartAfterIdle(long nowNanos) {
        cwnd = Math.min(cwnd, (double) NewReno.initialWindowBytes(mssBytes) / mssBytes);
        epochNanos = -1;
    }

    @Override
    public void mssChanged(int mssBytes) {
        this.mssBytes = mssBytes;
        epochNanos = -1;
    }
}
