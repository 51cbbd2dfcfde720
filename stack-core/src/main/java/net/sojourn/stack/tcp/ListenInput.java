package net.sojourn.stack.tcp;

import net.sojourn.stack.FourTuple;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.wire.TcpView;

/** RFC 9293 3.10.7.2: a segment arrives at a port in LISTEN. */
final class ListenInput {

    void segmentArrives(Tcp tcp, Listener listener, FourTuple tuple, TcpView segment, long nowNanos) {
        if (segment.has(SegmentView.RST)) {
            tcp.counters.drop(DropReason.TCP_NO_CONNECTION);
            return;
        }
        if (segment.has(SegmentView.ACK)) {
            tcp.counters.drop(DropReason.TCP_NO_CONNECTION);
            tcp.replies.reset(segment, tuple, nowNanos);
            return;
        }
        if (!segment.has(SegmentView.SYN)) {
            tcp.counters.drop(DropReason.TCP_LISTEN_UNEXPECTED);
            return;
        }
        if (tuple.peerAddress().isMulticast() || tuple.localAddress().isMulticast()) {
            // RFC 9293 3.9.2.3, MUST-57.
            tcp.counters.drop(DropReason.IP_SOURCE);
            return;
        }
        if (listener.isFull()) {
            tcp.counters.count(Counter.SYNS_DROPPED);
            tcp.counters.drop(DropReason.TCP_BACKLOG_FULL);
            return;
        }
        tcp.counters.count(Counter.PASSIVE_OPENS);
        listener.began();
        Tcb tcb = tcp.create(false, listener, tuple, tcp.isns.isn(tuple, nowNanos), segment.seq(), nowNanos);
        tcb.enter(TcpState.SYN_RECEIVED);
        tcb.sndNxt = 0;
        synArrived(tcb, segment, nowNanos);
        // EXTENSION: the peer's SYN, before our SYN/ACK is built.
        tcb.extension.synArrived(segment);
        tcp.output.sendSyn(tcb, nowNanos);
    }

    /** What every first SYN of a peer sets: options, windows, TS.Recent. Text in a SYN is left for the peer to repeat. */
    static void synArrived(Tcb tcb, TcpView syn, long nowNanos) {
        tcb.options = SynOptions.agree(tcb, syn);
        tcb.path.sndMssBytes = TcpOutput.sndMss(tcb, tcb.path);
        tcb.path.congestion.mssChanged(tcb.path.sndMssBytes);
        // RFC 7323 2.2: the window of a SYN is never scaled.
        tcb.sndWnd = syn.window();
        tcb.maxSndWnd = Math.max(tcb.maxSndWnd, tcb.sndWnd);
        tcb.sndWl1 = -1;
        tcb.sndWl2 = -1;
        tcb.lastHeardNanos = nowNanos;
        UserTimeout.adviceArrives(tcb, syn);
        if (tcb.options.timestamps()) {
            tcb.tsRecent = syn.tsVal();
            tcb.tsRecentNanos = nowNanos;
        }
    }
}
