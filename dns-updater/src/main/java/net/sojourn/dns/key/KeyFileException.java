package net.sojourn.dns.key;

/** A key file cannot be used; the message names the file, what is wrong and the remedy, never its secret. */
public final class KeyFileException extends Exception {

    private static final long serialVersionUID = 1L;

    public KeyFileException(String message) {
        super(message);
    }

    public KeyFileException(String message, Throwable cause) {
        super(message, cause);
    }
}
