package net.sojourn.dns.reconcile;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Time and threads, as the state machine sees them. All callbacks run on one thread, one after the other. */
public interface Agenda {

    /** Monotonic; its origin means nothing. */
    long nowNanos();

    /** Runs {@code task} after {@code delay}, unless the returned handle is run before. */
    Runnable after(Duration delay, Runnable task);

    /** Does blocking {@code work} elsewhere and gives its result to {@code then}. The work must not throw. */
    <T> void away(Supplier<T> work, Consumer<T> then);
}
