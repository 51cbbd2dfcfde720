package net.sojourn.stack.wire;

/** Comparison of 32-bit sequence numbers and timestamps modulo 2^32 (RFC 9293 3.4, RFC 7323 5.2). */
public final class SequenceNumber {

    private SequenceNumber() {}

    public static boolean isBefore(int a, int b) {
        return a - b < 0;
    }

    public static boolean isAfter(int a, int b) {
        return a - b > 0;
    }
}
