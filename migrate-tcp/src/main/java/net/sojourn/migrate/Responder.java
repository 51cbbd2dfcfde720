package net.sojourn.migrate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.sojourn.migrate.classic.MigrateOption;
import net.sojourn.migrate.classic.MigrateSegments;
import net.sojourn.migrate.classic.ReqNo;
import net.sojourn.migrate.classic.Serial;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.spi.ConnectionControl.WireNumbers;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.SegmentView;
import org.jspecify.annotations.Nullable;

/**
 * The peer's requests: judges them, answers, repeats the SYN/ACK. Loop thread only. protocol.md 2.4, 2.5, 2.6, 5.3.
 *
 * <p>A request covers no address, so somebody who copies it can race its sender. Hence nothing moves when it arrives:
 * each source is answered, and the first that speaks within the stream at its end wins.
 */
final class Responder {

    /** What a Migrate SYN is worth to one connection. */
    enum Judgement {
        /** The first of its number, and genuine. */
        NEW,
        /** The latest once more, and genuine. */
        REPEATED,
        /** Late, replayed, reflected or out of place: silence. */
        STALE,
        /** Not made by who knows the secret. */
        FORGED
    }

    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int TRANSMISSIONS = 5;
    private static final int MAX_CANDIDATES = 4;

    private final Migration migration;
    private final List<ClassicHandshake> candidates = new ArrayList<>(1);
    private int lastReqNo = -1;
    private @Nullable HandshakeSegment lastSynAck;
    private int lastMssOption = -1;

    Responder(Migration migration) {
        this.migration = migration;
    }

    boolean isAnswering() {
        return !candidates.isEmpty();
    }

    Optional<ClassicHandshake> candidateAt(FourTuple tuple) {
        return candidates.stream().filter(c -> c.tuple().equals(tuple)).findFirst();
    }

    Judgement judge(SegmentView syn, MigrateOption option, long nowNanos) {
        boolean repeated = option.reqNo() == lastReqNo;
        if (lastReqNo >= 0 && !repeated && !ReqNo.isLater(option.reqNo(), lastReqNo)) {
            return stale(MigrateCounter.STALE_REQUESTS);
        }
        // No third host was ever given our secret: whoever says so is not believed.
        if (option.preload()
                || !migration.secret().request(syn.seq(), option.reqNo()).equals(option.request())) {
            return Judgement.FORGED;
        }
        if (migration.sentItself(syn.seq(), option)) {
            return stale(MigrateCounter.REFLECTED_REQUESTS);
        }
        if (!migration.isInMovableState()) {
            return stale(MigrateCounter.STALE_REQUESTS);
        }
        WireNumbers numbers = migration.control().numbers(nowNanos);
        // 2.6: the numbers have wrapped, and somebody plays a recording.
        if (!repeated && !Serial.isNear(syn.seq() + 1, numbers.rcvNxt(), Migration.largestWindowBytes(numbers))) {
            return stale(MigrateCounter.STALE_REQUESTS);
        }
        return repeated ? Judgement.REPEATED : Judgement.NEW;
    }

    /** Answers a request that was judged {@link Judgement#NEW}. */
    void newRequest(SegmentView syn, FourTuple tuple, MigrateOption option, long nowNanos) {
        if (!isAnswering() && !migration.mayAnswerOneMore()) {
            migration.count(MigrateCounter.HANDSHAKES_REFUSED);
            return;
        }
        discardAll();
        Optional<ClassicHandshake> here = handshakeAt(tuple, nowNanos);
        if (here.isEmpty()) {
            migration.count(MigrateCounter.HANDSHAKES_REFUSED);
            return;
        }
        lastReqNo = option.reqNo();
        WireNumbers numbers = migration.control().numbers(nowNanos);
        boolean traversal = migration.settings().traversal();
        HandshakeSegment synAck = MigrateSegments.synAck(
                numbers, syn, traversal, here.get().path().mssBytes());
        lastSynAck = synAck;
        lastMssOption = syn.mssOption();
        answer(here.get(), synAck, nowNanos);
        migration.tell(new MigrationEvent.MigrateSynReceived(tuple, lastReqNo), nowNanos);
    }

    /** Answers a request that was judged {@link Judgement#REPEATED}: with the same SYN/ACK. */
    void repeatedRequest(FourTuple tuple, long nowNanos) {
        HandshakeSegment synAck = lastSynAck;
        if (synAck == null) {
            return;
        }
        Optional<ClassicHandshake.Answer> given = candidateAt(tuple).flatMap(ClassicHandshake::answer);
        if (given.isPresent()) {
            given.get().repeat(nowNanos);
        } else if (isAnswering()) {
            anotherSource(tuple, synAck, nowNanos);
        } else if (tuple.equals(migration.control().tuple())) {
            // Complete already: the peer's SYN was late, or its SYN/ACK lost and our next segment is on its way.
            answerOnce(tuple, synAck, nowNanos);
        }
    }

    /** The move is complete, or overtaken: no SYN/ACK will be repeated. */
    void discardAll() {
        while (isAnswering()) {
            discard(candidates.get(0));
        }
    }

    /** The stack has dropped the paths: only the count of pending answers is left. */
    void connectionClosed() {
        while (isAnswering()) {
            forget(candidates.get(0));
        }
    }

    /** {@code won} has become the connection's path; the rest is forgotten. */
    void commit(ClassicHandshake won) {
        forget(won);
        discardAll();
    }

    /** Forgets one source. Its path stays open if we are asking there ourselves. */
    void discard(ClassicHandshake candidate) {
        forget(candidate);
        if (!migration.isAskingAt(candidate.tuple())) {
            candidate.path().discard();
        }
    }

    private void forget(ClassicHandshake candidate) {
        if (candidates.remove(candidate)) {
            candidate.stopAnswering();
            migration.answerEnded();
        }
    }

    // 5.3, A3: one of the two is a copy, and we cannot tell which.
    private void anotherSource(FourTuple tuple, HandshakeSegment synAck, long nowNanos) {
        if (candidates.size() >= MAX_CANDIDATES || !migration.mayAnswerOneMore()) {
            migration.count(MigrateCounter.HANDSHAKES_REFUSED);
            return;
        }
        handshakeAt(tuple, nowNanos).ifPresent(here -> answer(here, synAck, nowNanos));
    }

    private void answerOnce(FourTuple tuple, HandshakeSegment synAck, long nowNanos) {
        ClassicHandshake asking = migration.askingAt(tuple).orElse(null);
        if (asking != null) {
            asking.path().send(synAck, nowNanos);
            return;
        }
        handshakeAt(tuple, nowNanos).ifPresent(here -> {
            here.path().send(synAck, nowNanos);
            here.path().discard();
        });
    }

    private void answer(ClassicHandshake here, HandshakeSegment synAck, long nowNanos) {
        candidates.add(here);
        migration.answerBegun();
        here.path().peerMss(lastMssOption);
        ClassicHandshake.Answer answer = here.answer(synAck, nowNanos);
        armTimer(here, answer, nowNanos);
    }

    private void armTimer(ClassicHandshake here, ClassicHandshake.Answer answer, long nowNanos) {
        long timeoutNanos = SECOND_NANOS << (answer.transmissions() - 1);
        answer.setDeadline(
                migration.control().callAt(nowNanos + timeoutNanos, now -> deadlinePasses(here, answer, now)));
    }

    private void deadlinePasses(ClassicHandshake here, ClassicHandshake.Answer answer, long nowNanos) {
        if (answer.transmissions() < TRANSMISSIONS) {
            answer.send(nowNanos);
            armTimer(here, answer, nowNanos);
            return;
        }
        boolean oldPathLives = here.sawLifeElsewhere(nowNanos);
        discard(here);
        if (!isAnswering() && !oldPathLives) {
            migration.moveUnfinished(nowNanos);
        }
    }

    private Optional<ClassicHandshake> handshakeAt(FourTuple tuple, long nowNanos) {
        Optional<ClassicHandshake> asking = migration.askingAt(tuple);
        if (asking.isPresent()) {
            return asking; // 8.4: the two ends' requests crossed
        }
        try {
            return Optional.of(new ClassicHandshake(migration, tuple, nowNanos));
        } catch (IllegalStateException ownedByAnotherConnection) {
            return Optional.empty();
        }
    }

    private Judgement stale(MigrateCounter counter) {
        migration.count(counter);
        return Judgement.STALE;
    }
}
