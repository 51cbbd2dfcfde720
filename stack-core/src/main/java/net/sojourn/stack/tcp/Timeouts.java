package net.sojourn.stack.tcp;

import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.spi.ConnectionExtension.AbortCause;
import net.sojourn.stack.tcp.path.RttEstimator;

/**
 * What each deadline of a connection does (RFC 9293 3.10.8), and when it is set. Retransmission and persist share one
 * deadline: with a shut window there is nothing else to wait for. FIN-WAIT-2, TIME-WAIT and keep-alive share another.
 */
final class Timeouts {

    /** RFC 9293 3.8.6.2.1: the override time-out lies between 0.1 and 1 s. */
    private static final long LONGEST_OVERRIDE_NANOS = 1_000_000_000L;

    // ---- retransmission, persist

    /** RFC 6298 5.1, 5.2; RFC 9293 3.8.6.1. */
    void arm(Tcb tcb, long nowNanos) {
        if (tcb.suspended || !tcb.state().isSynchronized() || tcb.state() == TcpState.TIME_WAIT) {
            return;
        }
        // What could not go out although nothing is outstanding waits for the window.
        boolean windowWithholds = tcb.sent.isEmpty() && tcb.sendEnd() > tcb.sndNxt;
        if (tcb.sent.isEmpty() && !windowWithholds) {
            tcb.tcp.deadlines.cancel(tcb.retransmission);
        } else if (!tcb.retransmission.isSet()) {
            long rtoNanos = tcb.path.rtt.rtoNanos();
            boolean tooSmall = windowWithholds && tcb.sndWnd > 0;
            long waitNanos = tooSmall ? Math.min(rtoNanos, LONGEST_OVERRIDE_NANOS) : rtoNanos;
            long dueNanos = Math.max(nowNanos, Math.min(nowNanos + waitNanos, UserTimeout.dueNanos(tcb)));
            tcb.tcp.deadlines.set(tcb.retransmission, dueNanos);
        }
    }

    void armSyn(Tcb tcb, long nowNanos) {
        tcb.tcp.deadlines.set(tcb.retransmission, nowNanos + tcb.path.rtt.rtoNanos());
    }

    void retransmission(Tcb tcb, long nowNanos) {
        switch (tcb.state()) {
            case SYN_SENT, SYN_RECEIVED -> synTimedOut(tcb, nowNanos);
            default -> {
                if (tcb.sndWnd == 0) {
                    probeWindow(tcb, nowNanos);
                } else if (!tcb.sent.isEmpty()) {
                    textTimedOut(tcb, nowNanos);
                } else {
                    tcb.tcp.output.sendDespiteSmallWindow(tcb, nowNanos);
                }
            }
        }
    }

    private static void synTimedOut(Tcb tcb, long nowNanos) {
        if (tcb.consecutiveTimeouts++ >= tcb.tcp.settings.maxSynRetransmissions()) {
            tcb.tcp.destroy(tcb, ConnectionFailure.TIMED_OUT);
            return;
        }
        tcb.path.rtt.backOff();
        tcb.tcp.counters.count(Counter.SEGMENTS_RETRANSMITTED);
        tcb.tcp.output.sendSyn(tcb, nowNanos);
    }

    /** RFC 6298 5.4 to 5.6, RFC 5681 3.1. */
    private static void textTimedOut(Tcb tcb, long nowNanos) {
        tcb.tcp.counters.count(Counter.RETRANSMISSION_TIMEOUTS);
        tcb.retransmissionTimeouts++;
        boolean exhausted = tcb.consecutiveTimeouts++ >= tcb.tcp.settings.maxRetransmissions();
        if (UserTimeout.givesUp(tcb, exhausted, nowNanos)) {
            return;
        }
        // EXTENSION: the path may be dead.
        tcb.extension.retransmissionTimedOut(tcb.consecutiveTimeouts, nowNanos);
        if (tcb.suspended || tcb.state() == TcpState.CLOSED) {
            return;
        }
        if (tcb.consecutiveTimeouts == 1) {
            tcb.path.congestion.retransmissionTimedOut(tcb.sndNxt - tcb.sndUna, nowNanos);
            Ecn.windowReduced(tcb);
            tcb.spurious.begin(tcb.sndUna, !tcb.inRecovery && tcb.sndUna >= tcb.recoveryPoint);
        } else {
            tcb.spurious.endFrto();
        }
        tcb.tailLossProbeEnd = -1;
        tcb.inRecovery = false;
        tcb.recoveryPoint = tcb.sndNxt;
        tcb.duplicateAcks = 0;
        if (tcb.consecutiveTimeouts > 1) {
            tcb.sent.forgetSacks();
        }
        int first = tcb.sent.firstUnacknowledged();
        long firstBytes = first < 0 ? 0 : tcb.sent.endOf(first) - tcb.sent.startOf(first);
        PathMtuDiscovery.timedOut(tcb, tcb.consecutiveTimeouts, firstBytes, nowNanos);
        tcb.sent.loseAll();
        tcb.path.rtt.backOff();
        tcb.tcp.deadlines.cancel(tcb.reordering);
    }

    /** RFC 9293 3.8.6.1: one octet beyond the window, for ever as long as the peer answers. */
    private static void probeWindow(Tcb tcb, long nowNanos) {
        tcb.tcp.counters.count(Counter.ZERO_WINDOW_PROBES);
        RttEstimator rtt = tcb.path.rtt;
        boolean silent = nowNanos - tcb.lastHeardNanos > rtt.rtoNanos();
        boolean exhausted = silent && tcb.consecutiveTimeouts++ >= tcb.tcp.settings.maxRetransmissions();
        if (UserTimeout.givesUp(tcb, exhausted, nowNanos)) {
            return;
        }
        if (tcb.consecutiveTimeouts > 0) {
            tcb.extension.retransmissionTimedOut(tcb.consecutiveTimeouts, nowNanos);
            if (tcb.suspended || tcb.state() == TcpState.CLOSED) {
                return;
            }
        }
        int range = tcb.sent.firstUnacknowledged();
        if (range >= 0) {
            tcb.tcp.output.resend(tcb, range, 1, nowNanos);
        } else {
            tcb.tcp.output.sendNext(tcb, 1, nowNanos);
        }
        rtt.backOff();
    }

    void reordering(Tcb tcb, long nowNanos) {
        if (!tcb.suspended) {
            AckProcessing.lookAgainAt(
                    tcb, tcb.sent.detectLosses(tcb.sndMss(), tcb.inRecovery, tcb.path.rtt.srttNanos(), nowNanos));
            AckProcessing.mayEnterRecovery(tcb, 0, nowNanos);
        }
    }

    void delayedAck(Tcb tcb, long nowNanos) {
        tcb.tcp.counters.count(Counter.DELAYED_ACKS);
        tcb.ackNow = true;
    }

    // ---- FIN-WAIT-2, TIME-WAIT, keep-alive

    /** RFC 9293 3.6.1: 2 MSL from now. Nothing of the connection is needed any more but its numbers. */
    void enterTimeWait(Tcb tcb, long nowNanos) {
        tcb.tcp.deadlines.cancel(tcb.retransmission);
        tcb.tcp.deadlines.cancel(tcb.reordering);
        tcb.tcp.deadlines.set(tcb.idle, nowNanos + tcb.tcp.settings.timeWait().toNanos());
        tcb.tcp.timeWaits.entered(tcb);
    }

    /** A connection that its application has closed must not wait for ever for the peer's FIN. */
    void armFinWait2(Tcb tcb, long nowNanos) {
        if (tcb.applicationClosed) {
            tcb.tcp.deadlines.set(
                    tcb.idle, nowNanos + tcb.tcp.settings.finWait2().toNanos());
        }
    }

    void armIdle(Tcb tcb, long nowNanos) {
        if (tcb.state() == TcpState.TIME_WAIT || (tcb.state() == TcpState.FIN_WAIT_2 && tcb.applicationClosed)) {
            return;
        }
        if (tcb.keepAlive && tcb.state().isSynchronized() && !tcb.suspended) {
            tcb.tcp.deadlines.set(tcb.idle, nowNanos + tcb.keepAliveIdleNanos);
        } else {
            tcb.tcp.deadlines.cancel(tcb.idle);
        }
    }

    void idle(Tcb tcb, long nowNanos) {
        if (tcb.state() == TcpState.TIME_WAIT) {
            tcb.tcp.destroy(tcb, ConnectionFailure.NONE);
        } else if (tcb.state() == TcpState.FIN_WAIT_2 && tcb.applicationClosed) {
            tcb.tcp.destroy(tcb, ConnectionFailure.TIMED_OUT);
        } else if (tcb.keepAlive && !tcb.suspended) {
            keepAlive(tcb, nowNanos);
        }
    }

    /** RFC 9293 3.8.4. */
    private static void keepAlive(Tcb tcb, long nowNanos) {
        long dueNanos = tcb.lastHeardNanos + tcb.keepAliveIdleNanos;
        if (tcb.keepAliveProbesSent == 0 && nowNanos < dueNanos) {
            tcb.tcp.deadlines.set(tcb.idle, dueNanos);
            return;
        }
        if (tcb.keepAliveProbesSent >= tcb.keepAliveProbes) {
            UserCalls.abort(tcb, AbortCause.KEEPALIVE_UNANSWERED, nowNanos);
            return;
        }
        if (tcb.sent.isEmpty()) {
            tcb.keepAliveProbesSent++;
            tcb.tcp.counters.count(Counter.KEEPALIVES);
            tcb.tcp.output.sendKeepAlive(tcb, nowNanos);
        }
        tcb.tcp.deadlines.set(tcb.idle, nowNanos + tcb.keepAliveIntervalNanos);
    }
}
