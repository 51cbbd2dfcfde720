package net.sojourn.dns.reconcile;

import java.time.Duration;
import java.time.Instant;

/** Time and the one thread of the reconcilers: real in life, virtual in tests. */
public interface Scheduler {

    long nowNanos();

    /** For people and records; never for intervals. */
    Instant wallClock();

    /** Runs {@code task} on the reconcilers' thread; any thread may call this. */
    void execute(Runnable task);

    /** Runs {@code task} on the reconcilers' thread after {@code delay}. */
    Alarm after(Duration delay, Runnable task);

    /** A task that has not run yet. */
    @FunctionalInterface
    interface Alarm {

        Alarm NONE = () -> {};

        /** The task will not run; no effect if it has. */
        void cancel();
    }
}
