package net.sojourn.migrate;

import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.spi.ConnectionControl;
import org.jspecify.annotations.Nullable;

/**
 * A connection that waits: why, and for how long at most. Loop thread only. protocol.md 3.2, 15.4.
 *
 * <p>Nothing is sent while it waits, but once: when three quarters of the time are over the peer is asked, so that an
 * idle connection does not die of somebody's forged reset.
 */
final class Suspension {

    private static final long LONGEST_NANOS = 1L << 60;

    private final Migration migration;

    private @Nullable SuspensionCause cause;
    private ConnectionControl.@Nullable Deadline end;
    private ConnectionControl.@Nullable Deadline lastQuestion;

    private long beganNanos;
    private long endNanos;

    Suspension(Migration migration) {
        this.migration = migration;
    }

    @Nullable
    SuspensionCause cause() {
        return cause;
    }

    boolean isActive() {
        return cause != null;
    }

    /** Begins to wait, or goes on for another cause. */
    void begin(SuspensionCause why, long lastsNanos, long nowNanos) {
        cancelTimers();
        boolean begins = cause == null;
        cause = why;
        if (begins) {
            beganNanos = nowNanos;
        }
        endNanos = nowNanos + lastsNanos;
        end = migration.control().callAt(endNanos, migration::giveUp);
        boolean mayAsk = migration.settings().traversal() && why != SuspensionCause.NO_ADDRESS;
        if (mayAsk) {
            long quarterNanos = lastsNanos / 4;
            lastQuestion =
                    migration.control().callAt(nowNanos + lastsNanos - quarterNanos, migration::askUnchangedAddress);
        }
        migration.tell(
                why == SuspensionCause.NO_ADDRESS ? new MigrationEvent.Suspended(why) : new MigrationEvent.Waiting(why),
                nowNanos);
        if (begins) {
            migration.suspensionBegan(why, lastsNanos, nowNanos);
        }
    }

    /** How long the connection has been without a path. */
    long elapsedNanos(long nowNanos) {
        return cause == null ? 0 : nowNanos - beganNanos;
    }

    /** The peer disowned the connection: it may wait {@code lastsNanos} more at most. */
    void shorten(long lastsNanos, long nowNanos) {
        if (cause != null && nowNanos + lastsNanos - endNanos < 0) {
            cancelTimers();
            endNanos = nowNanos + lastsNanos;
            end = migration.control().callAt(endNanos, migration::giveUp);
        }
    }

    void freeze(StateWriter out, long nowNanos) {
        out.octet(cause == null ? 0 : 1 + cause.ordinal());
        out.number64(cause == null ? 0 : Math.max(0, endNanos - nowNanos));
    }

    /** Waits for the rest of the time, of which {@code downNanos} have passed while nobody was there. */
    void thaw(StateReader in, long downNanos, long nowNanos) throws FrozenStateException {
        int why = in.octet("cause of waiting", SuspensionCause.values().length);
        long leftNanos = in.number64("time to wait", 0, LONGEST_NANOS);
        if (why > 0) {
            begin(SuspensionCause.values()[why - 1], Math.max(0, leftNanos - downNanos), nowNanos);
        }
    }

    /** The connection has a path again, or is gone. */
    void end() {
        cancelTimers();
        if (cause != null) {
            cause = null;
            migration.suspensionEnded();
        }
    }

    private void cancelTimers() {
        if (end != null) {
            end.cancel();
            end = null;
        }
        if (lastQuestion != null) {
            lastQuestion.cancel();
            lastQuestion = null;
        }
    }
}
