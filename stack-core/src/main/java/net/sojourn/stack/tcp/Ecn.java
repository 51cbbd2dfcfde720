package net.sojourn.stack.tcp;

import static net.sojourn.stack.spi.SegmentView.ACK;
import static net.sojourn.stack.spi.SegmentView.CWR;
import static net.sojourn.stack.spi.SegmentView.ECE;

import net.sojourn.stack.EcnMode;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.wire.EcnField;
import net.sojourn.stack.wire.TcpView;

/** Explicit congestion notification (RFC 3168 6.1): agreement, the echo to a sender, and what an echo to us means. */
final class Ecn {

    private Ecn() {}

    // ---- agreement (RFC 3168 6.1.1)

    /** Flags that our SYN or SYN/ACK carries beside its own. */
    static int setupFlags(Tcb tcb, boolean synAck, int transmission) {
        if (synAck) {
            return tcb.options.ecn() ? ECE : 0;
        }
        // RFC 3168 6.1.1.1: a SYN that went unanswered may have been dropped for its flags.
        tcb.ecnOffered = tcb.tcp.settings.ecn() == EcnMode.OFFER && transmission == 0;
        return tcb.ecnOffered ? ECE | CWR : 0;
    }

    /** Whether the peer's SYN or SYN/ACK makes the connection use ECN. */
    static boolean agreed(Tcb tcb, SegmentView peer) {
        int asked = peer.flags() & (ECE | CWR);
        if (tcb.initiator && peer.has(ACK)) {
            return tcb.ecnOffered && asked == ECE;
        }
        return tcb.tcp.settings.ecn() != EcnMode.OFF && asked == (ECE | CWR);
    }

    // ---- as receiver (RFC 3168 6.1.3)

    /** Text has arrived: a mark is echoed until the peer says that it has slowed down. */
    static void textArrives(Tcb tcb, TcpView segment) {
        if (!tcb.options.ecn()) {
            return;
        }
        if (segment.has(CWR)) {
            tcb.ecnEchoing = false;
        }
        if (segment.experiencedCongestion()) {
            tcb.tcp.counters.count(Counter.CE_MARKED_IN);
            tcb.ceMarks++;
            tcb.ackNow |= !tcb.ecnEchoing;
            tcb.ecnEchoing = true;
        }
    }

    // ---- as sender (RFC 3168 6.1.2)

    /** Once a window of data, and not on top of a reduction for loss. */
    static void acknowledged(Tcb tcb, TcpView segment, long nowNanos) {
        if (!tcb.options.ecn() || !segment.has(ECE) || tcb.inRecovery) {
            return;
        }
        if (tcb.sndUna <= tcb.ecnRecoveryPoint || tcb.sndUna < tcb.recoveryPoint || tcb.sent.isEmpty()) {
            return;
        }
        tcb.tcp.counters.count(Counter.ECN_REDUCTIONS);
        tcb.ecnReductions++;
        tcb.path.congestion.congestionExperienced(tcb.flightSizeBytes(), nowNanos);
        windowReduced(tcb);
        tcb.ecnRecoveryPoint = tcb.sndNxt;
    }

    /** The peer is to hear that we have slowed down, whatever the reason was. */
    static void windowReduced(Tcb tcb) {
        tcb.cwrDue = tcb.options.ecn();
    }

    /** Flags of a segment of a synchronized connection. */
    static int flags(Tcb tcb, boolean newText) {
        int flags = tcb.ecnEchoing ? ECE : 0;
        if (newText && tcb.cwrDue) {
            tcb.cwrDue = false;
            flags |= CWR;
        }
        return flags;
    }

    /**
     * RFC 3168 6.1.4 to 6.1.6: only new text is marked as capable: no ACK, retransmission or window probe. Nothing is on a
     * path that the connection moved to: the two SYNs that would show that it lets marks pass went by another.
     */
    static int codepoint(Tcb tcb, boolean newText) {
        return tcb.options.ecn() && tcb.path.carriesEcn && newText && tcb.sndWnd > 0
                ? EcnField.ECT_0
                : EcnField.NOT_ECT;
    }
}
