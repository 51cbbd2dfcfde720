package net.sojourn.stack.tcp;

import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.tcp.path.StreamNumbering;
import net.sojourn.stack.wire.TcpView;

/** RFC 9293 3.10.7.3: a segment arrives in SYN-SENT. */
final class SynSentInput {

    void segmentArrives(Tcb tcb, TcpView segment, long nowNanos) {
        Tcp tcp = tcb.tcp;
        boolean acknowledges = segment.has(SegmentView.ACK);
        // First: only our SYN can be acknowledged, and what text it had.
        int taken = segment.ack() - tcb.iss - 1;
        if (acknowledges && (taken < 0 || taken > FastOpen.synTextBytes(tcb))) {
            tcp.counters.drop(DropReason.TCP_ACK_RANGE);
            tcp.replies.reset(segment, tcb.path.tuple(), nowNanos);
            return;
        }
        // Second: a reset that acknowledges our SYN is a refusal, any other is blind (RFC 5961 3.2 keeps this rule).
        if (segment.has(SegmentView.RST)) {
            if (acknowledges) {
                tcp.destroy(tcb, ConnectionFailure.REFUSED);
            } else {
                tcp.counters.drop(DropReason.TCP_BLIND_RESET);
            }
            return;
        }
        if (!segment.has(SegmentView.SYN)) {
            tcp.counters.drop(DropReason.TCP_NO_ACK);
            return;
        }
        // Fourth: the peer's SYN.
        tcb.irs = segment.seq();
        tcb.path.numbering = new StreamNumbering(tcb.iss + 1, segment.seq() + 1);
        ListenInput.synArrived(tcb, segment, nowNanos);
        // EXTENSION: the peer's SYN or SYN/ACK.
        tcb.extension.synArrived(segment);
        if (!acknowledges) {
            // Simultaneous open (RFC 9293 figure 8).
            tcb.enter(TcpState.SYN_RECEIVED);
            tcb.synTransmissions = 0;
            tcb.consecutiveTimeouts = 0;
            tcp.output.sendSyn(tcb, nowNanos);
            return;
        }
        tcb.sndUna = 0;
        if (tcb.synTransmissions == 1) {
            tcb.handshakeRoundTrip(tcb.path, nowNanos - tcb.lastSentNanos);
        } else {
            tcb.path.rtt.synWasRetransmitted();
        }
        tcp.fastOpen.synAckArrives(tcb, segment, taken, nowNanos);
        if (taken > 0) {
            tcb.sndNxt = taken;
            tcp.acks.advance(tcb, taken, nowNanos);
        }
        tcb.ackNow = true;
        SynchronizedInput.established(tcb, nowNanos);
    }
}
