package net.sojourn.migrate;

import java.util.Optional;
import net.sojourn.migrate.classic.Serial;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.spi.ConnectionControl;
import net.sojourn.stack.spi.ConnectionControl.WireNumbers;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.PathHandshake.Passage;
import net.sojourn.stack.spi.PendingPath;
import net.sojourn.stack.spi.SegmentView;
import org.jspecify.annotations.Nullable;

/**
 * One pair of endpoints that is being tried for a connection: we asked there, or answered there, or both when the two
 * ends' requests crossed. Judges what arrives; what follows from it is {@link Migration}'s. Loop thread only.
 *
 * <p>A SYN of a move takes no sequence number and names no request, so an answer is known by its numbers alone: they must
 * fit the stream. The lower bound is SND.UNA as it was when we spoke first, because acknowledgements on the old path may
 * overtake the answer on the new one.
 */
final class ClassicHandshake {

    private final Migration migration;
    private final FourTuple tuple;
    private final PendingPath path;
    private final long startedNanos;
    private final int sndUnaAtStart;
    private final int rcvNxtAtStart;

    private boolean asked;
    private int askedS;
    private boolean thaw;
    private @Nullable Answer answer;

    /** @throws IllegalStateException if another connection owns {@code tuple} */
    ClassicHandshake(Migration migration, FourTuple tuple, long nowNanos) {
        this.migration = migration;
        this.tuple = tuple;
        this.startedNanos = nowNanos;
        WireNumbers numbers = migration.control().numbers(nowNanos);
        this.sndUnaAtStart = numbers.sndUna();
        this.rcvNxtAtStart = numbers.rcvNxt();
        this.path = migration.control().openPath(tuple, this::segmentArrives);
    }

    FourTuple tuple() {
        return tuple;
    }

    PendingPath path() {
        return path;
    }

    long startedNanos() {
        return startedNanos;
    }

    /** Sends our Migrate SYN. {@code askedForThaw}: nobody wants another path, any sign of life will do. */
    void ask(HandshakeSegment syn, boolean askedForThaw, long nowNanos) {
        asked = true;
        askedS = syn.seq();
        thaw = askedForThaw;
        path.send(syn, nowNanos);
    }

    void stopAsking() {
        asked = false;
    }

    /** Remembers and sends the SYN/ACK that answers the peer's request here. */
    Answer answer(HandshakeSegment synAck, long nowNanos) {
        Answer given = new Answer(synAck);
        answer = given;
        given.send(nowNanos);
        return given;
    }

    Optional<Answer> answer() {
        return Optional.ofNullable(answer);
    }

    void stopAnswering() {
        if (answer != null) {
            answer.cancelDeadline();
            answer = null;
        }
    }

    /** Whether the stream has gone on, on the path that it had, since we spoke first. */
    boolean sawLifeElsewhere(long nowNanos) {
        WireNumbers numbers = migration.control().numbers(nowNanos);
        return numbers.sndUna() != sndUnaAtStart || numbers.rcvNxt() != rcvNxtAtStart;
    }

    private Passage segmentArrives(SegmentView segment, long nowNanos) {
        if (segment.has(SegmentView.RST)) {
            return resetArrives(segment, nowNanos);
        }
        if (segment.has(SegmentView.SYN)) {
            return synArrives(segment, nowNanos);
        }
        if (!segment.has(SegmentView.ACK) || !fits(segment, nowNanos)) {
            return ordinary();
        }
        if (answer != null) {
            migration.pathProved(this, segment, nowNanos);
            return Passage.TO_TCP;
        }
        if (asked && thaw && isActivePath()) {
            migration.thawed();
            return Passage.TO_TCP;
        }
        return ordinary();
    }

    private Passage synArrives(SegmentView segment, long nowNanos) {
        if (!segment.has(SegmentView.ACK) || !asked) {
            return ordinary();
        }
        if (!fits(segment, nowNanos)) {
            migration.count(MigrateCounter.SYN_ACKS_OUT_OF_RANGE);
            return Passage.DROP;
        }
        migration.pathProved(this, segment, nowNanos);
        return Passage.CONSUMED;
    }

    private Passage resetArrives(SegmentView segment, long nowNanos) {
        if (asked && segment.has(SegmentView.ACK) && segment.ack() == askedS + 1) {
            migration.requestReset(nowNanos);
            return Passage.CONSUMED;
        }
        if (!isActivePath() && answer != null && segment.seq() == answer.synAck.ack()) {
            migration.answerReset(this);
            return Passage.CONSUMED;
        }
        return ordinary();
    }

    /** What is not the handshake's concern: the connection's on its own path, nobody's elsewhere. */
    private Passage ordinary() {
        return isActivePath() ? Passage.TO_TCP : Passage.DROP;
    }

    private boolean isActivePath() {
        return tuple.equals(migration.control().tuple());
    }

    private boolean fits(SegmentView segment, long nowNanos) {
        WireNumbers numbers = migration.control().numbers(nowNanos);
        // A SYN of a move quotes the octet before the first that it could stand for.
        int firstOctet = segment.has(SegmentView.SYN) ? segment.seq() + 1 : segment.seq();
        return !migration.isOlderThanLast(segment, numbers)
                && Serial.isBetween(sndUnaAtStart, segment.ack(), numbers.sndMax())
                && Serial.isNear(firstOctet, numbers.rcvNxt(), Migration.largestWindowBytes(numbers));
    }

    /** A SYN/ACK of ours and how often it went out. */
    final class Answer {

        private final HandshakeSegment synAck;
        private int transmissions;
        private ConnectionControl.@Nullable Deadline deadline;

        private Answer(HandshakeSegment synAck) {
            this.synAck = synAck;
        }

        HandshakeSegment synAck() {
            return synAck;
        }

        int transmissions() {
            return transmissions;
        }

        void send(long nowNanos) {
            transmissions++;
            path.send(synAck, nowNanos);
        }

        /** Again because the peer asked again: the timer's count stands. */
        void repeat(long nowNanos) {
            path.send(synAck, nowNanos);
        }

        void setDeadline(ConnectionControl.Deadline next) {
            cancelDeadline();
            deadline = next;
        }

        void cancelDeadline() {
            if (deadline != null) {
                deadline.cancel();
                deadline = null;
            }
        }
    }
}
