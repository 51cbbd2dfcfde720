package net.sojourn.stack.tcp;

import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.tcp.path.RttEstimator;
import net.sojourn.stack.wire.TcpView;

/**
 * Tail loss probes (RFC 8985 7): when the end of a flight goes unanswered for two round trips, one segment more asks for
 * the acknowledgement that lets RACK see what is missing, before a time-out has to.
 */
final class TailLossProbe {

    /** TLP.max_ack_delay: how long a peer may sit on the ACK of a lone segment. */
    private static final long MAX_ACK_DELAY_NANOS = 200_000_000L;

    /** Timers of either end are not finer than this. */
    private static final long LEAST_PTO_NANOS = 10_000_000L;

    private static final long PTO_WITHOUT_RTT_NANOS = 1_000_000_000L;

    private TailLossProbe() {}

    /** RFC 8985 7.2: after new text went out, or SND.UNA has moved. The retransmission timer is set already. */
    static void schedule(Tcb tcb, long nowNanos) {
        if (!mayProbe(tcb)) {
            tcb.tcp.deadlines.cancel(tcb.lossProbe);
        } else if (tcb.probeRestart) {
            // Before the retransmission timer at the latest: the probe then takes its place.
            long dueNanos = Math.min(nowNanos + ptoNanos(tcb), tcb.retransmission.dueNanos() - 1);
            tcb.tcp.deadlines.set(tcb.lossProbe, dueNanos);
        }
        tcb.probeRestart = false;
    }

    private static boolean mayProbe(Tcb tcb) {
        return tcb.options.sackPermitted()
                && tcb.tailLossProbeEnd < 0
                && !tcb.sent.isEmpty()
                && tcb.sent.sackedBytes() == 0
                && tcb.sent.lostBytes() == 0
                && !tcb.inRecovery
                && tcb.sndUna >= tcb.recoveryPoint
                && tcb.consecutiveTimeouts == 0
                && tcb.sndWnd > 0
                && !tcb.suspended
                && tcb.retransmission.isSet();
    }

    private static long ptoNanos(Tcb tcb) {
        RttEstimator rtt = tcb.path.rtt;
        if (rtt.srttNanos() < 0) {
            return PTO_WITHOUT_RTT_NANOS;
        }
        long lone = tcb.sndNxt - tcb.sndUna <= tcb.sndMss() ? MAX_ACK_DELAY_NANOS : 0;
        return Math.max(LEAST_PTO_NANOS, 2 * rtt.srttNanos() + lone);
    }

    /** RFC 8985 7.3: new text if there is some and the window takes it, else the last segment again. */
    static void timerPasses(Tcb tcb, long nowNanos) {
        if (!mayProbe(tcb)) {
            return;
        }
        Tcp tcp = tcb.tcp;
        tcp.counters.count(Counter.TAIL_LOSS_PROBES);
        tcb.tailLossProbes++;
        long available = tcb.sendEnd() - tcb.sndNxt;
        long usable = Math.min(available, tcb.sndUna + tcb.sndWnd - tcb.sndNxt);
        if (usable >= Math.min(available, tcb.sndMss()) && available > 0) {
            tcp.output.sendNext(tcb, (int) Math.min(usable, tcb.sndMss()), nowNanos);
            tcb.tailLossProbeAgain = false;
        } else {
            tcp.output.resend(tcb, tcb.sent.lastSegment(tcb.sndMss()), tcb.sndMss(), nowNanos);
            tcb.tailLossProbeAgain = true;
        }
        tcb.tailLossProbeEnd = tcb.sndNxt;
        tcp.deadlines.cancel(tcb.retransmission);
    }

    /**
     * RFC 8985 7.4.2: whether the probe itself has repaired a loss, which congestion control must then hear of.
     *
     * @param duplicateEnd end of the duplicate report of this acknowledgement (RFC 2883), or -1
     */
    static void acknowledged(Tcb tcb, TcpView segment, long ack, long duplicateEnd, boolean duplicate, long nowNanos) {
        if (tcb.tailLossProbeEnd < 0 || ack < tcb.tailLossProbeEnd) {
            return;
        }
        boolean unneeded = !tcb.tailLossProbeAgain
                || duplicateEnd == tcb.tailLossProbeEnd
                || (duplicate && segment.sackBlocks() == 0);
        if (unneeded) {
            tcb.tailLossProbeEnd = -1;
        } else if (ack > tcb.tailLossProbeEnd) {
            tcb.tailLossProbeEnd = -1;
            if (!tcb.inRecovery) {
                tcb.path.congestion.congestionDetected(tcb.flightSizeBytes(), nowNanos);
                tcb.path.congestion.recoveryEnded(nowNanos);
                Ecn.windowReduced(tcb);
            }
        }
    }
}
