package net.sojourn.stack.tcp;

import net.sojourn.stack.FloodLimits;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.wire.TcpView;

/** RFC 9293 3.10.7.2: a segment arrives at a port in LISTEN. */
final class ListenInput {

    private final SynCookies cookies;
    private final FloodLimits limits;
    private int halfOpen;

    ListenInput(SynCookies cookies, FloodLimits limits) {
        this.cookies = cookies;
        this.limits = limits;
    }

    void segmentArrives(Tcp tcp, Listener listener, FourTuple tuple, TcpView segment, long nowNanos) {
        if (segment.has(SegmentView.RST)) {
            tcp.counters.drop(DropReason.TCP_NO_CONNECTION);
            return;
        }
        if (segment.has(SegmentView.ACK)) {
            if (!segment.has(SegmentView.SYN) && opensByCookie(tcp, listener, tuple, segment, nowNanos)) {
                return;
            }
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
        if (tuple.peerPort() == tuple.localPort() && tuple.peerAddress().equals(tuple.localAddress())) {
            // RFC 9293 3.9.2.3: who claims to be ourselves would have us answer ourselves for ever.
            tcp.counters.drop(DropReason.IP_SOURCE);
            return;
        }
        if (listener.isFull()) {
            tcp.counters.count(Counter.SYNS_DROPPED);
            tcp.counters.drop(DropReason.TCP_BACKLOG_FULL);
            return;
        }
        if (halfOpen >= limits.halfOpenPerStack() || listener.halfOpen() >= limits.halfOpenPerListener()) {
            cookies.answer(tuple, segment, tcp.extensions, nowNanos);
            return;
        }
        Tcb tcb = begin(tcp, listener, tuple, tcp.isns.isn(tuple, nowNanos), segment.seq(), nowNanos);
        tcp.attachExtensions(tcb);
        synArrived(tcb, segment, nowNanos);
        // EXTENSION: the peer's SYN, before our SYN/ACK is built.
        tcb.extension.synArrived(segment);
        tcp.fastOpen.synArrives(tcb, listener, segment, nowNanos);
        tcp.output.sendSyn(tcb, nowNanos);
    }

    private Tcb begin(Tcp tcp, Listener listener, FourTuple tuple, int iss, int irs, long nowNanos) {
        tcp.counters.count(Counter.PASSIVE_OPENS);
        listener.began();
        halfOpen++;
        Tcb tcb = tcp.create(false, listener, tuple, iss, irs, nowNanos);
        tcb.enter(TcpState.SYN_RECEIVED);
        tcb.sndNxt = 0;
        return tcb;
    }

    /** RFC 4987 3.6: the connection begins here. */
    private boolean opensByCookie(Tcp tcp, Listener listener, FourTuple tuple, TcpView segment, long nowNanos) {
        SynOptions options = cookies.open(tuple, segment, nowNanos);
        if (options == null) {
            return false;
        }
        if (listener.isFull()) {
            // The peer repeats its text, or its silence is none of our business.
            tcp.counters.count(Counter.ACCEPT_QUEUE_OVERFLOWS);
            tcp.counters.drop(DropReason.TCP_BACKLOG_FULL);
            return true;
        }
        Tcb tcb = begin(tcp, listener, tuple, segment.ack() - 1, segment.seq() - 1, nowNanos);
        optionsAgreed(tcb, options);
        tcp.attachExtensions(tcb);
        // EXTENSION: it has not seen the peer's SYN; this segment may say as much.
        tcb.extension.openedByCookie(segment);
        tcb.sndWl1 = -1;
        tcb.sndWl2 = -1;
        tcb.tsRecent = segment.tsVal();
        tcb.tsRecentNanos = nowNanos;
        tcp.segmentForPath(tcb.path, segment, nowNanos);
        return true;
    }

    /** A connection in SYN-RECEIVED has been established. */
    Application established(Listener listener, Tcb tcb) {
        halfOpen--;
        return listener.establish(tcb);
    }

    /** A connection in SYN-RECEIVED has ended. */
    void abandoned(Listener listener) {
        halfOpen--;
        listener.abandoned();
    }

    /** Connections in SYN-RECEIVED, of all listeners. */
    int halfOpen() {
        return halfOpen;
    }

    private static void optionsAgreed(Tcb tcb, SynOptions options) {
        tcb.options = options;
        tcb.path.sndMssBytes = TcpOutput.sndMss(tcb, tcb.path);
        tcb.path.congestion.mssChanged(tcb.path.sndMssBytes);
    }

    /** What every first SYN of a peer sets: options, windows, TS.Recent. Text is left to Fast Open, or for the peer to repeat. */
    static void synArrived(Tcb tcb, TcpView syn, long nowNanos) {
        optionsAgreed(tcb, SynOptions.agree(tcb, syn));
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
