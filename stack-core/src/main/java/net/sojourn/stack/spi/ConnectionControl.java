package net.sojourn.stack.spi;

import net.sojourn.stack.FourTuple;
import net.sojourn.stack.TcpState;

/** What an extension may do to a connection: mechanism only. Loop thread only. */
public interface ConnectionControl {

    /** Unique in its stack, for ever. */
    long id();

    TcpState state();

    /** The addresses and ports of the active path. */
    FourTuple tuple();

    /** The connection's variables as they would be on the wire now. */
    WireNumbers numbers(long nowNanos);

    /** Where both streams are, counted in octets from their beginnings: the same on every path. */
    StreamOffsets offsets();

    /**
     * Our text that the peer can hardly have: what went out for the first time after the peer was last heard, and what has
     * not gone out.
     */
    TextRange unheardText();

    /**
     * Enters {@code tuple} into the connection table beside the active path. From now on its segments go to {@code
     * handshake} first. {@code tuple} may equal the active one: then the handshake sees the active path's segments first.
     *
     * @throws IllegalStateException if another connection owns {@code tuple}
     */
    PendingPath openPath(FourTuple tuple, PathHandshake handshake);

    /** A local port for {@code tuple}'s other three values that no connection uses; {@code tuple}'s own if it is free. */
    FourTuple freeLocalPort(FourTuple tuple);

    /** As {@link #freeLocalPort}, but never {@code tuple}'s own. @throws IllegalStateException if none is left */
    FourTuple otherLocalPort(FourTuple tuple);

    /** Shuts the output, freezes the timers; the socket stalls without an error. */
    void suspend();

    /** Ends {@link #suspend()}; what is unacknowledged is sent again. */
    void resume(long nowNanos);

    boolean isSuspended();

    /**
     * What comes on the paths that the connection has left is taken until {@code untilNanos}, instead of for one
     * retransmission time-out (see {@link PendingPath#activate}).
     */
    void listenToFormerPaths(long untilNanos);

    /** Octets of text that the connection holds, written and not acknowledged or received and not read. */
    long bufferedBytes();

    /** One retransmission time-out of the active path. */
    long retransmissionTimeoutNanos();

    /**
     * The timestamps of the peer's SYN carried something else than its clock. They are echoed all the same; but the next
     * acceptable segment is not held against them (RFC 7323 5.3), it sets TS.Recent anew.
     */
    void peerSynTimestampIsNoClock();

    /** An ACK as soon as output is possible. */
    void requestAck();

    /** Ends the connection with an error that its application sees as time-out or reset, by {@code cause}. */
    void abort(ConnectionExtension.AbortCause cause, long nowNanos);

    /** Calls {@code task} once, at or after {@code deadlineNanos}; dropped when the connection ends. */
    Deadline callAt(long deadlineNanos, DeadlineTask task);

    /** Something that was asked for with {@link #callAt}. */
    interface Deadline {
        void cancel();
    }

    @FunctionalInterface
    interface DeadlineTask {
        void deadlinePasses(long nowNanos);
    }

    /**
     * A connection's variables as stream offsets: 0 is the first octet of text, a FIN counts as one behind the last.
     *
     * @param sndUna octets of ours that the peer has acknowledged
     * @param sndMax octets of ours that were ever sent
     * @param rcvNxt octets of the peer's that are here in order
     */
    record StreamOffsets(long sndUna, long sndMax, long rcvNxt) {}

    /** Octets of one stream, from {@code from} up to, and without, {@code end}. */
    record TextRange(long from, long end) {

        public boolean isEmpty() {
            return end <= from;
        }
    }

    /**
     * A connection's variables in wire form (RFC 9293 3.3.1).
     *
     * @param iss sequence number of our first SYN
     * @param irs sequence number of the peer's first SYN
     * @param sndMax one above the highest sequence number ever sent
     * @param rcvWndBytes the true receive window, not scaled
     * @param sndWndScale shift the peer applies to the windows it sends; -1 if window scaling was not agreed
     * @param rcvWndScale shift we apply to the windows we send; -1 if window scaling was not agreed
     * @param mssBytes what our MSS option announced
     * @param timestamps whether RFC 7323 timestamps were agreed
     * @param tsVal the value our timestamp clock shows now
     * @param tsRecent TS.Recent of RFC 7323 4.3
     */
    record WireNumbers(
            int iss,
            int irs,
            int sndUna,
            int sndNxt,
            int sndMax,
            int rcvNxt,
            long rcvWndBytes,
            int sndWndScale,
            int rcvWndScale,
            boolean sackPermitted,
            int mssBytes,
            boolean timestamps,
            int tsVal,
            int tsRecent) {}
}
