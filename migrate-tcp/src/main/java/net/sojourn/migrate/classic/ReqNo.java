package net.sojourn.migrate.classic;

/**
 * Request numbers: seven bits, serial arithmetic in the manner of RFC 1982. A distance of exactly 64 counts as earlier,
 * so that a recorded request is never taken for a new one in doubt.
 */
public final class ReqNo {

    /** The largest; the next is 0. */
    public static final int MAX = 127;

    /** The first that we use; a peer may begin anywhere. */
    public static final int FIRST = 1;

    private static final int HALF = 64;

    private ReqNo() {}

    public static int next(int reqNo) {
        return (reqNo + 1) & MAX;
    }

    /** Whether {@code candidate} is a newer request than {@code last}. */
    public static boolean isLater(int candidate, int last) {
        int distance = (candidate - last) & MAX;
        return distance > 0 && distance < HALF;
    }

    static void check(int reqNo) {
        if (reqNo < 0 || reqNo > MAX) {
            throw new IllegalArgumentException("a request number lies in 0..127, not " + reqNo);
        }
    }
}
