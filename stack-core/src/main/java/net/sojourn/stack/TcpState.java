package net.sojourn.stack;

/**
 * The states of RFC 9293 3.3.2, and no other: a connection that waits for a migration keeps its state and is suspended
 * ({@link ConnectionInfo#suspended()}).
 */
public enum TcpState {
    CLOSED,
    LISTEN,
    SYN_SENT,
    SYN_RECEIVED,
    ESTABLISHED,
    FIN_WAIT_1,
    FIN_WAIT_2,
    CLOSE_WAIT,
    CLOSING,
    LAST_ACK,
    TIME_WAIT;

    /** Whether both SYNs have been exchanged and acknowledged: ESTABLISHED and all that follow. */
    public boolean isSynchronized() {
        return ordinal() >= ESTABLISHED.ordinal();
    }

    /** Whether new text from the peer may still arrive (RFC 9293 3.10.7.4, seventh). */
    public boolean mayReceiveText() {
        return this == ESTABLISHED || this == FIN_WAIT_1 || this == FIN_WAIT_2;
    }

    /** Whether queued text, or the FIN behind it, may still be sent or sent again. */
    public boolean maySendText() {
        return this == ESTABLISHED || this == CLOSE_WAIT || this == FIN_WAIT_1 || this == CLOSING || this == LAST_ACK;
    }
}
