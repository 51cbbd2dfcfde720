package net.sojourn.migrate;

import java.util.Optional;
import net.sojourn.migrate.classic.Serial;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.FrozenStateException.Reason;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.spi.ConnectionControl;
import net.sojourn.stack.spi.ConnectionControl.StreamOffsets;
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
 * <p>Numbers must lie between where the stream was when we spoke first, because acknowledgements on the old path may
 * overtake the answer on the new one, and where it is now.
 */
final class PathAttempt {

    /** RFC 9000 8.1 has the same factor for the same reason. */
    private static final int AMPLIFICATION = 3;

    private static final int MAX_OPTION_BYTES = 40;
    private static final byte[] NO_HEAD = new byte[0];

    private final Migration migration;
    private final FourTuple tuple;
    private final PendingPath path;
    private final long startedNanos;
    private final int sndUnaAtStart;
    private final StreamOffsets offsetsAtStart;
    private long takenHereBytes;

    private boolean asked;
    private int askedS;
    private boolean thaw;
    private int payloadOnSyn;
    private int receivedBytes;
    private int sentBytes;
    private @Nullable Answer answer;

    /** What was answered before {@link #answer}, to another form of the same SYN: its proof may be under way. */
    private @Nullable Answer former;

    /** @throws IllegalStateException if another connection owns {@code tuple} */
    PathAttempt(Migration migration, FourTuple tuple, long nowNanos) {
        this.migration = migration;
        this.tuple = tuple;
        this.startedNanos = nowNanos;
        this.sndUnaAtStart = migration.control().numbers(nowNanos).sndUna();
        this.offsetsAtStart = migration.control().offsets();
        this.path = migration.control().openPath(tuple, this::segmentArrives);
    }

    private PathAttempt(Migration migration, StateReader in, long nowNanos) throws FrozenStateException {
        this.migration = migration;
        this.tuple = in.tuple("4-tuple of a move");
        this.startedNanos = nowNanos;
        this.sndUnaAtStart = in.number32("SND.UNA of a move");
        this.offsetsAtStart = new StreamOffsets(
                in.number64("offset of a move"), in.number64("offset of a move"), in.number64("offset of a move"));
        this.receivedBytes = in.number32("octets of a move", 0, Integer.MAX_VALUE / AMPLIFICATION);
        this.sentBytes = in.number32("octets of a move", 0, Integer.MAX_VALUE);
        try {
            this.path = migration.control().openPath(tuple, this::segmentArrives);
        } catch (IllegalStateException ownedByAnotherConnection) {
            throw new FrozenStateException(
                    Reason.INCONSISTENT, "the frozen state has a move to where another connection is");
        }
        for (int count = 1 + in.octet("number of answers", 1); count > 0; count--) {
            former = answer;
            HandshakeSegment synAck = FrozenSegments.read(in);
            Answer given = new Answer(migration.exchange().thawReply(this, synAck, in));
            given.transmissions = 1;
            answer = given;
        }
    }

    /** {@code latest} answer, which nobody has proved yet, and the one before it; for {@link #thaw}. */
    void freeze(Answer latest, StateWriter out) {
        out.tuple(tuple)
                .number32(sndUnaAtStart)
                .number64(offsetsAtStart.sndUna())
                .number64(offsetsAtStart.sndMax())
                .number64(offsetsAtStart.rcvNxt())
                .number32(receivedBytes)
                .number32(sentBytes);
        Answer before = former;
        out.octet(before == null ? 0 : 1);
        if (before != null) {
            before.freeze(out);
        }
        latest.freeze(out);
    }

    /** What {@link #freeze} wrote. */
    static PathAttempt thaw(Migration migration, StateReader in, long nowNanos) throws FrozenStateException {
        return new PathAttempt(migration, in, nowNanos);
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
        askWithText(syn, NO_HEAD, 0, 0, askedForThaw, nowNanos);
    }

    /** As {@link #ask}, with a payload. @return octets of text that went along, from {@code from} on */
    int askWithText(
            HandshakeSegment syn, byte[] head, long from, int maxTextBytes, boolean askedForThaw, long nowNanos) {
        if (!asked || askedS != syn.seq()) {
            payloadOnSyn = 0;
        }
        asked = true;
        askedS = syn.seq();
        thaw = askedForThaw;
        int textBytes = path.sendWithText(syn, head, from, maxTextBytes, nowNanos);
        payloadOnSyn = Math.max(payloadOnSyn, head.length + textBytes);
        migration.count(MigrateCounter.MIGRATE_SYNS_SENT);
        return textBytes;
    }

    void stopAsking() {
        asked = false;
    }

    /** Takes what follows the first {@code headBytes} behind a SYN of the peer's: its octets from {@code from} on. */
    void takeText(SegmentView syn, int headBytes, long from, long nowNanos) {
        long before = migration.control().offsets().rcvNxt();
        path.takeText(syn, headBytes, from, nowNanos);
        takenHereBytes += migration.control().offsets().rcvNxt() - before;
    }

    /** Remembers and sends the SYN/ACK that answers the peer's request here. */
    Answer answer(Exchange.Reply reply, long nowNanos) {
        Answer given = new Answer(reply);
        if (answer != null) {
            answer.cancelDeadline();
        }
        former = answer;
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
        former = null;
    }

    /** Whether the stream has gone on, on the path that it had, since we spoke first. */
    boolean sawLifeElsewhere() {
        StreamOffsets now = migration.control().offsets();
        return now.sndUna() != offsetsAtStart.sndUna() || now.rcvNxt() != offsetsAtStart.rcvNxt() + takenHereBytes;
    }

    /** Whether the peer may say, by this path, that it has {@code rcvOffset} octets of our stream. */
    boolean mayHaveReceived(int rcvOffset) {
        StreamOffsets now = migration.control().offsets();
        return Serial.isBetween((int) offsetsAtStart.sndUna(), rcvOffset, (int) now.sndMax());
    }

    /** Our octet {@code sndOffset} is behind our SYN here, the peer's {@code rcvOffset} behind its own. */
    void number(int ourSeq, int sndOffset, int peerSeq, int rcvOffset) {
        StreamOffsets now = migration.control().offsets();
        path.renumber(
                ourSeq + 1 + Serial.distance(sndOffset, (int) now.sndUna()),
                peerSeq + 1 + Serial.distance(rcvOffset, (int) now.rcvNxt()));
    }

    /** The numbers of what was asked and answered: an answer must quote the first, a reset either. */
    int askedSeq() {
        return askedS;
    }

    /** The most octets that went with a SYN of our last request: its answer acknowledges some or all of them. */
    int payloadOnSyn() {
        return payloadOnSyn;
    }

    /** A SYN of the peer's came from there: what may be sent back grows. */
    void heard(SegmentView syn) {
        receivedBytes += headerBytes() + MAX_OPTION_BYTES + syn.payloadBytes();
    }

    /** Octets of packets that may still go to the unproved place. */
    int allowanceBytes() {
        return AMPLIFICATION * receivedBytes - sentBytes;
    }

    void spent(int packetBytes) {
        sentBytes += packetBytes;
    }

    private int headerBytes() {
        return (tuple.peerAddress().isIpv4() ? 20 : 40) + 20;
    }

    private Passage segmentArrives(SegmentView segment, long nowNanos) {
        if (segment.has(SegmentView.RST)) {
            return resetArrives(segment, nowNanos);
        }
        if (segment.has(SegmentView.SYN)) {
            return synArrives(segment, nowNanos);
        }
        if (!segment.has(SegmentView.ACK)) {
            return ordinary();
        }
        Answer proved = provedBy(segment, nowNanos);
        if (proved != null) {
            if (proved.reply.probe()) {
                migration.probeProved(this, nowNanos);
                return Passage.CONSUMED;
            }
            migration.pathProved(this, segment, nowNanos);
            return Passage.TO_TCP;
        }
        if (asked && thaw && isActivePath() && fits(segment, nowNanos)) {
            migration.thawed();
            return Passage.TO_TCP;
        }
        return ordinary();
    }

    private @Nullable Answer provedBy(SegmentView segment, long nowNanos) {
        if (answer != null && answer.reply.check().isProof(segment, nowNanos)) {
            return answer;
        }
        return former != null && former.reply.check().isProof(segment, nowNanos) ? former : null;
    }

    private Passage synArrives(SegmentView segment, long nowNanos) {
        if (!segment.has(SegmentView.ACK) || !asked) {
            return ordinary();
        }
        if (!migration.exchange().isAnswer(this, segment, nowNanos)) {
            migration.count(MigrateCounter.SYN_ACKS_OUT_OF_RANGE);
            migration.exchange().refusalOfAnswer(this, segment).ifPresent(no -> path.send(no, nowNanos));
            return Passage.DROP;
        }
        if (migration.isProbing(this)) {
            migration.probeAnswered(segment, nowNanos);
            return Passage.CONSUMED;
        }
        if (migration.yieldsToPeersRequest(this)) {
            return Passage.DROP;
        }
        migration.pathProved(this, segment, nowNanos);
        return Passage.CONSUMED;
    }

    private Passage resetArrives(SegmentView segment, long nowNanos) {
        boolean quotesRequest = Serial.isBetween(askedS + 1, segment.ack(), askedS + 1 + payloadOnSyn);
        if (asked && segment.has(SegmentView.ACK) && quotesRequest && !migration.isProbing(this)) {
            migration.requestReset(migration.exchange().refusalIn(segment), nowNanos);
            return Passage.CONSUMED;
        }
        if (!isActivePath()
                && answer != null
                && segment.seq() == answer.synAck().ack()) {
            if (migration.exchange().isRefusalOfAnswer(this, segment)) {
                migration.answerReset(this);
            } else {
                answer.mute();
            }
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

    /** Whether the segment's numbers, as those of the active path, fit the stream. */
    boolean fits(SegmentView segment, long nowNanos) {
        WireNumbers numbers = migration.control().numbers(nowNanos);
        // A SYN of a move quotes the octet before the first that it could stand for.
        int firstOctet = segment.has(SegmentView.SYN) ? segment.seq() + 1 : segment.seq();
        return !migration.isOlderThanLast(segment, numbers)
                && Serial.isBetween(sndUnaAtStart, segment.ack(), numbers.sndMax())
                && Serial.isNear(firstOctet, numbers.rcvNxt(), Migration.largestWindowBytes(numbers));
    }

    /** A SYN/ACK of ours and how often it went out. */
    final class Answer {

        private final Exchange.Reply reply;
        private int transmissions;
        private boolean muted;
        private ConnectionControl.@Nullable Deadline deadline;

        private Answer(Exchange.Reply reply) {
            this.reply = reply;
        }

        HandshakeSegment synAck() {
            return reply.synAck();
        }

        int requestSeq() {
            return reply.requestSeq();
        }

        private void freeze(StateWriter out) {
            FrozenSegments.write(synAck(), out);
            reply.check().freeze(out);
        }

        int transmissions() {
            return transmissions;
        }

        void send(long nowNanos) {
            transmissions++;
            if (!muted) {
                repeat(nowNanos);
            }
        }

        /** Somebody there, who need not be the mover, does not want it: no more of its own accord. */
        void mute() {
            muted = true;
        }

        /** Again because the peer asked again: the timer's count stands. */
        void repeat(long nowNanos) {
            int packetBytes = headerBytes() + synAck().options().length;
            if (!migration.exchange().limitsAmplification() || packetBytes <= allowanceBytes()) {
                spent(packetBytes);
                path.send(synAck(), nowNanos);
            }
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
