package net.sojourn.stack.ip;

/** So many of something in each second. Loop thread only. */
final class RateLimit {

    private static final long SECOND_NANOS = 1_000_000_000L;

    private final int perSecond;
    private long secondBeganNanos;
    private int taken;

    RateLimit(int perSecond) {
        this.perSecond = perSecond;
    }

    /** Takes one, if this second has one left. */
    boolean take(long nowNanos) {
        if (taken == 0 || nowNanos - secondBeganNanos >= SECOND_NANOS) {
            secondBeganNanos = nowNanos;
            taken = 0;
        }
        if (taken >= perSecond) {
            return false;
        }
        taken++;
        return true;
    }
}
