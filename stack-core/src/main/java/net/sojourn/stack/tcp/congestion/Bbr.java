package net.sojourn.stack.tcp.congestion;

import java.util.Locale;
import net.sojourn.stack.spi.AckSample;
import net.sojourn.stack.spi.CongestionControl;

/**
 * BBR, version 1 (draft-cardwell-iccrg-bbr-congestion-control-00): a model of the path, its bottleneck bandwidth and its
 * round-trip propagation time, says how fast to send and how much to have in flight; loss alone does not slow it down.
 */
public final class Bbr implements CongestionControl {

    private enum State {
        STARTUP,
        DRAIN,
        PROBE_BW,
        PROBE_RTT
    }

    /** 2/ln 2: the least gain that lets the rate double each round. */
    private static final double HIGH_GAIN = 2.885;

    private static final double[] PACING_GAIN_CYCLE = {1.25, 0.75, 1, 1, 1, 1, 1, 1};
    private static final double CWND_GAIN = 2;
    private static final int BANDWIDTH_FILTER_ROUNDS = 10;
    private static final long RT_PROP_FILTER_NANOS = 10_000_000_000L;
    private static final long PROBE_RTT_NANOS = 200_000_000L;
    private static final int MIN_PIPE_SEGMENTS = 4;
    private static final double FULL_PIPE_GROWTH = 1.25;
    private static final int FULL_PIPE_ROUNDS = 3;

    private final WindowedMax bottleneckBandwidth = new WindowedMax(BANDWIDTH_FILTER_ROUNDS);
    private int mssBytes;
    private State state = State.STARTUP;
    private double pacingGain = HIGH_GAIN;
    private double cwndGain = HIGH_GAIN;
    private long cwndBytes;
    private long priorCwndBytes;
    private long rounds;
    private long rtPropNanos = -1;
    private long rtPropStampNanos;
    private boolean filledPipe;
    private long fullBandwidth;
    private int fullBandwidthRounds;
    private int cycleIndex;
    private long cycleStampNanos;
    private long probeRttDoneNanos = -1;
    private boolean probeRttRoundDone;
    private boolean packetConservation;
    private boolean wasInRecovery;

    public Bbr(int mssBytes) {
        this.mssBytes = mssBytes;
        this.cwndBytes = NewReno.initialWindowBytes(mssBytes);
    }

    @Override
    public String name() {
        return "bbr";
    }

    @Override
    public long cwndBytes() {
        return cwndBytes;
    }

    @Override
    public long ssthreshBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public boolean governsRecovery() {
        return true;
    }

    /** Before the first round trip is known there is nothing to go by: the initial window leaves at once. */
    @Override
    public long pacingRateBytesPerSecond() {
        long bandwidth = bottleneckBandwidth.max();
        if (bandwidth == 0) {
            return rtPropNanos <= 0 ? -1 : (long) (HIGH_GAIN * cwndBytes * 1e9 / rtPropNanos);
        }
        return (long) (pacingGain * bandwidth);
    }

    @Override
    public String phase() {
        return state.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    @Override
    public void acknowledged(AckSample ack) {
        if (ack.startsRound()) {
            rounds++;
            packetConservation = false;
        }
        updateBandwidth(ack);
        checkFullPipe(ack);
        checkDrain(ack);
        updateCycle(ack);
        updateRtProp(ack);
        updateCwnd(ack);
    }

    private void updateBandwidth(AckSample ack) {
        long rate = ack.deliveryRateBytesPerSecond();
        if (rate > 0 && (rate >= bottleneckBandwidth.max() || !ack.applicationLimited())) {
            bottleneckBandwidth.add(rate, rounds);
        }
    }

    /** 4.3.2.2: three rounds without a quarter more bandwidth. */
    private void checkFullPipe(AckSample ack) {
        if (filledPipe || !ack.startsRound() || ack.applicationLimited()) {
            return;
        }
        if (bottleneckBandwidth.max() >= fullBandwidth * FULL_PIPE_GROWTH) {
            fullBandwidth = bottleneckBandwidth.max();
            fullBandwidthRounds = 0;
            return;
        }
        filledPipe = ++fullBandwidthRounds >= FULL_PIPE_ROUNDS;
    }

    private void checkDrain(AckSample ack) {
        if (state == State.STARTUP && filledPipe) {
            state = State.DRAIN;
            pacingGain = 1 / HIGH_GAIN;
            cwndGain = HIGH_GAIN;
        }
        if (state == State.DRAIN && ack.inFlightBytes() <= inFlightBytes(1)) {
            enterProbeBandwidth(ack.nowNanos());
        }
    }

    private void enterProbeBandwidth(long nowNanos) {
        state = State.PROBE_BW;
        cwndGain = CWND_GAIN;
        // 4.3.4.3: any phase but the one that gives way, so that flows do not probe in step.
        int phase = (int) Math.floorMod(nowNanos >>> 10, PACING_GAIN_CYCLE.length - 1L);
        cycleIndex = phase == 0 ? 0 : phase + 1;
        pacingGain = PACING_GAIN_CYCLE[cycleIndex];
        cycleStampNanos = nowNanos;
    }

    private void updateCycle(AckSample ack) {
        if (state != State.PROBE_BW) {
            return;
        }
        boolean lasted = ack.nowNanos() - cycleStampNanos > rtPropNanos;
        boolean next = lasted;
        if (pacingGain > 1) {
            next = lasted && (ack.inRecovery() || ack.inFlightBytes() >= inFlightBytes(pacingGain));
        } else if (pacingGain < 1) {
            next = lasted || ack.inFlightBytes() <= inFlightBytes(1);
        }
        if (next) {
            cycleIndex = (cycleIndex + 1) % PACING_GAIN_CYCLE.length;
            pacingGain = PACING_GAIN_CYCLE[cycleIndex];
            cycleStampNanos = ack.nowNanos();
        }
    }

    /** 4.1.2 and 4.3.5: the least round trip of ten seconds; when it is that old, the queue is emptied to see. */
    private void updateRtProp(AckSample ack) {
        long now = ack.nowNanos();
        boolean expired = rtPropNanos >= 0 && now - rtPropStampNanos > RT_PROP_FILTER_NANOS;
        if (ack.rttNanos() >= 0 && (rtPropNanos < 0 || ack.rttNanos() <= rtPropNanos || expired)) {
            rtPropNanos = ack.rttNanos();
            rtPropStampNanos = now;
        }
        if (expired && state != State.PROBE_RTT) {
            state = State.PROBE_RTT;
            pacingGain = 1;
            cwndGain = 1;
            priorCwndBytes = Math.max(priorCwndBytes, cwndBytes);
            probeRttDoneNanos = -1;
        }
        if (state == State.PROBE_RTT) {
            probeRtt(ack, now);
        }
    }

    private void probeRtt(AckSample ack, long now) {
        if (probeRttDoneNanos < 0) {
            if (ack.inFlightBytes() <= (long) MIN_PIPE_SEGMENTS * mssBytes) {
                probeRttDoneNanos = now + PROBE_RTT_NANOS;
                probeRttRoundDone = false;
            }
            return;
        }
        probeRttRoundDone |= ack.startsRound();
        if (probeRttRoundDone && now > probeRttDoneNanos) {
            rtPropStampNanos = now;
            cwndBytes = Math.max(cwndBytes, priorCwndBytes);
            priorCwndBytes = 0;
            if (filledPipe) {
                enterProbeBandwidth(now);
            } else {
                state = State.STARTUP;
                pacingGain = HIGH_GAIN;
                cwndGain = HIGH_GAIN;
            }
        }
    }

    /** 4.2.3.2: bandwidth-delay product times a gain, and room for what offload and delayed ACKs hold back. */
    private long inFlightBytes(double gain) {
        if (rtPropNanos < 0 || bottleneckBandwidth.max() == 0) {
            return NewReno.initialWindowBytes(mssBytes);
        }
        double product = bottleneckBandwidth.max() / 1e9 * rtPropNanos;
        return (long) (gain * product) + 3L * quantumBytes();
    }

    private long quantumBytes() {
        long perMilli = (long) (pacingGain * bottleneckBandwidth.max() / 1000);
        return Math.max(2L * mssBytes, Math.min(perMilli, 65_536));
    }

    private void updateCwnd(AckSample ack) {
        if (wasInRecovery && !ack.inRecovery()) {
            cwndBytes = Math.max(cwndBytes, priorCwndBytes);
            priorCwndBytes = 0;
        }
        wasInRecovery = ack.inRecovery();
        if (packetConservation) {
            cwndBytes = Math.max(cwndBytes, ack.inFlightBytes() + ack.ackedBytes());
        } else {
            long target = inFlightBytes(cwndGain);
            if (filledPipe) {
                cwndBytes = Math.min(cwndBytes + ack.ackedBytes(), target);
            } else if (cwndBytes < target || ack.deliveredBytes() < NewReno.initialWindowBytes(mssBytes)) {
                cwndBytes += ack.ackedBytes();
            }
        }
        cwndBytes = Math.max(cwndBytes, (long) MIN_PIPE_SEGMENTS * mssBytes);
        if (state == State.PROBE_RTT) {
            cwndBytes = Math.min(cwndBytes, (long) MIN_PIPE_SEGMENTS * mssBytes);
        }
    }

    /** 4.2.3.4: for one round no more leaves than arrives. */
    @Override
    public void congestionDetected(long flightSizeBytes, long nowNanos) {
        priorCwndBytes = Math.max(priorCwndBytes, cwndBytes);
        packetConservation = true;
        wasInRecovery = true;
        cwndBytes = Math.max((long) MIN_PIPE_SEGMENTS * mssBytes, Math.min(cwndBytes, flightSizeBytes));
    }

    /** A mark is no more than what the model already allows for. */
    @Override
    public void congestionExperienced(long flightSizeBytes, long nowNanos) {}

    @Override
    public void recoveryEnded(long nowNanos) {
        packetConservation = false;
    }

    @Override
    public void retransmissionTimedOut(long flightSizeBytes, long nowNanos) {
        priorCwndBytes = Math.max(priorCwndBytes, cwndBytes);
        wasInRecovery = true;
        cwndBytes = mssBytes;
        fullBandwidth = 0;
    }

    @Override
    public void undo(long nowNanos) {
        cwndBytes = Math.max(cwndBytes, priorCwndBytes);
        priorCwndBytes = 0;
        packetConservation = false;
        wasInRecovery = false;
    }

    /** 4.3.4.4: the model holds; pacing keeps the restart from being a burst. */
    @Override
    public void restartAfterIdle(long nowNanos) {
        if (state == State.PROBE_BW) {
            pacingGain = 1;
        }
    }

    @Override
    public void mssChanged(int mssBytes) {
        cwndBytes = Math.max(1, cwndBytes / this.mssBytes) * mssBytes;
        this.mssBytes = mssBytes;
    }
}
