package net.sojourn.stack.machine;

/** The values of {@link Counter} and {@link DropReason}. Written by the loop; another thread may read slightly old values. */
public final class Counters {

    private final long[] events = new long[Counter.values().length];
    private final long[] drops = new long[DropReason.values().length];

    public void count(Counter counter) {
        events[counter.ordinal()]++;
    }

    public void count(Counter counter, long times) {
        events[counter.ordinal()] += times;
    }

    public void drop(DropReason reason) {
        drops[reason.ordinal()]++;
    }

    public long of(Counter counter) {
        return events[counter.ordinal()];
    }

    public long of(DropReason reason) {
        return drops[reason.ordinal()];
    }
}
