package net.sojourn.stack.tcp;

import net.sojourn.stack.wire.TcpView;

/**
 * Lets the two buffers of a connection grow with its path, up to what the settings allow and as long as the stack's
 * memory budget is not under pressure. A buffer whose size the application has named stays as it is.
 *
 * <p>Receiving (dynamic right-sizing): what the application takes in one round trip is the sender's window; twice that
 * lets the sender double it. Sending: twice the congestion window, so that an acknowledged window has a successor ready.
 */
final class BufferTuning {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private BufferTuning() {}

    // ---- receiving

    /** A segment with text has come in order: its echo tells the round trip to a host that only receives (RFC 7323 4.1). */
    static void textArrived(Tcb tcb, TcpView segment, long nowNanos) {
        if (!tcb.options.timestamps() || segment.tsEcr() == 0) {
            return;
        }
        long nanos = (tcb.tsVal(nowNanos) - segment.tsEcr()) * NANOS_PER_MILLI;
        if (nanos < 0 || nanos > nowNanos - tcb.bornNanos) {
            return;
        }
        long sample = Math.max(NANOS_PER_MILLI, nanos);
        // An echo is never too early, but as late as the peer's application: the least of late is nearest.
        tcb.rcvRttNanos = tcb.rcvRttNanos == 0 || sample < tcb.rcvRttNanos
                ? sample
                : tcb.rcvRttNanos + (sample - tcb.rcvRttNanos) / 8;
    }

    /** The application has taken text. */
    static void textTaken(Tcb tcb, long nowNanos) {
        long taken = tcb.receiveBuffer.start();
        long roundNanos = tcb.rcvRttNanos > 0 ? tcb.rcvRttNanos : Math.max(NANOS_PER_MILLI, tcb.path.rtt.srttNanos());
        if (nowNanos - tcb.rcvTuneNanos < roundNanos) {
            return;
        }
        long inRound = taken - tcb.rcvTuneOffset;
        // What was taken during several quiet rounds is not the window of one.
        long rounds = Math.max(1, (nowNanos - tcb.rcvTuneNanos) / roundNanos);
        tcb.rcvTuneOffset = taken;
        tcb.rcvTuneNanos = nowNanos;
        if (!tcb.receiveBufferFixed && !tcb.tcp.memory.isUnderPressure()) {
            long wanted = Math.min(2 * inRound / rounds, tcb.tcp.settings.receiveBufferBytes());
            tcb.receiveBufferBytes = (int) Math.max(tcb.receiveBufferBytes, wanted);
        }
    }

    /** How much of the receive buffer may be offered: all of it, but under pressure no more than at the start. */
    static long offeredBytes(Tcb tcb) {
        return tcb.tcp.memory.isUnderPressure()
                ? Math.min(tcb.receiveBufferBytes, initialBytes(tcb.tcp.settings.receiveBufferBytes()))
                : tcb.receiveBufferBytes;
    }

    // ---- sending

    /** Text has been acknowledged. */
    static void textAcknowledged(Tcb tcb) {
        long wanted = Math.min(2 * tcb.path.congestion.cwndBytes(), tcb.tcp.settings.sendBufferBytes());
        if (wanted > tcb.sendBufferBytes && !tcb.tcp.memory.isUnderPressure()) {
            tcb.sendBufferBytes = (int) wanted;
        }
    }

    /** What either buffer starts with. */
    static int initialBytes(int largestBytes) {
        return Math.min(largestBytes, 256 * 1024);
    }
}
