package net.sojourn.dns.reconcile;

/** The state file cannot be used; the message names it and the remedy. */
public final class StateFileException extends Exception {

    private static final long serialVersionUID = 1L;

    public StateFileException(String message) {
        super(message);
    }

    public StateFileException(String message, Throwable cause) {
        super(message, cause);
    }
}
