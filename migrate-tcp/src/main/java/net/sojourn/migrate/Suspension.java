package net.sojourn.migrate;

import java.time.Duration;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.spi.ConnectionControl;
import net.sojourn.stack.spi.ConnectionControl.StreamOffsets;
import net.sojourn.stack.spi.ConnectionExtension.AbortCause;
import org.jspecify.annotations.Nullable;

/**
 * When a connection begins to wait for a path, why, for how long at most, and how that ends. Loop thread only. protocol.md 3.2, 15.4.
 *
 * <p>Nothing is sent while it waits, but once: when three quarters of the time are over the peer is asked, so that an
 * idle connection does not die of somebody's forged reset.
 */
final class Suspension {

    private static final long LONGEST_NANOS = 1L << 60;

    private final Migration migration;

    private @Nullable SuspensionCause cause;
    private boolean givingUp;
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
    private void begin(SuspensionCause why, long lastsNanos, long nowNanos) {
        cancelTimers();
        boolean begins = cause == null;
        cause = why;
        if (begins) {
            beganNanos = nowNanos;
        }
        endNanos = nowNanos + lastsNanos;
        end = control().callAt(endNanos, this::giveUp);
        boolean mayAsk = migration.settings().traversal() && why != SuspensionCause.NO_ADDRESS;
        if (mayAsk) {
            long quarterNanos = lastsNanos / 4;
            lastQuestion = control().callAt(nowNanos + lastsNanos - quarterNanos, migration::askUnchangedAddress);
        }
        migration.tell(
                why == SuspensionCause.NO_ADDRESS ? new MigrationEvent.Suspended(why) : new MigrationEvent.Waiting(why),
                nowNanos);
        if (begins) {
            migration.count(MigrateCounter.WAITS);
            migration.extension().listener().onSuspended(migration, why, Duration.ofNanos(lastsNanos));
            migration.extension().suspensionBegan(migration, nowNanos);
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
            end = control().callAt(endNanos, this::giveUp);
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
            migration.extension().suspensionEnded(migration);
        }
    }

    /** The address that the connection lives at is gone. */
    void addressLost(long nowNanos) {
        if (cause != SuspensionCause.NO_ADDRESS) {
            suspendHere();
            begin(SuspensionCause.NO_ADDRESS, longestWaitNanos(), nowNanos);
        }
    }

    /** The peer began a move, did not complete it, and has been silent on the old path since. */
    void moveUnfinished(long nowNanos) {
        if (!isActive() && mayWait()) {
            suspendHere();
            begin(SuspensionCause.MOVE_UNFINISHED, migration.settings().waitNanos(), nowNanos);
        }
    }

    /** TCP would end the connection for {@code abort}. @return whether it waits instead */
    boolean mayLiveOn(AbortCause abort, long nowNanos) {
        if (givingUp || !migration.isNegotiated() || !mayWait()) {
            return false;
        }
        if (isActive()) {
            return true;
        }
        boolean longWait = abort != AbortCause.RESET || migration.mover().isAsking();
        long lastsNanos = longWait ? longestWaitNanos() : migration.settings().waitNanos();
        begin(SuspensionCause.of(abort), lastsNanos, nowNanos);
        boolean asks = cause == SuspensionCause.PEER_SILENT
                || cause == SuspensionCause.RESET && migration.exchange().asksAfterReset();
        if (asks) {
            control().callAt(nowNanos, migration::askUnchangedAddress);
        }
        return !givingUp;
    }

    /** While the connection waits, a segment of its stream came on the path that it had. */
    void oldPathLives(long nowNanos) {
        boolean hasAddress = isActive() && cause != SuspensionCause.NO_ADDRESS;
        if (!hasAddress) {
            return;
        }
        if (migration.mover().isAskingAt(control().tuple()) || migration.mover().isForThaw()) {
            migration.stopAsking();
        }
        long suspendedNanos = elapsedNanos(nowNanos);
        end();
        control().resume(nowNanos);
        resumed(suspendedNanos, nowNanos);
    }

    /** The connection has a path again, after {@code suspendedNanos}. */
    void resumed(long suspendedNanos, long nowNanos) {
        migration.tell(new MigrationEvent.Resumed(suspendedNanos), nowNanos);
        migration.extension().listener().onResumed(migration, Duration.ofNanos(suspendedNanos));
    }

    /** More wait than may: this one has waited longest. */
    void giveUpForRoom(long nowNanos) {
        migration.count(MigrateCounter.GIVEN_UP_FOR_ROOM);
        migration.tell(new MigrationEvent.NoRoomToWait(elapsedNanos(nowNanos)), nowNanos);
        giveUp(nowNanos);
    }

    /** Waited in vain, or too many wait. */
    private void giveUp(long nowNanos) {
        SuspensionCause why = cause;
        if (why == null) {
            return;
        }
        givingUp = true;
        migration.stopAsking();
        migration.responder().discardAll();
        end();
        migration.count(MigrateCounter.GIVEN_UP);
        migration.tell(new MigrationEvent.GaveUp(why), nowNanos);
        control().abort(why.abortCause(), nowNanos);
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

    /** With the peer's FIN here and only ours unacknowledged nobody waits for anything: that is not kept for a day. */
    private long longestWaitNanos() {
        StreamOffsets offsets = control().offsets();
        boolean isAllButOver =
                (control().state() == TcpState.LAST_ACK || control().state() == TcpState.CLOSING)
                        && offsets.sndMax() - offsets.sndUna() <= 1;
        long windowNanos = migration.resumeWindow().toNanos();
        return isAllButOver ? Math.min(windowNanos, migration.settings().waitNanos()) : windowNanos;
    }

    private ConnectionControl control() {
        return migration.control();
    }

    private void suspendHere() {
        if (!control().isSuspended()) {
            control().suspend();
        }
    }

    /** In CLOSING and LAST_ACK a reset takes nothing away that anybody waits for, but text that has not arrived. */
    private boolean mayWait() {
        return switch (control().state()) {
            case ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT -> true;
            case CLOSING, LAST_ACK ->
                control().offsets().sndMax() - control().offsets().sndUna() > 1;
            case CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED, TIME_WAIT -> false;
        };
    }
}
