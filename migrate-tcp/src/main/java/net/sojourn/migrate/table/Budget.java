package net.sojourn.migrate.table;

/**
 * So many answers a second and no more, a burst of one second's worth included: what strangers can make us send is
 * bounded (in the manner of RFC 5961 5). Loop thread only.
 */
public final class Budget {

    private static final long SECOND_NANOS = 1_000_000_000L;

    private final int perSecond;
    private long windowStartNanos;
    private boolean begun;
    private int spent;

    /** @param perSecond 0 allows nothing */
    public Budget(int perSecond) {
        this.perSecond = perSecond;
    }

    /** Spends one if there is one left. */
    public boolean maySpend(long nowNanos) {
        if (!begun || nowNanos - windowStartNanos >= SECOND_NANOS) {
            begun = true;
            windowStartNanos = nowNanos;
            spent = 0;
        }
        if (spent >= perSecond) {
            return false;
        }
        spent++;
        return true;
    }
}
