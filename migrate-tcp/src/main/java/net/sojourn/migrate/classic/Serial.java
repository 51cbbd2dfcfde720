package net.sojourn.migrate.classic;

/** Arithmetic on 32-bit sequence numbers (RFC 9293 3.4). */
public final class Serial {

    private Serial() {}

    /** How far {@code to} is ahead of {@code from}; negative if it is behind. */
    public static int distance(int from, int to) {
        return to - from;
    }

    /** Whether {@code low <= value <= high} on the circle. */
    public static boolean isBetween(int low, int value, int high) {
        return distance(low, value) >= 0 && distance(value, high) >= 0;
    }

    /** Whether the two are at most {@code radius} apart. */
    public static boolean isNear(int a, int b, long radius) {
        return Math.abs((long) distance(a, b)) <= radius;
    }
}
