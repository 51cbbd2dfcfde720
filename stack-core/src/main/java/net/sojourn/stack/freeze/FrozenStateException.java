package net.sojourn.stack.freeze;

import java.io.IOException;

/** A frozen state cannot be used; the message says where it is wrong. Never holds an octet of the state itself. */
public final class FrozenStateException extends IOException {

    private static final long serialVersionUID = 1;

    /** What is wrong with it. */
    public enum Reason {
        /** It begins like nothing of ours. */
        NOT_OURS,
        /** Of another version of the format. */
        VERSION,
        /** It ends too early, or a length in it points beyond its end. */
        TRUNCATED,
        /** A value that no connection can have, or two that contradict each other. */
        INCONSISTENT,
        /** Its checksum does not fit. */
        DAMAGED,
        /** Too old to be of use. */
        STALE,
        /** Somebody else could have read or written it. */
        UNSAFE
    }

    private final Reason reason;

    public FrozenStateException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
