package net.sojourn.stack.tcp;

import net.sojourn.stack.spi.CongestionControl;

/**
 * Spreads what the window allows over the round trip, where congestion control names a rate or the stack is set to pace.
 * What leaves together is a quantum: a millisecond's worth, so that offload still has something to cut.
 */
final class Pacer {

    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final long QUANTUM_NANOS = 1_000_000L;
    private static final long MOST_QUANTUM_BYTES = 65_536;

    /** As much of the rate as the window's share of slow start and of avoidance needs to be used in full. */
    private static final double SLOW_START_GAIN = 2;

    private static final double AVOIDANCE_GAIN = 1.2;

    private Pacer() {}

    /** Octets a second, or -1 when nothing is paced. */
    static long rateBytesPerSecond(Tcb tcb) {
        CongestionControl congestion = tcb.path.congestion;
        long rate = congestion.pacingRateBytesPerSecond();
        if (rate > 0) {
            return Math.max(rate, tcb.sndMss());
        }
        long srttNanos = tcb.path.rtt.srttNanos();
        if (!tcb.tcp.settings.pacing() || srttNanos <= 0) {
            return -1;
        }
        double gain = congestion.cwndBytes() < congestion.ssthreshBytes() / 2 ? SLOW_START_GAIN : AVOIDANCE_GAIN;
        return Math.max(tcb.sndMss(), (long) (gain * congestion.cwndBytes() * NANOS_PER_SECOND / srttNanos));
    }

    /** Octets that may leave now, at most {@code allowedBytes}; if none, the deadline of the next quantum is set. */
    static long allowance(Tcb tcb, long allowedBytes, long nowNanos) {
        long rate = rateBytesPerSecond(tcb);
        if (rate < 0) {
            return allowedBytes;
        }
        if (tcb.pacing.isSet()) {
            return 0;
        }
        if (tcb.nextSendNanos - nowNanos >= QUANTUM_NANOS) {
            tcb.tcp.deadlines.set(tcb.pacing, tcb.nextSendNanos);
            return 0;
        }
        long quantum = Math.max(tcb.sndMss(), Math.min(rate * QUANTUM_NANOS / NANOS_PER_SECOND, MOST_QUANTUM_BYTES));
        return Math.min(allowedBytes, quantum);
    }

    /** So many octets have left. */
    static void sent(Tcb tcb, int bytes, long nowNanos) {
        long rate = rateBytesPerSecond(tcb);
        if (rate > 0) {
            tcb.nextSendNanos =
                    Math.max(tcb.nextSendNanos, nowNanos) + (long) ((double) bytes * NANOS_PER_SECOND / rate);
        }
    }
}
