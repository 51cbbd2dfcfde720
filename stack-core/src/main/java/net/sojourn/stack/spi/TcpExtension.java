package net.sojourn.stack.spi;

import net.sojourn.stack.FourTuple;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;

/**
 * A TCP option protocol that the stack itself does not know. One object for a stack; every call is on the stack's loop.
 */
public interface TcpExtension {

    /**
     * Option kinds whose presence in a SYN without ACK sends that SYN to {@link #claimSyn} before any connection or
     * listener sees it.
     */
    int[] claimedKinds();

    /** Is this SYN for a connection the extension knows? {@code tuple} is as the receiving end sees it. */
    SynClaim claimSyn(SegmentView syn, FourTuple tuple, long nowNanos);

    /** A connection is born; called before its first SYN or SYN/ACK is built. */
    ConnectionExtension attach(ConnectionControl connection, boolean initiator);

    /**
     * A connection is back from a former life of the stack, with its buffers, numbers and state; nothing has been sent yet.
     *
     * @param state what {@link ConnectionExtension#freeze} wrote; empty if it wrote nothing or there was no extension
     * @param downNanos how long it was frozen
     * @throws FrozenStateException if that cannot be read: no connection is thawed then
     */
    default ConnectionExtension thaw(
            ConnectionControl connection, boolean initiator, StateReader state, long downNanos, long nowNanos)
            throws FrozenStateException {
        return attach(connection, initiator);
    }

    /**
     * {@code syn} is about to be answered by a cookie (RFC 4987 3.6): nothing of it will be remembered. The option may say
     * what this host can; the peer must repeat what it can, for {@link ConnectionExtension#openedByCookie}.
     *
     * @return one encoded option of at most {@code roomBytes} octets, or none: an empty array
     */
    default byte[] cookieOption(SegmentView syn, int roomBytes) {
        return ConnectionExtension.NO_OPTION;
    }

    enum SynClaim {
        /** An ordinary SYN: demultiplex it as if there were no extension. */
        NOT_OURS,
        /** Dealt with. */
        CONSUMED,
        /** Ignore it silently. */
        DROP,
        /** Answer with a reset (RFC 9293 3.10.7.1), within the stack's budget for resets. */
        RESET
    }
}
