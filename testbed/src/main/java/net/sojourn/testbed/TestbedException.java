package net.sojourn.testbed;

/** The testbed could not do what it was asked to; the message says what failed and, where it is known, the remedy. */
public class TestbedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public TestbedException(String message) {
        super(message);
    }

    public TestbedException(String message, Throwable cause) {
        super(message, cause);
    }
}
