package net.sojourn.migrate;

import java.util.Optional;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.spi.ConnectionControl;
import org.jspecify.annotations.Nullable;

/**
 * Our own requests: sends and repeats the Migrate SYN. Loop thread only. protocol.md 2.3, 15.4.
 *
 * <p>Six SYNs, 1 s after each other and doubling. Then, if the connection has no other path to live on, on at 5 s and at
 * last at 30 s. A deadline that passes late, because the loop was held up, waits once more: the answer may be among what has
 * arrived since, and a new request would make it worthless, for thousands of connections at once.
 */
final class Mover {

    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int ATTEMPTS = 6;
    private static final int SLOW_ATTEMPTS = 12;

    private static final long HELD_UP_NANOS = 100_000_000L;

    /** A peer that resets what asks for it has most likely forgotten the connection. */
    private static final int ATTEMPTS_IN_TIME_WAIT_AFTER_RESET = 2;

    private final Migration migration;

    private @Nullable PathAttempt attempt;
    private boolean thaw;
    private boolean resetByPeer;
    private int timeouts;
    private long dueNanos;
    private boolean waitedOnceMore;
    private ConnectionControl.@Nullable Deadline deadline;

    Mover(Migration migration) {
        this.migration = migration;
    }

    boolean isAsking() {
        return attempt != null;
    }

    boolean isAskingAt(FourTuple tuple) {
        return attempt != null && attempt.tuple().equals(tuple);
    }

    @Nullable
    PathAttempt attempt() {
        return attempt;
    }

    /** Whether the SYN of the move under way has had to be repeated. */
    boolean hasTimedOut() {
        return timeouts > 0;
    }

    /**
     * Begins to ask at {@code here}, which may have an answer of ours pending already.
     *
     * @param forThaw nobody wants another path: any sign of life ends it
     * @return false if every request is used up; then {@code here} is untouched
     */
    boolean start(PathAttempt here, boolean forThaw, long nowNanos) {
        Exchange exchange = migration.exchange();
        if (!exchange.servesAgain(here.tuple(), nowNanos) && !exchange.newRequest(here.tuple(), 0, nowNanos)) {
            return false;
        }
        attempt = here;
        thaw = forThaw;
        timeouts = 0;
        resetByPeer = false;
        send(here, nowNanos);
        return true;
    }

    /** Ends the asking without a word. The attempt itself is the caller's to discard. */
    void stop() {
        if (attempt != null) {
            attempt.stopAsking();
            attempt = null;
        }
        if (deadline != null) {
            deadline.cancel();
            deadline = null;
        }
    }

    /** Goes on at another place of the peer's. The attempt that is left is the caller's to discard. */
    void askInsteadAt(PathAttempt there, long nowNanos) {
        if (deadline != null) {
            deadline.cancel();
        }
        if (attempt != null) {
            attempt.stopAsking();
        }
        Exchange exchange = migration.exchange();
        if (!exchange.servesAgain(there.tuple(), nowNanos)) {
            exchange.newRequest(there.tuple(), timeouts, nowNanos); // with all used up the old request is repeated
        }
        attempt = there;
        send(there, nowNanos);
    }

    /** The peer answered: this request will not be used again. */
    void confirm() {
        migration.exchange().answered();
        stop();
    }

    void requestReset() {
        resetByPeer = true;
    }

    /** The peer itself wants the same move in another form. */
    void askOtherwise(long nowNanos) {
        PathAttempt here = attempt;
        if (here != null && deadline != null) {
            deadline.cancel();
            migration.exchange().timedOut(here.tuple(), timeouts, nowNanos);
            send(here, nowNanos);
        }
    }

    /** Whether any sign of life will do. */
    boolean isForThaw() {
        return attempt != null && thaw;
    }

    /** Whether the regular attempts are over, so that a reset is not one of a peer that is on its way. */
    boolean isPersisting() {
        return attempt != null && timeouts >= ATTEMPTS;
    }

    private void send(PathAttempt here, long nowNanos) {
        Exchange exchange = migration.exchange();
        exchange.ask(here, timeouts, thaw, nowNanos);
        waitedOnceMore = false;
        arm(nowNanos);
        int number = exchange.requestNumber();
        migration.tell(new MigrationEvent.MigrateSynSent(here.tuple(), number, timeouts + 1), nowNanos);
    }

    private void arm(long nowNanos) {
        dueNanos = nowNanos + timeoutNanos();
        deadline = migration.control().callAt(dueNanos, this::deadlinePasses);
    }

    private void deadlinePasses(long nowNanos) {
        PathAttempt here = attempt;
        if (here == null) {
            return;
        }
        if (nowNanos - dueNanos > HELD_UP_NANOS && !waitedOnceMore) {
            waitedOnceMore = true;
            arm(nowNanos);
            return;
        }
        timeouts++;
        boolean isForgotten =
                resetByPeer && !migration.isInMovableState() && timeouts >= ATTEMPTS_IN_TIME_WAIT_AFTER_RESET;
        if ((timeouts == ATTEMPTS || isForgotten) && !migration.attemptsEnd(resetByPeer, nowNanos)) {
            return;
        }
        Optional<FourTuple> elsewhere = migration.rendezvous().nextPlaceToAsk(here.tuple(), timeouts, nowNanos);
        boolean fromHere = elsewhere
                .map(tuple -> tuple.localAddress().equals(here.tuple().localAddress())
                        && tuple.localPort() == here.tuple().localPort())
                .orElse(true);
        if (fromHere) {
            migration.exchange().timedOut(here.tuple(), timeouts, nowNanos);
        }
        boolean moved = elsewhere.isPresent()
                && migration.askInsteadAt(elsewhere.get(), nowNanos).isPresent();
        if (!moved) {
            send(here, nowNanos);
        }
    }

    private long timeoutNanos() {
        if (timeouts < ATTEMPTS) {
            return SECOND_NANOS << timeouts;
        }
        long stepNanos = timeouts < ATTEMPTS + SLOW_ATTEMPTS ? 5 * SECOND_NANOS : 30 * SECOND_NANOS;
        long fifth = stepNanos / 5;
        return stepNanos - fifth + 2 * fifth / 1_000 * migration.random().nextInt(1_000);
    }
}
