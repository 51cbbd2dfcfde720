package net.sojourn.migrate;

import java.util.function.Predicate;
import net.sojourn.migrate.classic.Serial;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.spi.ConnectionControl;
import net.sojourn.stack.spi.ConnectionExtension;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.PathHandshake.Passage;
import net.sojourn.stack.spi.PendingPath;
import net.sojourn.stack.spi.SegmentView;
import org.jspecify.annotations.Nullable;

/**
 * Repeats the mover's proof, on every segment that has room and by itself, until the fixed host is heard on the new path: it
 * takes nothing from there, and sends nothing, before it has it. Until then what still comes on the path that was left is taken. Loop thread only.
 */
final class Proving {

    private static final long FIRST_REPEAT_NANOS = 250_000_000L;
    private static final int MAX_OPTION_OCTETS = 40;
    private static final int TIMEOUTS = 7;

    /** With another path to live on that is long, and at least as long as this one's retransmission time-out. */
    private static final long BEFORE_RETURN_NANOS = 1_750_000_000L;

    private static final long OLD_PATH_NANOS = 60_000_000_000L;

    private final Migration migration;
    private @Nullable HandshakeSegment proof;
    private byte[] option = ConnectionExtension.NO_OPTION;
    private Predicate<SegmentView> refuses = reset -> false;
    private @Nullable PendingPath ear;
    private ConnectionControl.@Nullable Deadline deadline;
    private int timeouts;
    private long returnNanos;
    private boolean early;
    private int proofTsVal;

    Proving(Migration migration) {
        this.migration = migration;
    }

    /**
     * {@code segment} has gone out once.
     *
     * @param proveOption what it proves with
     * @param textMayComeBefore the fixed host may speak before it has the proof
     * @param tsVal the proof's timestamp: what the fixed host echoes tells whether it has it
     * @param isRefusal whether a reset is the fixed host's proved no
     */
    void begin(
            HandshakeSegment segment,
            byte[] proveOption,
            boolean textMayComeBefore,
            int tsVal,
            Predicate<SegmentView> isRefusal) {
        option = proveOption;
        proof = segment;
        early = textMayComeBefore;
        proofTsVal = tsVal;
        refuses = isRefusal;
        timeouts = 0;
    }

    /** The path is the connection's now. */
    void listen(long nowNanos) {
        if (proof != null) {
            ear = migration.control().openPath(migration.control().tuple(), this::segmentArrives);
            // It moves when it has the proof, and until then speaks on the path that it knows.
            migration.control().listenToFormerPaths(nowNanos + OLD_PATH_NANOS);
            long patienceNanos =
                    Math.max(BEFORE_RETURN_NANOS, migration.control().retransmissionTimeoutNanos());
            returnNanos = nowNanos + patienceNanos;
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
            out.octets(option).flag(early).number32(proofTsVal);
        }
    }

    /** What {@link #freeze} wrote; {@link #goOn} follows. */
    void thaw(StateReader in, Predicate<SegmentView> isRefusal) throws FrozenStateException {
        HandshakeSegment segment = FrozenSegments.read(in);
        byte[] proveOption = in.octets("proof", MAX_OPTION_OCTETS);
        begin(segment, proveOption, in.flag("proof"), in.number32("proof"), isRefusal);
    }

    /** The fixed host may never have heard the proof. */
    void goOn(long nowNanos) {
        if (proof != null) {
            listen(nowNanos);
            migration.control().callAt(nowNanos, this::repeat);
        }
    }

    /** For an ordinary segment of the connection's. */
    byte[] option(int roomBytes) {
        return option.length <= roomBytes ? option : ConnectionExtension.NO_OPTION;
    }

    void stop() {
        option = ConnectionExtension.NO_OPTION;
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
        if (segment.has(SegmentView.RST) && refuses.test(segment)) {
            stop();
            migration.proofRefused(nowNanos);
            return Passage.CONSUMED;
        }
        boolean tells = !early || segment.hasTimestamps() && Serial.distance(proofTsVal, segment.tsEcr()) >= 0;
        if (tells && segment.has(SegmentView.ACK) && !segment.has(SegmentView.RST)) {
            stop();
            ConnectionControl control = migration.control();
            control.listenToFormerPaths(nowNanos + control.retransmissionTimeoutNanos());
        }
        return Passage.TO_TCP;
    }

    private void repeat(long nowNanos) {
        if (proof != null && ear != null) {
            ear.send(proof, nowNanos);
        }
    }

    private void arm(long nowNanos) {
        long delayNanos = FIRST_REPEAT_NANOS << timeouts;
        deadline = migration.control().callAt(nowNanos + delayNanos, now -> {
            repeat(now);
            timeouts++;
            if (now >= returnNanos) {
                returnNanos = Long.MAX_VALUE;
                migration.proofUnheard(now);
            }
            if (proof != null && timeouts < TIMEOUTS) {
                arm(now);
            }
        });
    }
}
