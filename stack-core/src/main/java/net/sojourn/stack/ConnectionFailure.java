package net.sojourn.stack;

/** Why a connection ended, or was never made. */
public enum ConnectionFailure {
    /** Not a failure: both sides closed. */
    NONE("closed"),
    REFUSED("Connection refused"),
    RESET("Connection reset"),
    TIMED_OUT("Connection timed out"),
    NETWORK_UNREACHABLE("Network is unreachable"),
    HOST_UNREACHABLE("No route to host"),
    /** The application aborted it, or the stack stopped. */
    ABORTED("Socket closed"),
    /** The stack has stopped and keeps the connection: its next start goes on with it. */
    FROZEN("Connection kept for the next start of its stack");

    private final String message;

    ConnectionFailure(String message) {
        this.message = message;
    }

    /** The message Java's own sockets use for it, if they know the like. */
    public String message() {
        return message;
    }
}
