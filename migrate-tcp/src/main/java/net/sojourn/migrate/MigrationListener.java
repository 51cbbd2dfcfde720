package net.sojourn.migrate;

import java.time.Duration;
import net.sojourn.stack.FourTuple;

/**
 * Is told what happens to connections. Called on the loop: must not block, and must not move connections itself.
 *
 * <p>{@link #migrationEvent} has everything; the other methods are what an application may want to show or act on. They come
 * behind the event that they follow from.
 */
@FunctionalInterface
public interface MigrationListener {

    MigrationListener NONE = (migration, event, nowNanos) -> {};

    void migrationEvent(Migration migration, MigrationEvent event, long nowNanos);

    /**
     * The connection has no path that is known to work. Sockets stall, without an error, until {@link #onResumed}; or the
     * connection ends after {@code atMost}.
     */
    default void onSuspended(Migration migration, SuspensionCause cause, Duration atMost) {}

    /** The connection goes on, on the path that it had or another, after it was suspended for so long. */
    default void onResumed(Migration migration, Duration suspended) {}

    /** The connection lives at other addresses or ports, by this end's move or the peer's. */
    default void onMoved(Migration migration, FourTuple from, FourTuple to) {}
}
