package net.sojourn.stack.spi;

import net.sojourn.stack.freeze.StateWriter;

/** What an extension is told about one connection. Every call is on the stack's loop; each has one call site. */
public interface ConnectionExtension {

    byte[] NO_OPTION = new byte[0];

    ConnectionExtension NONE = new ConnectionExtension() {};

    /**
     * Our SYN or SYN/ACK is being built.
     *
     * @param transmission 0 for the first, 1 for the first retransmission, and so on
     */
    default void writeSyn(SynWriter syn, int transmission) {}

    /** The peer's SYN (we accept) or SYN/ACK (we initiated). For the acceptor it comes before {@link #writeSyn}. */
    default void synArrived(SegmentView syn) {}

    /**
     * The peer's SYN was answered by a cookie (RFC 4987 3.6) and is forgotten; {@code segment} is the first that came since.
     * Instead of {@link #synArrived} and {@link #writeSyn}; {@link #established} follows.
     */
    default void openedByCookie(SegmentView segment) {}

    /** The three-way handshake is complete. */
    default void established(long nowNanos) {}

    /**
     * An ordinary segment of a synchronized connection is being built and has room left behind everything else in it.
     *
     * @param roomBytes octets of option space that neither cut the text nor make the packet too large
     * @return encoded options of at most {@code roomBytes} octets together, or none: an empty array
     */
    default byte[] segmentOption(int roomBytes) {
        return NO_OPTION;
    }

    /** A segment with an option kind that the stack does not know has passed the sequence and reset checks. */
    default AckKind optionsArrived(SegmentView segment, long nowNanos) {
        return AckKind.ORDINARY;
    }

    /** While suspended: a segment came that the sequence and timestamp checks accept, from the active path. */
    default void arrivedWhileSuspended(SegmentView segment, long nowNanos) {}

    /** The retransmission or persist timer ran out {@code consecutive} times without an answer. */
    default void retransmissionTimedOut(int consecutive, long nowNanos) {}

    /** The connection is about to die against its will: let it, or keep it suspended? */
    default Verdict abortImpending(AbortCause cause, long nowNanos) {
        return Verdict.ABORT;
    }

    /** A reset of ours is being built: one encoded option that proves it ours, or none: an empty array. */
    default byte[] resetOption() {
        return NO_OPTION;
    }

    /**
     * A reset with an option that the stack does not know came in the window: whether the peer itself is proved to have
     * sent it. Then the connection ends at once, without {@link #abortImpending}.
     */
    default boolean isProvedReset(SegmentView reset) {
        return false;
    }

    /** Whether the connection could be moved to another path now. */
    default boolean isMigratable() {
        return false;
    }

    /** One word for people on the extension's own state, such as {@code MIGRATE_WAIT}; empty if there is nothing to say. */
    default String stateName() {
        return "";
    }

    /**
     * The stack stops and keeps the connection: what {@link TcpExtension#thaw} needs to go on with it goes into {@code out},
     * secrets included. {@link #closed} follows.
     */
    default void freeze(StateWriter out, long nowNanos) {}

    /** The connection is gone; its {@link ConnectionControl} must not be used any more. */
    default void closed() {}

    enum AckKind {
        ORDINARY,
        /** The segment only carries options: it never counts as a duplicate acknowledgement. */
        CARRIER_ONLY
    }

    enum AbortCause {
        /** A reset that passed the checks of RFC 5961 3.2. */
        RESET,
        /** RFC 5482, or the stack's own limit on unanswered retransmissions. */
        RETRANSMISSIONS_EXHAUSTED,
        KEEPALIVE_UNANSWERED,
        /** The local address of the active path is gone. */
        LOCAL_ADDRESS_GONE
    }

    enum Verdict {
        ABORT,
        /** Keep everything, send nothing: as if {@link ConnectionControl#suspend()} had been called. */
        SUSPEND
    }
}
