package net.sojourn.stack.tcp;

import net.sojourn.stack.FourTuple;
import net.sojourn.stack.demux.Flow;
import net.sojourn.stack.machine.Deadlines.Deadline;
import net.sojourn.stack.spi.CongestionControl;
import net.sojourn.stack.spi.PathHandshake;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.tcp.path.RttEstimator;
import net.sojourn.stack.tcp.path.StreamNumbering;
import net.sojourn.stack.wire.TcpView;
import org.jspecify.annotations.Nullable;

/**
 * Everything of a connection that belongs to where it runs at present: addresses, numbering, round-trip time, congestion,
 * sizes. A move replaces it as a whole ({@link PathSwitch}). Loop thread only.
 */
final class Path extends Flow {

    final Tcb tcb;
    StreamNumbering numbering;
    RttEstimator rtt;
    CongestionControl congestion;

    /** Largest IP packet this path is believed to carry. */
    int mtuBytes;

    // Path MTU discovery: see PathMtuDiscovery.
    int mtuCeilingBytes;
    long mtuRaiseNanos;
    long mtuProbeEnd = -1;
    int mtuProbeBytes;

    /** Whether it is known to let ECN's codepoints pass, by the connection's first SYNs. */
    boolean carriesEcn = true;

    /** Text octets of a full-sized segment that carries nothing but the options of every segment. */
    int sndMssBytes;

    /** While the path is tried: who sees its segments first. */
    @Nullable
    PathHandshake handshake;

    /** While the path is tried: when its SYN or SYN/ACK went out first, and how often. */
    long handshakeSentNanos;

    int handshakeTransmissions;

    /** While a path of the same 4-tuple is tried: the one below it. */
    @Nullable
    Path beneath;

    /**
     * On a path that the connection has moved to, or is being asked to leave: how far in the peer's stream its segments have
     * reached here. What came by another may reach further, but a stateful firewall drops what acknowledges text that it has
     * not seen.
     */
    long seenEnd = Long.MAX_VALUE;

    /**
     * On a path that the connection has moved to, until the peer is heard there: how far our stream may go. The window of a
     * SYN/ACK is never scaled (RFC 7323 2.2), and a stateful firewall drops what lies beyond it.
     */
    long sendLimit = Long.MAX_VALUE;

    /** When a former path is forgotten. */
    @Nullable
    Deadline retirement;

    Path(
            FourTuple tuple,
            Tcb tcb,
            StreamNumbering numbering,
            RttEstimator rtt,
            CongestionControl congestion,
            int mtuBytes) {
        super(tuple);
        this.tcb = tcb;
        this.numbering = numbering;
        this.rtt = rtt;
        this.congestion = congestion;
        this.mtuBytes = mtuBytes;
        this.mtuCeilingBytes = mtuBytes;
    }

    /** A segment has come by this path, whatever becomes of it. */
    void saw(TcpView segment) {
        if (sendLimit != Long.MAX_VALUE && !segment.has(SegmentView.SYN)) {
            sendLimit = Long.MAX_VALUE;
        }
        if (seenEnd != Long.MAX_VALUE) {
            long end = numbering.rcvOffset(segment.seq(), tcb.rcvNxt) + segment.sequenceLength();
            seenEnd = Math.max(seenEnd, Math.min(end, tcb.rcvAdv + 1));
        }
    }

    /** The number to acknowledge here. */
    long ackOffset() {
        return Math.min(tcb.rcvNxt, seenEnd);
    }

    void endRetirement() {
        if (retirement != null) {
            tcb.tcp.deadlines.cancel(retirement);
            retirement = null;
        }
    }
}
