package net.sojourn.migrate;

import java.util.LinkedHashMap;
import java.util.Map;
import net.sojourn.migrate.MigrateSettings.Limits;
import net.sojourn.stack.spi.ConnectionControl;
import org.jspecify.annotations.Nullable;

/**
 * A stack's connections that wait for a path: so many and so much memory at most. The one that has waited longest goes
 * first. Loop thread only.
 *
 * <p>Memory is counted when a connection begins to wait, and for all of them every minute, since applications may go on
 * writing: thousands begin to wait at once when an address goes.
 */
final class SuspendedConnections {

    private static final long SWEEP_NANOS = 60_000_000_000L;

    private final Limits limits;
    /** With the octets of text that were counted last. */
    private final Map<Migration, Long> oldestFirst = new LinkedHashMap<>();

    private long countedBytes;
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
        return oldestFirst.keySet().stream()
                .mapToLong(migration -> migration.control().bufferedBytes())
                .sum();
    }

    void add(Migration migration, long nowNanos) {
        long bytes = migration.control().bufferedBytes();
        oldestFirst.put(migration, bytes);
        countedBytes += bytes;
        if (sweepOwner == null) {
            sweepDueNanos = nowNanos + SWEEP_NANOS;
            arm(migration);
        }
        endBeyondLimits(nowNanos);
    }

    void remove(Migration migration) {
        Long counted = oldestFirst.remove(migration);
        countedBytes -= counted == null ? 0 : counted;
        if (sweepOwner == migration) {
            if (sweep != null) {
                sweep.cancel();
            }
            sweepOwner = null;
            sweep = null;
            if (!oldestFirst.isEmpty()) {
                arm(oldest());
            }
        }
    }

    private void arm(Migration owner) {
        sweepOwner = owner;
        sweep = owner.control().callAt(sweepDueNanos, now -> {
            sweepDueNanos = now + SWEEP_NANOS;
            arm(owner);
            countAll();
            endBeyondLimits(now);
        });
    }

    private void endBeyondLimits(long nowNanos) {
        if (countedBytes > limits.maxSuspendedBytes()) {
            countAll(); // nobody ends for text that has been read meanwhile
        }
        while (oldestFirst.size() > limits.maxSuspended()
                || oldestFirst.size() > 1 && countedBytes > limits.maxSuspendedBytes()) {
            oldest().suspension().giveUpForRoom(nowNanos);
        }
    }

    private void countAll() {
        oldestFirst.replaceAll((migration, before) -> migration.control().bufferedBytes());
        countedBytes = oldestFirst.values().stream().mapToLong(Long::longValue).sum();
    }

    private Migration oldest() {
        return oldestFirst.keySet().iterator().next();
    }
}
