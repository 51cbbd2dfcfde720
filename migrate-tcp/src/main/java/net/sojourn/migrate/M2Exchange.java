package net.sojourn.migrate;

import java.util.Arrays;
import net.sojourn.migrate.Responder.Judgement;
import net.sojourn.migrate.classic.Serial;
import net.sojourn.migrate.crypto.Tags;
import net.sojourn.migrate.m2.M2Keys;
import net.sojourn.migrate.m2.M2Option;
import net.sojourn.migrate.m2.M2Option.Accept;
import net.sojourn.migrate.m2.M2Option.Migrate;
import net.sojourn.migrate.m2.M2Option.Prove;
import net.sojourn.migrate.m2.M2Token;
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
 * M2's part of a connection's moves. Loop thread only. docs/protocol.md, "M2: a move".
 *
 * <p>A move has fresh sequence numbers, so the new path is an ordinary TCP connection to whoever looks on. Where the stream
 * continues is said in stream offsets under a mac; the fixed host moves nothing before the mover has proved that it hears
 * it at the new place.
 */
final class M2Exchange implements Exchange {

    /** How many of the peer's next tokens are known in advance: so far may it be ahead of what we have seen. */
    static final int WINDOW = 4;

    private static final byte[] NO_TAG = new byte[0];
    private static final int TAG_OCTETS = 16;
    private static final int FIRST_PORT = 49_152;
    private static final int SYN_OPTION_BYTES = 40;
    private static final int LARGEST_WINDOW_BYTES = 1 << 30;

    private final Migration migration;
    private final M2Keys keys;
    private final boolean initiator;
    private final boolean early;
    private boolean mayAsk;

    // Ours.
    private int number;
    private int provedNumber;
    private int seq;
    private @Nullable FourTuple requestedTuple;
    private @Nullable Migrate request;
    private boolean answered = true;
    private final Proving proving;

    // The peer's.
    private int retired;
    private int judged;
    private boolean answersEarly;

    M2Exchange(Migration migration, M2Keys keys, boolean early) {
        this.migration = migration;
        this.keys = keys;
        this.early = early;
        this.initiator = migration.isInitiator();
        this.proving = new Proving(migration);
    }

    private M2Exchange(Migration migration, StateReader in) throws FrozenStateException {
        this(migration, M2Keys.thaw(in), in.flag("early form"));
        mayAsk = in.flag("confirmation");
        number = in.number32("number of moves", 0, Integer.MAX_VALUE);
        provedNumber = in.number32("number of moves", 0, number);
        retired = in.number32("number of moves", 0, Integer.MAX_VALUE - 2 * WINDOW);
        judged = in.number32("number of moves", 0, retired + WINDOW);
        StateReader proof = in.part("proof");
        if (proof.remaining() > 0) {
            int proved = proof.number32("number of moves", 0, number);
            proving.thaw(proof, () -> provedNumber = Math.max(provedNumber, proved));
            proof.end("proof");
        }
    }

    /** What {@link #freeze} wrote. Our last request is not made again: the next has numbers of its own. */
    static M2Exchange thaw(Migration migration, StateReader in) throws FrozenStateException {
        return new M2Exchange(migration, in);
    }

    @Override
    public void freeze(StateWriter out) {
        keys.freeze(out);
        out.flag(early)
                .flag(mayAsk)
                .number32(number)
                .number32(provedNumber)
                .number32(retired)
                .number32(judged);
        int part = out.begin();
        if (proving.isUnderWay()) {
            out.number32(number);
            proving.freeze(out);
        }
        out.end(part);
    }

    @Override
    public void thawed(long nowNanos) {
        proving.goOn(nowNanos);
    }

    byte[] fingerprint() {
        return keys.fingerprint();
    }

    /** The peer has the same keys: this end may move. */
    void confirm() {
        mayAsk = true;
    }

    @Override
    public Suite suite() {
        return Suite.M2;
    }

    @Override
    public boolean register() {
        boolean all = true;
        for (int n = retired + 1; n <= retired + WINDOW; n++) {
            all &= migration.extension().register(peersToken(n), migration);
        }
        return all;
    }

    @Override
    public boolean mayAsk() {
        return mayAsk;
    }

    @Override
    public boolean isExhausted() {
        return number == Integer.MAX_VALUE;
    }

    @Override
    public int requestNumber() {
        return number;
    }

    @Override
    public boolean servesAgain(FourTuple here, long nowNanos) {
        return !answered && isFromSamePlace(here);
    }

    /** The next number; but none that the peer does not know yet: then the last one again, from another place. */
    @Override
    public boolean newRequest(FourTuple here, long nowNanos) {
        return makeRequest(here, early);
    }

    private boolean makeRequest(FourTuple here, boolean earlyForm) {
        if (isExhausted()) {
            return false;
        }
        if (number - provedNumber < WINDOW) {
            number++;
        }
        seq = migration.random().nextInt();
        byte[] token = Arrays.copyOf(keys.token(initiator, number), earlyForm ? 6 : M2Keys.TOKEN_OCTETS);
        int offset = earlyForm ? (int) migration.control().offsets().sndUna() : 0;
        Migrate form = new Migrate(earlyForm, token, offset, NO_TAG);
        request = new Migrate(earlyForm, token, offset, keys.requestTag(initiator, form, number, seq));
        requestedTuple = here;
        answered = false;
        return true;
    }

    /** A firewall that rewrites sequence numbers, or drops text in a SYN, keeps the early form away. */
    @Override
    public void timedOut(FourTuple here, int timeouts, long nowNanos) {
        if (request != null && request.early()) {
            makeRequest(here, false);
        }
    }

    /** With another path that works the text has gone there. */
    @Override
    public int textOnSyn(PathAttempt here, int transmission) {
        Migrate made = request;
        boolean rides = made != null
                && made.early()
                && transmission == 0
                && migration.control().isSuspended()
                && made.offset() == (int) migration.control().offsets().sndUna();
        return rides ? here.path().mssBytes() - SYN_OPTION_BYTES : 0;
    }

    @Override
    public HandshakeSegment syn(PathAttempt here, long nowNanos) {
        Migrate made = request;
        if (made == null) {
            throw new IllegalStateException("no request has been made");
        }
        return MoveSegments.syn(
                migration.control().numbers(nowNanos),
                seq,
                made.encode(),
                true,
                here.path().mssBytes());
    }

    @Override
    public boolean isAnswer(PathAttempt here, SegmentView synAck, long nowNanos) {
        boolean acknowledges = Serial.isBetween(seq + 1, synAck.ack(), seq + 1 + here.textOnSyn());
        if (!acknowledges || request == null || !(M2Option.in(synAck).orElse(null) instanceof Accept accept)) {
            return false;
        }
        byte[] tag = keys.answerTag(initiator, accept, number, seq, synAck.seq());
        return accept.early() == request.early()
                && Tags.equal(tag, accept.tag())
                && here.mayHaveReceived(accept.rcvOffset())
                && (!accept.early() || isBehindUs(accept.nonceOrOffset()));
    }

    @Override
    public void answered() {
        answered = true;
    }

    @Override
    public Judgement judge(SegmentView syn, FourTuple tuple, long nowNanos) {
        if (!(M2Option.in(syn).orElse(null) instanceof Migrate migrate)) {
            return Judgement.STALE;
        }
        int n = numberOf(migrate);
        if (n == 0 || !Tags.equal(keys.requestTag(!initiator, migrate, n, syn.seq()), migrate.tag())) {
            return Judgement.FORGED;
        }
        boolean fits = !migrate.early() || early && isBehindUs(migrate.offset());
        if (n < judged || !fits || !migration.isInMovableState()) {
            migration.count(MigrateCounter.STALE_REQUESTS);
            return Judgement.STALE;
        }
        boolean again = n == judged
                && migration.responder().isAnswering()
                && migration.responder().isUnansweredOrSame(tuple, syn.seq());
        return again ? Judgement.REPEATED : Judgement.NEW;
    }

    @Override
    public int judgedNumber() {
        return judged;
    }

    @Override
    public Reply reply(PathAttempt here, SegmentView syn, boolean repeated, long nowNanos) {
        if (!(M2Option.in(syn).orElse(null) instanceof Migrate migrate)) {
            throw new IllegalStateException("a SYN without MIGRATE was judged worth an answer");
        }
        int n = numberOf(migrate);
        judged = n;
        int peerSeq = syn.seq();
        int ourSeq = migration.random().nextInt();
        boolean earlyForm = migrate.early();
        answersEarly = earlyForm;
        int ack = peerSeq + 1;
        int sndUna = (int) migration.control().offsets().sndUna();
        if (earlyForm) {
            number(here, ourSeq, sndUna, peerSeq, migrate.offset());
            here.path().takeText(syn, nowNanos);
            int received = Serial.distance(
                    migrate.offset(), (int) migration.control().offsets().rcvNxt());
            ack += received >= syn.payloadBytes() ? syn.payloadBytes() : 0;
        }
        int rcvOffset = (int) migration.control().offsets().rcvNxt();
        int nonceOrOffset = earlyForm ? sndUna : migration.random().nextInt();
        Accept form = new Accept(earlyForm, rcvOffset, nonceOrOffset, NO_TAG);
        Accept accept =
                new Accept(earlyForm, rcvOffset, nonceOrOffset, keys.answerTag(!initiator, form, n, peerSeq, ourSeq));
        HandshakeSegment synAck = MoveSegments.synAck(
                migration.control().numbers(nowNanos),
                syn,
                ourSeq,
                ack,
                accept.encode(),
                here.path().mssBytes());
        return new Reply(synAck, new Awaited(here, accept, n, peerSeq, ourSeq, migrate.offset()));
    }

    /** The proof of an answer of ours. */
    private final class Awaited implements ProofCheck {

        private final PathAttempt here;
        private final Accept accept;
        private final int n;
        private final int peerSeq;
        private final int ourSeq;
        /** The early form: where the peer said that it is. */
        private final int peerOffset;

        Awaited(PathAttempt here, Accept accept, int n, int peerSeq, int ourSeq, int peerOffset) {
            this.here = here;
            this.accept = accept;
            this.n = n;
            this.peerSeq = peerSeq;
            this.ourSeq = ourSeq;
            this.peerOffset = peerOffset;
        }

        @Override
        public boolean isProof(SegmentView segment, long nowNanos) {
            return proves(here, segment, accept, n, peerSeq, ourSeq);
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
                    .number32(peerOffset);
        }
    }

    @Override
    public Reply thawReply(PathAttempt here, HandshakeSegment synAck, StateReader in) throws FrozenStateException {
        Accept accept = new Accept(
                in.flag("answer"), in.number32("answer"), in.number32("answer"), in.octets("answer", TAG_OCTETS));
        int n = in.number32("number of moves", 1, Integer.MAX_VALUE);
        Awaited proof = new Awaited(
                here, accept, n, in.number32("answer"), in.number32("answer"), in.number32("offset of the peer"));
        if (accept.early()) {
            number(here, proof.ourSeq, accept.nonceOrOffset(), proof.peerSeq, proof.peerOffset);
        }
        return new Reply(synAck, proof);
    }

    private boolean proves(PathAttempt here, SegmentView segment, Accept accept, int n, int peerSeq, int ourSeq) {
        if (n <= retired || !(M2Option.in(segment).orElse(null) instanceof Prove prove)) {
            return false;
        }
        byte[] tag = keys.proofTag(!initiator, prove.rcvOffset(), accept, n, peerSeq, ourSeq);
        if (prove.early() != accept.early()
                || !Tags.equal(tag, prove.tag())
                || !here.mayHaveReceived(prove.rcvOffset())) {
            return false;
        }
        if (!accept.early()) {
            number(here, ourSeq, prove.rcvOffset(), peerSeq, accept.rcvOffset());
        }
        retire(n);
        return true;
    }

    /** The early form: what the mover lacks comes half a round trip before its proof. */
    @Override
    public void answeredAt(PathAttempt here, long nowNanos) {
        if (answersEarly) {
            here.spent(here.path().sendOutstanding(here.allowanceBytes(), nowNanos));
        }
    }

    @Override
    public boolean limitsAmplification() {
        return true;
    }

    @Override
    public boolean sharesAttempts() {
        return false;
    }

    /** Numbers on a path are its own: the same four-tuple cannot have two sets at once. */
    @Override
    public FourTuple beside(FourTuple active) {
        int port = FIRST_PORT + migration.random().nextInt(65_536 - FIRST_PORT);
        int other = port == active.localPort() ? FIRST_PORT : port;
        return migration.control().freeLocalPort(active.withLocal(active.localAddress(), other));
    }

    @Override
    public void switching(PathAttempt won, SegmentView evidence, long nowNanos) {
        proving.stop();
        if (!evidence.has(SegmentView.SYN) || !(M2Option.in(evidence).orElse(null) instanceof Accept accept)) {
            return;
        }
        int rcvOffset = (int) migration.control().offsets().rcvNxt();
        if (accept.early()) {
            number(won, seq, request == null ? 0 : request.offset(), evidence.seq(), accept.nonceOrOffset());
        } else {
            number(won, seq, accept.rcvOffset(), evidence.seq(), rcvOffset);
        }
        byte[] tag = keys.proofTag(initiator, rcvOffset, accept, number, seq, evidence.seq());
        HandshakeSegment proof = MoveSegments.ack(
                migration.control().numbers(nowNanos),
                evidence,
                evidence.ack(),
                evidence.seq() + 1,
                new Prove(accept.early(), rcvOffset, tag).encode());
        won.path().send(proof, nowNanos);
        int proved = number;
        proving.begin(
                proof,
                accept.early(),
                migration.control().numbers(nowNanos).tsVal(),
                () -> provedNumber = Math.max(provedNumber, proved));
    }

    @Override
    public void switched(PathAttempt won, SegmentView evidence, long nowNanos) {
        proving.listen(nowNanos);
    }

    @Override
    public void close() {
        for (int n = retired + 1; n <= retired + WINDOW; n++) {
            migration.extension().unregister(peersToken(n), migration);
        }
        keys.close();
    }

    /** Our octet {@code sndOffset} is behind our SYN, the peer's {@code rcvOffset} behind its own. */
    private void number(PathAttempt here, int ourSeq, int sndOffset, int peerSeq, int rcvOffset) {
        StreamOffsets now = migration.control().offsets();
        here.path()
                .renumber(
                        ourSeq + 1 + Serial.distance(sndOffset, (int) now.sndUna()),
                        peerSeq + 1 + Serial.distance(rcvOffset, (int) now.rcvNxt()));
    }

    /** Whether the peer can have an acknowledgement of ours for {@code offset} of its octets. */
    private boolean isBehindUs(int offset) {
        int behind = Serial.distance(offset, (int) migration.control().offsets().rcvNxt());
        return behind >= 0 && behind <= LARGEST_WINDOW_BYTES;
    }

    private void retire(int n) {
        for (int old = retired + 1; old <= n; old++) {
            migration.extension().unregister(peersToken(old), migration);
        }
        for (int next = Math.max(n, retired + WINDOW) + 1; next <= n + WINDOW; next++) {
            migration.extension().register(peersToken(next), migration);
        }
        retired = n;
    }

    private M2Token peersToken(int n) {
        return M2Token.of(keys.token(!initiator, n));
    }

    /** Which of the peer's next moves this is; 0 if none. */
    private int numberOf(Migrate migrate) {
        for (int n = retired + 1; n <= retired + WINDOW; n++) {
            byte[] token = Arrays.copyOf(keys.token(!initiator, n), migrate.token().length);
            if (Tags.equal(token, migrate.token())) {
                return n;
            }
        }
        return 0;
    }

    /** A request tells nothing of where it goes to, so it serves for each place where the peer may be. */
    private boolean isFromSamePlace(FourTuple here) {
        return requestedTuple != null
                && requestedTuple.localAddress().equals(here.localAddress())
                && requestedTuple.localPort() == here.localPort();
    }
}
