package net.sojourn.migrate;

import net.sojourn.migrate.classic.Serial;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.spi.ConnectionControl;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.PathHandshake.Passage;
import net.sojourn.stack.spi.PendingPath;
import net.sojourn.stack.spi.SegmentView;
import org.jspecify.annotations.Nullable;

/**
 * Repeats the mover's proof until the fixed host is heard on the new path: it takes nothing from there, and sends nothing,
 * before it has it. Loop thread only.
 */
final class Proving {

    private static final long FIRST_REPEAT_NANOS = 250_000_000L;
    private static final int TRANSMISSIONS = 8;

    private final Migration migration;
    private @Nullable HandshakeSegment proof;
    private Runnable heard = () -> {};
    private @Nullable PendingPath ear;
    private ConnectionControl.@Nullable Deadline deadline;
    private int transmissions;
    private boolean early;
    private int proofTsVal;

    Proving(Migration migration) {
        this.migration = migration;
    }

    /**
     * {@code segment} has gone out once.
     *
     * @param textMayComeBefore the fixed host may speak before it has the proof
     * @param tsVal the proof's timestamp: what the fixed host echoes tells whether it has it
     */
    void begin(HandshakeSegment segment, boolean textMayComeBefore, int tsVal, Runnable whenHeard) {
        proof = segment;
        early = textMayComeBefore;
        proofTsVal = tsVal;
        heard = whenHeard;
        transmissions = 1;
    }

    /** The path is the connection's now. */
    void listen(long nowNanos) {
        if (proof != null) {
            ear = migration.control().openPath(migration.control().tuple(), this::segmentArrives);
            arm(nowNanos);
        }
    }

    boolean isUnderWay() {
        return proof != null;
    }

    void freeze(StateWriter out) {
        HandshakeSegment segment = proof;
        if (segment != null) {
            FrozenSegments.write(segment, out);
            out.flag(early).number32(proofTsVal);
        }
    }

    /** What {@link #freeze} wrote; {@link #goOn} follows. */
    void thaw(StateReader in, Runnable whenHeard) throws FrozenStateException {
        HandshakeSegment segment = FrozenSegments.read(in);
        begin(segment, in.flag("proof"), in.number32("proof"), whenHeard);
    }

    /** The fixed host may never have heard the proof. */
    void goOn(long nowNanos) {
        if (proof != null) {
            listen(nowNanos);
            migration.control().callAt(nowNanos, this::repeat);
        }
    }

    void stop() {
        proof = null;
        if (ear != null) {
            ear.discard();
            ear = null;
        }
        if (deadline != null) {
            deadline.cancel();
            deadline = null;
        }
    }

    private Passage segmentArrives(SegmentView segment, long nowNanos) {
        if (segment.has(SegmentView.SYN) && segment.has(SegmentView.ACK)) {
            repeat(nowNanos); // it has not had our proof
            return Passage.CONSUMED;
        }
        boolean tells = !early || segment.hasTimestamps() && Serial.distance(proofTsVal, segment.tsEcr()) >= 0;
        if (tells && segment.has(SegmentView.ACK) && !segment.has(SegmentView.RST)) {
            stop();
            heard.run();
        }
        return Passage.TO_TCP;
    }

    private void repeat(long nowNanos) {
        if (proof != null && ear != null) {
            transmissions++;
            ear.send(proof, nowNanos);
        }
    }

    private void arm(long nowNanos) {
        long delayNanos = FIRST_REPEAT_NANOS << (transmissions - 1);
        deadline = migration.control().callAt(nowNanos + delayNanos, now -> {
            repeat(now);
            if (transmissions < TRANSMISSIONS) {
                arm(now);
            }
        });
    }
}
