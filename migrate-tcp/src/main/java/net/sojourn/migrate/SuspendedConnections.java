package net.sojourn.migrate;

import java.util.LinkedHashSet;
import java.util.Set;
import net.sojourn.migrate.MigrateSettings.Limits;
import net.sojourn.stack.spi.ConnectionControl;
import org.jspecify.annotations.Nullable;

/**
 * A stack's connections that wait for a path: so many and so much memory at most. The one that has waited longest goes
 * first. Loop thread only.
 *
 * <p>Memory is looked at when another connection begins to wait and every minute, since applications may go on writing.
 */
final class SuspendedConnections {

    private static final long SWEEP_NANOS = 60_000_000_000L;

    private final Limits limits;
    private final Set<Migration> oldestFirst = new LinkedHashSet<>();
    private @Nullable Migration sweepOwner;
    private ConnectionControl.@Nullable Deadline sweep;
    private long sweepDueNanos;

    SuspendedConnections(Limits limits) {
        this.limits = limits;
    }

    int size() {
        return oldestFirst.size();
    }

    /** Octets of text that they hold together, in either direction. */
    long heldBytes() {
        return oldestFirst.stream()
                .mapToLong(migration -> migration.control().bufferedBytes())
                .sum();
    }

    void add(Migration migration, long nowNanos) {
        oldestFirst.add(migration);
        if (sweepOwner == null) {
            sweepDueNanos = nowNanos + SWEEP_NANOS;
            arm(migration);
        }
        endBeyondLimits(nowNanos);
    }

    void remove(Migration migration) {
        oldestFirst.remove(migration);
        if (sweepOwner == migration) {
            if (sweep != null) {
                sweep.cancel();
            }
            sweepOwner = null;
            sweep = null;
            if (!oldestFirst.isEmpty()) {
                arm(oldestFirst.iterator().next());
            }
        }
    }

    private void arm(Migration owner) {
        sweepOwner = owner;
        sweep = owner.control().callAt(sweepDueNanos, now -> {
            sweepDueNanos = now + SWEEP_NANOS;
            arm(owner);
            endBeyondLimits(now);
        });
    }

    private void endBeyondLimits(long nowNanos) {
        while (oldestFirst.size() > limits.maxSuspended()
                || oldestFirst.size() > 1 && heldBytes() > limits.maxSuspendedBytes()) {
            oldestFirst.iterator().next().giveUpForRoom(nowNanos);
        }
    }
}
