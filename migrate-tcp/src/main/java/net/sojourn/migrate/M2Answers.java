package net.sojourn.migrate;

import java.util.Optional;
import net.sojourn.migrate.Exchange.ProofCheck;
import net.sojourn.migrate.Exchange.Reply;
import net.sojourn.migrate.Responder.Judgement;
import net.sojourn.migrate.classic.Serial;
import net.sojourn.migrate.crypto.Tags;
import net.sojourn.migrate.m2.M2Keys;
import net.sojourn.migrate.m2.M2Option;
import net.sojourn.migrate.m2.M2Option.Accept;
import net.sojourn.migrate.m2.M2Option.Migrate;
import net.sojourn.migrate.m2.M2Option.Prove;
import net.sojourn.migrate.m2.M2Option.Reject;
import net.sojourn.migrate.m2.M2Option.Reject.Occasion;
import net.sojourn.migrate.segment.MoveSegments;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.spi.ConnectionControl.StreamOffsets;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.SegmentView;
import org.jspecify.annotations.Nullable;

/**
 * The fixed host's side of M2's moves: which requests of the peer's are good, what answers them, what proves that the answer
 * arrived. Loop thread only. docs/protocol.md, "M2: a move".
 */
final class M2Answers implements AutoCloseable {

    private static final int TAG_OCTETS = 16;
    private static final int LARGEST_WINDOW_BYTES = 1 << 30;

    private final Migration migration;
    private final M2Keys keys;
    private final M2Refusals refusals;
    private final boolean initiator;
    private final boolean early;

    private final PeerTokens tokens;
    private int proved;
    private int provedSeq;
    private int judged;
    private boolean judgedKeepsOldPath;
    private boolean answersEarly;
    private @Nullable Accept answer;

    M2Answers(Migration migration, M2Keys keys, M2Refusals refusals, boolean early) {
        this.migration = migration;
        this.keys = keys;
        this.refusals = refusals;
        this.initiator = migration.isInitiator();
        this.early = early;
        this.tokens = new PeerTokens(migration, keys);
    }

    /** @return false if the table of tokens is full */
    boolean register() {
        return tokens.register();
    }

    void freeze(StateWriter out) {
        out.number32(proved).number32(provedSeq).number32(judged).flag(judgedKeepsOldPath);
        tokens.freeze(out);
    }

    /** What {@link #freeze} wrote; {@link #register} follows. */
    void thaw(StateReader in) throws FrozenStateException {
        proved = in.number32("number of moves", 0, Integer.MAX_VALUE);
        provedSeq = in.number32("sequence number of a move");
        judged = in.number32("number of moves", 0, Integer.MAX_VALUE);
        judgedKeepsOldPath = in.flag("backup");
        tokens.thaw(in);
    }

    /** Whether the mover of the request that was judged last still has the place that it leaves. */
    boolean keepsOldPath() {
        return judgedKeepsOldPath;
    }

    /** @see Exchange#judge */
    Judgement judge(SegmentView syn, FourTuple tuple, long nowNanos) {
        if (!(M2Option.in(syn).orElse(null) instanceof Migrate migrate)) {
            return Judgement.STALE;
        }
        int n = tokens.numberOf(migrate.token());
        boolean whole = !migrate.early() || syn.payloadBytes() >= M2Exchange.HEAD_BYTES;
        int moversRcvNxt = migrate.early() && whole ? syn.payloadInt() : 0;
        if (n == 0
                || !whole
                || !Tags.equal(keys.requestTag(!initiator, migrate, n, syn.seq(), moversRcvNxt), migrate.tag())) {
            return Judgement.FORGED;
        }
        boolean late = n < judged || isCopyOfProved(syn, tuple);
        if (late || migrate.early() && !early || !migration.mayMove()) {
            migration.count(MigrateCounter.STALE_REQUESTS);
            return Judgement.STALE;
        }
        if (migrate.early() && !(mayBegin(migrate.offset(), nowNanos) && mayHave(moversRcvNxt))) {
            return Judgement.UNFIT;
        }
        boolean again = n == judged
                && migrate.early() == answersEarly
                && migration.responder().isAnswering()
                && migration.responder().isUnansweredOrSame(tuple, syn.seq());
        return again ? Judgement.REPEATED : Judgement.NEW;
    }

    /** The other form of a request that has won: a genuine one never comes from where the connection lives. */
    private boolean isCopyOfProved(SegmentView syn, FourTuple tuple) {
        return proved > 0 && syn.seq() == provedSeq && tuple.equals(migration.tuple());
    }

    int judgedNumber() {
        return judged;
    }

    /** @see Exchange#reply */
    Reply reply(PathAttempt here, SegmentView syn, long nowNanos) {
        if (!(M2Option.in(syn).orElse(null) instanceof Migrate migrate)) {
            throw new IllegalStateException("a SYN without MIGRATE was judged worth an answer");
        }
        int n = tokens.numberOf(migrate.token());
        judged = n;
        judgedKeepsOldPath = migrate.backup();
        tokens.seen(n);
        int peerSeq = syn.seq();
        // To firewalls the other form of a request is the SYN once more, and so is its answer the same SYN/ACK.
        int ourSeq = here.answer()
                .filter(given -> given.requestSeq() == peerSeq)
                .map(given -> given.synAck().seq())
                .orElseGet(migration.random()::nextInt);
        boolean earlyForm = migrate.early();
        answersEarly = earlyForm;
        int ack = peerSeq + 1;
        int first = 0;
        if (earlyForm) {
            takeText(here, syn, migrate, nowNanos);
            // Behind the SYN's text the stream goes on where it has come to, so that nothing is ahead of a firewall.
            ack += syn.payloadBytes();
            first = firstThatIsLacking(syn.payloadInt());
            here.number(
                    ourSeq, first, ack - 1, (int) migration.control().offsets().rcvNxt());
        }
        int rcvOffset = (int) migration.control().offsets().rcvNxt();
        int nonceOrOffset = earlyForm ? first : migration.random().nextInt();
        Accept form = new Accept(earlyForm, rcvOffset, nonceOrOffset, M2Option.NO_TAG);
        byte[] tag = keys.answerTag(!initiator, form, n, peerSeq, ourSeq, ack - peerSeq - 1);
        Accept accept = new Accept(earlyForm, rcvOffset, nonceOrOffset, tag);
        answer = accept;
        HandshakeSegment synAck = MoveSegments.synAck(
                migration.control().numbers(nowNanos),
                syn,
                ourSeq,
                ack,
                accept.encode(),
                here.path().mssBytes());
        Awaited proof = new Awaited(here, accept, n, peerSeq, ourSeq, migrate.probe());
        return new Reply(peerSeq, synAck, proof, migrate.probe());
    }

    private void takeText(PathAttempt here, SegmentView syn, Migrate migrate, long nowNanos) {
        long from = offsetNear(migration.control().offsets().rcvNxt(), migrate.offset());
        here.takeText(syn, M2Exchange.HEAD_BYTES, from, nowNanos);
    }

    /** The stream offset whose last 32 bits are {@code low}, of all the one next to {@code known}. */
    private static long offsetNear(long known, int low) {
        return known + Serial.distance((int) known, low);
    }

    /** Of our stream, for a mover that had {@code itsRcvNxt} when it asked. */
    private int firstThatIsLacking(int itsRcvNxt) {
        int sndUna = (int) migration.control().offsets().sndUna();
        return Serial.distance(sndUna, itsRcvNxt) > 0 ? itsRcvNxt : sndUna;
    }

    /** What has text is the next piece of what was answered; what has none asks again. */
    boolean repeatedAt(PathAttempt here, SegmentView syn, long nowNanos) {
        boolean isPiece = syn.payloadBytes() > M2Exchange.HEAD_BYTES;
        if (!isPiece || !(M2Option.in(syn).orElse(null) instanceof Migrate migrate) || !migrate.early()) {
            return true;
        }
        takeText(here, syn, migrate, nowNanos);
        return false;
    }

    /** The proof of an answer of ours. */
    private final class Awaited implements ProofCheck {

        private final PathAttempt here;
        private final Accept accept;
        private final int n;
        private final int peerSeq;
        private final int ourSeq;

        private final boolean probe;

        Awaited(PathAttempt here, Accept accept, int n, int peerSeq, int ourSeq, boolean probe) {
            this.here = here;
            this.accept = accept;
            this.n = n;
            this.peerSeq = peerSeq;
            this.ourSeq = ourSeq;
            this.probe = probe;
        }

        @Override
        public boolean isProof(SegmentView segment, long nowNanos) {
            return proves(here, segment, accept, n, peerSeq, ourSeq, nowNanos);
        }

        @Override
        public void freeze(StateWriter out) {
            out.flag(accept.early())
                    .number32(accept.rcvOffset())
                    .number32(accept.nonceOrOffset())
                    .octets(accept.tag())
                    .number32(n)
                    .number32(peerSeq)
                    .number32(ourSeq)
                    .flag(probe);
        }
    }

    /** What {@link Awaited#freeze} wrote. */
    Reply thawReply(PathAttempt here, HandshakeSegment synAck, StateReader in) throws FrozenStateException {
        Accept accept = new Accept(
                in.flag("answer"), in.number32("answer"), in.number32("answer"), in.octets("answer", TAG_OCTETS));
        int n = in.number32("number of moves", 1, Integer.MAX_VALUE);
        Awaited proof = new Awaited(here, accept, n, in.number32("answer"), in.number32("answer"), in.flag("probe"));
        if (accept.early()) {
            here.number(proof.ourSeq, accept.nonceOrOffset(), synAck.ack() - 1, accept.rcvOffset());
        }
        answersEarly = accept.early();
        answer = accept;
        return new Reply(proof.peerSeq, synAck, proof, proof.probe);
    }

    private boolean proves(
            PathAttempt here, SegmentView segment, Accept accept, int n, int peerSeq, int ourSeq, long nowNanos) {
        if (n <= proved || !(M2Option.in(segment).orElse(null) instanceof Prove prove)) {
            return false;
        }
        byte[] tag = keys.proofTag(!initiator, prove.rcvOffset(), accept, n, peerSeq, ourSeq);
        if (prove.early() != accept.early() || !Tags.equal(tag, prove.tag())) {
            return false;
        }
        if (!here.mayHaveReceived(prove.rcvOffset())) {
            here.path()
                    .send(refusals.to(segment, Occasion.REQUEST, Reject.OFFSET, n, accept.nonceOrOffset()), nowNanos);
            return false;
        }
        if (!accept.early()) {
            here.number(ourSeq, prove.rcvOffset(), peerSeq, accept.rcvOffset());
        }
        // The mover's other form of the same request is settled too.
        proved = Math.max(n, judged);
        provedSeq = peerSeq;
        tokens.used(proved);
        return true;
    }

    /** @see Exchange#refusal */
    Optional<HandshakeSegment> refusal(SegmentView syn, Refusal refusal) {
        if (!(M2Option.in(syn).orElse(null) instanceof Migrate migrate)) {
            return Optional.empty();
        }
        int reason = refusal == Refusal.OFFSET ? Reject.OFFSET : Reject.BUSY;
        return Optional.of(refusals.to(syn, Occasion.REQUEST, reason, tokens.numberOf(migrate.token()), 0));
    }

    /** Whether the mover itself does not want the last answer. */
    boolean isRefusal(SegmentView reset) {
        Accept given = answer;
        return given != null
                && refusals.reasonIn(reset, Occasion.ANSWER, judged, given.nonceOrOffset())
                        .isPresent();
    }

    /** The early form: what the mover lacks comes half a round trip before its proof. */
    void answeredAt(PathAttempt here, long nowNanos) {
        Accept given = answer;
        if (answersEarly && given != null) {
            long from = offsetNear(migration.control().offsets().sndUna(), given.nonceOrOffset());
            here.spent(here.path().sendOutstanding(from, here.allowanceBytes(), nowNanos));
        }
    }

    /** Whether a SYN's text may begin with the peer's octet {@code offset}: it has ours in any order, as far as we take it. */
    private boolean mayBegin(int offset, long nowNanos) {
        long ahead = -(long)
                Serial.distance(offset, (int) migration.control().offsets().rcvNxt());
        return isBehind(migration.control().offsets(), offset)
                || ahead > 0 && ahead <= migration.control().numbers(nowNanos).rcvWndBytes();
    }

    /** Whether the peer can have {@code rcvNxt} octets of ours. It may have had fewer when it asked. */
    private boolean mayHave(int rcvNxt) {
        return Serial.distance(rcvNxt, (int) migration.control().offsets().sndMax()) >= 0;
    }

    /** Whether the peer can have an acknowledgement of ours for {@code offset} of its octets. */
    static boolean isBehind(StreamOffsets ours, int offset) {
        int behind = Serial.distance(offset, (int) ours.rcvNxt());
        return behind >= 0 && behind <= LARGEST_WINDOW_BYTES;
    }

    @Override
    public void close() {
        tokens.close();
    }
}
