package net.sojourn.migrate;

import net.sojourn.stack.FourTuple;
import net.sojourn.stack.spi.ConnectionControl;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.SegmentView;
import org.jspecify.annotations.Nullable;

/**
 * Tries a path without moving (RFC 9000 9.1 has the idea): a request with flag P, its answer, and a proof, so that both ends
 * know that the path carries segments and whose they are. One at a time, and none beside a move. M2 only; loop thread only.
 */
final class Prober {

    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int TRANSMISSIONS = 3;

    /** For so long the answer is proved again, should the proof be lost; then firewalls are told that it is over. */
    private static final long EAR_NANOS = 3 * SECOND_NANOS;

    private final Migration migration;
    private @Nullable PathAttempt attempt;
    private ConnectionControl.@Nullable Deadline deadline;
    private int transmissions;
    private boolean answered;

    Prober(Migration migration) {
        this.migration = migration;
    }

    boolean isAt(PathAttempt here) {
        return attempt == here;
    }

    boolean isWaiting() {
        return attempt != null && !answered;
    }

    /** @return false if every request is used up, or {@code tuple} is another connection's */
    boolean start(M2Exchange m2, FourTuple tuple, long nowNanos) {
        stop();
        try {
            PathAttempt here = new PathAttempt(migration, tuple, nowNanos);
            if (!m2.newProbe(tuple)) {
                here.path().discard();
                return false;
            }
            attempt = here;
            answered = false;
            transmissions = 0;
            send(here, m2, nowNanos);
            return true;
        } catch (IllegalStateException ownedByAnotherConnection) {
            return false;
        }
    }

    /** Ends it without a word. */
    void stop() {
        if (deadline != null) {
            deadline.cancel();
            deadline = null;
        }
        if (attempt != null) {
            attempt.stopAsking();
            attempt.path().discard();
            attempt = null;
        }
    }

    /** The stack has dropped the connection's paths and deadlines. */
    void connectionClosed() {
        attempt = null;
        deadline = null;
    }

    /** {@code synAck} is genuine. It comes again if our proof was lost. */
    void answerArrives(M2Exchange m2, SegmentView synAck, long nowNanos) {
        PathAttempt here = attempt;
        HandshakeSegment proof =
                here == null ? null : m2.proof(here, synAck, nowNanos).orElse(null);
        if (here == null || proof == null) {
            return;
        }
        here.path().send(proof, nowNanos);
        if (answered) {
            return;
        }
        answered = true;
        m2.answered();
        if (deadline != null) {
            deadline.cancel();
        }
        deadline = migration.control().callAt(nowNanos + EAR_NANOS, now -> end(here, proof, now));
        migration.count(MigrateCounter.PATHS_PROBED);
        migration.tell(new MigrationEvent.PathProbed(here.tuple(), nowNanos - here.startedNanos()), nowNanos);
    }

    private void end(PathAttempt here, HandshakeSegment proof, long nowNanos) {
        int flags = SegmentView.RST | SegmentView.ACK;
        here.path().send(new HandshakeSegment(proof.seq(), proof.ack(), flags, 0, new byte[0]), nowNanos);
        stop();
    }

    private void send(PathAttempt here, M2Exchange m2, long nowNanos) {
        m2.ask(here, transmissions, false, nowNanos);
        long timeoutNanos = SECOND_NANOS << transmissions;
        transmissions++;
        deadline = migration.control().callAt(nowNanos + timeoutNanos, now -> {
            if (transmissions < TRANSMISSIONS) {
                send(here, m2, now);
            } else {
                stop();
                migration.tell(new MigrationEvent.ProbeUnanswered(here.tuple()), now);
            }
        });
    }
}
