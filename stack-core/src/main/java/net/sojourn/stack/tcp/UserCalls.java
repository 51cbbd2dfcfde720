package net.sojourn.stack.tcp;

import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.spi.ConnectionExtension.AbortCause;
import net.sojourn.stack.spi.ConnectionExtension.Verdict;

/** RFC 9293 3.10.1 to 3.10.6, as far as they change a connection that exists. Loop thread only. */
public final class UserCalls {

    private UserCalls() {}

    /** SEND: text was put into {@link Tcb#sendBuffer()}. */
    public static void send(Tcb tcb) {
        tcb.tcp.wantsOutput(tcb);
    }

    /** RECEIVE: the application has taken text out of {@link Tcb#receiveBuffer()}. */
    public static void received(Tcb tcb, long nowNanos) {
        BufferTuning.textTaken(tcb, nowNanos);
        if (tcb.state().mayReceiveText() && !tcb.suspended && tcb.tcp.output.windowUpdateDue(tcb)) {
            tcb.ackNow = true;
            tcb.tcp.wantsOutput(tcb);
        }
    }

    /** CLOSE of our direction (shutdown of output): what is in the send buffer goes out, then the FIN. */
    public static void closeOutput(Tcb tcb) {
        if (tcb.finOffset >= 0) {
            return;
        }
        switch (tcb.state()) {
            case SYN_SENT -> tcb.tcp.destroy(tcb, ConnectionFailure.ABORTED);
            case SYN_RECEIVED -> tcb.finOffset = tcb.sendBuffer.end();
            case ESTABLISHED -> {
                tcb.finOffset = tcb.sendBuffer.end();
                tcb.enter(TcpState.FIN_WAIT_1);
                tcb.tcp.wantsOutput(tcb);
            }
            case CLOSE_WAIT -> {
                tcb.finOffset = tcb.sendBuffer.end();
                tcb.enter(TcpState.LAST_ACK);
                tcb.tcp.wantsOutput(tcb);
            }
            default -> {}
        }
    }

    /**
     * The application gives both directions up. Text it has not read, or that comes later, turns the close into a reset
     * (RFC 9293 3.6.1, RFC 1122 4.2.2.13). The application frees {@link Tcb#receiveBuffer()}, being its reader.
     */
    public static void close(Tcb tcb, long nowNanos) {
        if (tcb.applicationClosed || tcb.state() == TcpState.CLOSED) {
            return;
        }
        tcb.applicationClosed = true;
        boolean unread = tcb.receiveBuffer.size() > 0;
        boolean inUse = tcb.state().isSynchronized() || FastOpen.isPending(tcb);
        if (unread && inUse && tcb.state() != TcpState.TIME_WAIT) {
            abort(tcb);
            return;
        }
        closeOutput(tcb);
        if (tcb.state() == TcpState.FIN_WAIT_2) {
            tcb.tcp.timeouts.armFinWait2(tcb, nowNanos);
        }
    }

    /** ABORT (RFC 9293 3.10.5). */
    public static void abort(Tcb tcb) {
        switch (tcb.state()) {
            case CLOSED -> {
                return;
            }
            case SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT -> tcb.tcp.output.sendReset(tcb);
            default -> {}
        }
        tcb.tcp.destroy(tcb, ConnectionFailure.ABORTED);
    }

    /** A live connection is about to die against its will: the one place where that is decided. */
    static void abort(Tcb tcb, AbortCause cause, long nowNanos) {
        // EXTENSION: it may rather keep the connection without a path.
        if (tcb.extension.abortImpending(cause, nowNanos) == Verdict.SUSPEND) {
            PathSwitch.suspend(tcb);
            return;
        }
        if (tcb.state() != TcpState.CLOSED) {
            tcb.tcp.destroy(tcb, failureOf(cause));
        }
    }

    static ConnectionFailure failureOf(AbortCause cause) {
        return cause == AbortCause.RESET ? ConnectionFailure.RESET : ConnectionFailure.TIMED_OUT;
    }

    /**
     * The octet that is written next is urgent (SEND with the URGENT flag, RFC 9293 3.10.2). Of all calls the one that does not
     * belong to the loop, but to whoever writes: on the loop it might come behind an acknowledgement that lets the octet go.
     */
    public static void nextIsUrgent(Tcb tcb) {
        tcb.sndUp = tcb.sendBuffer.end() + 1;
    }

    /** Before the SYN the first window follows; later the window grows or stays, for it must never shrink. */
    public static void receiveBufferBytes(Tcb tcb, int bytes, long nowNanos) {
        tcb.receiveBufferBytes = bytes;
        tcb.receiveBufferFixed = true;
        if (tcb.state() == TcpState.CLOSED) {
            tcb.rcvAdv = Math.min(65_535, bytes);
        } else {
            received(tcb, nowNanos);
        }
    }

    /** DSCP of the packets to come (RFC 2474). @param octet its two low bits, the ECN field, are TCP's own */
    public static void trafficClass(Tcb tcb, int octet) {
        tcb.dscpBits = octet & 0xFC;
    }

    /** RFC 9293 3.8.4: silence before the first probe, time between probes, unanswered probes. */
    public static void keepAliveTimes(Tcb tcb, long idleNanos, long intervalNanos, int probes, long nowNanos) {
        tcb.keepAliveIdleNanos = idleNanos;
        tcb.keepAliveIntervalNanos = intervalNanos;
        tcb.keepAliveProbes = probes;
        tcb.tcp.timeouts.armIdle(tcb, nowNanos);
    }

    /** How long text may stay unacknowledged (RFC 9293 3.8.3); 0 leaves it to the number of retransmissions. */
    public static void userTimeout(Tcb tcb, long timeoutNanos) {
        UserTimeout.choose(tcb, timeoutNanos);
    }

    public static void noDelay(Tcb tcb, boolean on) {
        tcb.noDelay = on;
        if (on) {
            tcb.tcp.wantsOutput(tcb);
        }
    }

    public static void keepAlive(Tcb tcb, boolean on, long nowNanos) {
        tcb.keepAlive = on;
        tcb.tcp.timeouts.armIdle(tcb, nowNanos);
    }
}
