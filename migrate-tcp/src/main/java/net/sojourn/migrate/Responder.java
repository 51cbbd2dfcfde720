package net.sojourn.migrate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.SegmentView;

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
        /** Genuine, but what it says of the stream cannot be. */
        UNFIT,
        /** Late, replayed, reflected or out of place: silence. */
        STALE,
        /** Not made by who knows the secret. */
        FORGED
    }

    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int TRANSMISSIONS = 5;
    private static final int MAX_CANDIDATES = 4;

    private final Migration migration;
    private final List<PathAttempt> candidates = new ArrayList<>(1);

    Responder(Migration migration) {
        this.migration = migration;
    }

    boolean isAnswering() {
        return !candidates.isEmpty();
    }

    boolean isAnsweringElsewhere(FourTuple tuple) {
        return candidates.stream().anyMatch(candidate -> !candidate.tuple().equals(tuple));
    }

    Optional<PathAttempt> candidateAt(FourTuple tuple) {
        return candidates.stream().filter(c -> c.tuple().equals(tuple)).findFirst();
    }

    /** Whether one more request can be answered, within what the whole stack may have pending. */
    boolean mayAnswer() {
        return isAnswering() || migration.mayAnswerOneMore();
    }

    /** Whether the SYN with {@code seq} is the one that was answered at {@code tuple}, or none was answered there. */
    boolean isUnansweredOrSame(FourTuple tuple, int seq) {
        return candidateAt(tuple).map(here -> isAnswerTo(here, seq)).orElse(true);
    }

    private static boolean isAnswerTo(PathAttempt candidate, int seq) {
        return candidate.answer().map(answer -> answer.requestSeq() == seq).orElse(true);
    }

    /** Answers a request that was judged {@link Judgement#NEW}. */
    void newRequest(SegmentView syn, FourTuple tuple, long nowNanos) {
        if (migration.prevailsAt(tuple)) {
            return;
        }
        if (!mayAnswer()) {
            migration.count(MigrateCounter.HANDSHAKES_REFUSED);
            migration.extension().refuse(migration, Refusal.BUSY, syn, tuple, nowNanos);
            return;
        }
        // Another form of a SYN that was answered here: whichever of the two answers arrives first will be proved.
        Optional<PathAttempt> answered = candidateAt(tuple).filter(here -> isAnswerTo(here, syn.seq()));
        List.copyOf(candidates).stream()
                .filter(other -> answered.isEmpty() || other != answered.get())
                .forEach(this::discard);
        Optional<PathAttempt> here = answered.isPresent() ? answered : attemptAt(tuple, nowNanos);
        if (here.isEmpty()) {
            migration.count(MigrateCounter.HANDSHAKES_REFUSED);
            return;
        }
        answer(here.get(), syn, false, nowNanos);
        int number = migration.exchange().judgedNumber();
        migration.tell(new MigrationEvent.MigrateSynReceived(tuple, number), nowNanos);
    }

    /** Answers a request that was judged {@link Judgement#REPEATED}: with the same SYN/ACK. */
    void repeatedRequest(SegmentView syn, FourTuple tuple, long nowNanos) {
        Optional<PathAttempt> here = candidateAt(tuple);
        Optional<PathAttempt.Answer> given = here.flatMap(PathAttempt::answer);
        if (here.isPresent() && given.isPresent()) {
            here.get().heard(syn);
            if (migration.exchange().repeatedAt(here.get(), syn, nowNanos)) {
                given.get().repeat(nowNanos);
            }
        } else if (isAnswering() && !migration.prevailsAt(tuple)) {
            anotherSource(syn, tuple, nowNanos);
        } else if (tuple.equals(migration.control().tuple())) {
            // Complete already: the peer's SYN was late, or its SYN/ACK lost and our next segment is on its way.
            answerOnce(syn, tuple, nowNanos);
        }
    }

    /** Answers that nobody has proved yet. */
    void freeze(StateWriter out) {
        out.octet(candidates.size());
        for (PathAttempt candidate : candidates) {
            int part = out.begin();
            candidate.answer().ifPresent(answer -> candidate.freeze(answer, out));
            out.end(part);
        }
    }

    /** What {@link #freeze} wrote; the answers go out again. */
    void thaw(StateReader in, long nowNanos) throws FrozenStateException {
        for (int count = in.octet("number of answers", MAX_CANDIDATES); count > 0; count--) {
            StateReader part = in.part("answer");
            PathAttempt here = PathAttempt.thaw(migration, part, nowNanos);
            part.end("answer");
            candidates.add(here);
            migration.answerBegun();
            here.answer()
                    .ifPresent(answer -> answer.setDeadline(
                            migration.control().callAt(nowNanos, now -> deadlinePasses(here, answer, now))));
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
    void commit(PathAttempt won) {
        forget(won);
        discardAll();
    }

    /** Forgets one source. Its path stays open if we are asking there ourselves. */
    void discard(PathAttempt candidate) {
        forget(candidate);
        if (!migration.isAskingAt(candidate.tuple())) {
            candidate.path().discard();
        }
    }

    private void forget(PathAttempt candidate) {
        if (candidates.remove(candidate)) {
            candidate.stopAnswering();
            migration.answerEnded();
        }
    }

    // 5.3, A3: one of the two is a copy, and we cannot tell which.
    private void anotherSource(SegmentView syn, FourTuple tuple, long nowNanos) {
        if (candidates.size() >= MAX_CANDIDATES || !migration.mayAnswerOneMore()) {
            migration.count(MigrateCounter.HANDSHAKES_REFUSED);
            return;
        }
        attemptAt(tuple, nowNanos).ifPresent(here -> answer(here, syn, true, nowNanos));
    }

    private void answerOnce(SegmentView syn, FourTuple tuple, long nowNanos) {
        PathAttempt asking = migration.askingAt(tuple).orElse(null);
        if (asking != null) {
            asking.path().send(reply(asking, syn, true, nowNanos).synAck(), nowNanos);
            return;
        }
        attemptAt(tuple, nowNanos).ifPresent(here -> {
            here.path().send(reply(here, syn, true, nowNanos).synAck(), nowNanos);
            here.path().discard();
        });
    }

    /** Something that begins and ends nothing, to where nothing else is tried. */
    void sendOnce(HandshakeSegment segment, FourTuple tuple, long nowNanos) {
        if (candidateAt(tuple).isPresent() || migration.isAskingAt(tuple)) {
            return;
        }
        try {
            PathAttempt there = new PathAttempt(migration, tuple, nowNanos);
            there.path().send(segment, nowNanos);
            there.path().discard();
        } catch (IllegalStateException ownedByAnotherConnection) {
            migration.count(MigrateCounter.HANDSHAKES_REFUSED);
        }
    }

    private void answer(PathAttempt here, SegmentView syn, boolean repeated, long nowNanos) {
        if (!candidates.contains(here)) {
            candidates.add(here);
            migration.answerBegun();
        }
        here.path().peerMss(syn.mssOption());
        here.heard(syn);
        PathAttempt.Answer answer = here.answer(reply(here, syn, repeated, nowNanos), nowNanos);
        migration.exchange().answeredAt(here, nowNanos);
        armTimer(here, answer, nowNanos);
    }

    private Exchange.Reply reply(PathAttempt here, SegmentView syn, boolean repeated, long nowNanos) {
        return migration.exchange().reply(here, syn, repeated, nowNanos);
    }

    private void armTimer(PathAttempt here, PathAttempt.Answer answer, long nowNanos) {
        long timeoutNanos = SECOND_NANOS << (answer.transmissions() - 1);
        answer.setDeadline(
                migration.control().callAt(nowNanos + timeoutNanos, now -> deadlinePasses(here, answer, now)));
    }

    private void deadlinePasses(PathAttempt here, PathAttempt.Answer answer, long nowNanos) {
        if (answer.transmissions() < TRANSMISSIONS) {
            answer.send(nowNanos);
            armTimer(here, answer, nowNanos);
            return;
        }
        boolean oldPathLives = here.sawLifeElsewhere();
        discard(here);
        if (!isAnswering()) {
            migration.moveUnfinished(oldPathLives, nowNanos);
        }
    }

    private Optional<PathAttempt> attemptAt(FourTuple tuple, long nowNanos) {
        Optional<PathAttempt> asking = migration.crossing(tuple);
        if (asking.isPresent()) {
            return asking; // 8.4: the two ends' requests crossed
        }
        try {
            return Optional.of(new PathAttempt(migration, tuple, nowNanos));
        } catch (IllegalStateException ownedByAnotherConnection) {
            return Optional.empty();
        }
    }
}
