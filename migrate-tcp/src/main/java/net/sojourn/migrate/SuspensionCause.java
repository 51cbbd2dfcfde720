package net.sojourn.migrate;

import net.sojourn.stack.spi.ConnectionExtension.AbortCause;

/** Why a connection waits instead of dying. */
public enum SuspensionCause {
    /** A reset that TCP would have believed: perhaps from a stranger who owns the peer's old address now. */
    RESET(AbortCause.RESET),
    /** The peer answers nothing. */
    PEER_SILENT(AbortCause.RETRANSMISSIONS_EXHAUSTED),
    /** The peer asked for a move and never completed it. */
    MOVE_UNFINISHED(AbortCause.RETRANSMISSIONS_EXHAUSTED),
    /** This host has no address for the connection. */
    NO_ADDRESS(AbortCause.LOCAL_ADDRESS_GONE);

    private final AbortCause abortCause;

    SuspensionCause(AbortCause abortCause) {
        this.abortCause = abortCause;
    }

    /** What the application sees when the waiting has been in vain. */
    AbortCause abortCause() {
        return abortCause;
    }

    static SuspensionCause of(AbortCause cause) {
        return switch (cause) {
            case RESET -> RESET;
            case RETRANSMISSIONS_EXHAUSTED, KEEPALIVE_UNANSWERED -> PEER_SILENT;
            case LOCAL_ADDRESS_GONE -> NO_ADDRESS;
        };
    }
}
