package net.sojourn.tun.attach;

import java.io.IOException;

/** The host cannot be attached to as it is. The message says why and what to do; {@link #reason} is for programs. */
public final class AttachException extends IOException {

    /** Why. */
    public enum Reason {
        /** A program on the kernel's TCP listens on a port that the stack shall publish. */
        PORT_IN_USE,
        /** Another attachment in this network namespace has some of these ports. */
        OTHER_ATTACHMENT
    }

    private final Reason reason;

    AttachException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
