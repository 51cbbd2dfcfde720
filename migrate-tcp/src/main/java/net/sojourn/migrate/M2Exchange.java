package net.sojourn.migrate;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import net.sojourn.migrate.Responder.Judgement;
import net.sojourn.migrate.crypto.Tags;
import net.sojourn.migrate.m2.KeyExchange;
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
import net.sojourn.stack.spi.ConnectionControl.TextRange;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.SegmentView;
import org.jspecify.annotations.Nullable;

/**
 * M2's part of a connection's moves. Loop thread only. docs/protocol.md, "M2: a move".
 *
 * <p>A move has fresh sequence numbers, so the new path is an ordinary TCP connection to whoever looks on. Where the stream
 * continues is said in stream offsets under a mac; the fixed host moves nothing before the mover has proved that it hears
 * it at the new place. Here is the mover's side; the fixed host's is {@link M2Answers}'.
 */
final class M2Exchange implements Exchange {

    private static final long MINUTE_NANOS = 60_000_000_000L;
    private static final int TIMEOUTS_OF_EARLY_FORM = 2;
    private static final int SYN_OPTION_BYTES = 40;

    /** What the mover has of the fixed host's stream goes before its text on an early SYN. */
    static final int HEAD_BYTES = 4;

    /** Least MTU of IPv6 (RFC 8200 5): nothing is known of the new path, and a SYN that does not fit is lost for a second. */
    private static final int SYN_PACKET_BYTES = 1_280;

    /** With its text in pieces. */
    private static final int MAX_SYNS = 4;

    private final Migration migration;
    private final M2Keys keys;
    private final boolean initiator;
    private final boolean early;
    private boolean mayAsk;
    private int peerResumeMinutes;

    private int number;
    private int answeredNumber;
    private @Nullable FourTuple requestedTuple;
    private @Nullable Asked request;

    /** The early form of {@link #request}, from the same place: its answer may be under way. */
    private @Nullable Asked former;

    private long requestUna = -1;
    private boolean answered = true;
    private final Proving proving;
    private int provingNumber;
    private int provingNonce;
    private final M2Refusals refusals;
    private final M2Answers answers;

    M2Exchange(Migration migration, M2Keys keys, boolean early) {
        this.migration = migration;
        this.keys = keys;
        this.early = early;
        this.initiator = migration.isInitiator();
        this.proving = new Proving(migration);
        this.refusals = new M2Refusals(keys, initiator);
        this.answers = new M2Answers(migration, keys, refusals, early);
    }

    private M2Exchange(Migration migration, StateReader in) throws FrozenStateException {
        this(migration, M2Keys.thaw(in), in.flag("early form"));
        mayAsk = in.flag("confirmation");
        peerResumeMinutes = in.number32("resume window", 0, KeyExchange.MOST_RESUME_MINUTES);
        number = in.number32("number of moves", 0, Integer.MAX_VALUE);
        answeredNumber = in.number32("number of moves", 0, number);
        answers.thaw(in);
        StateReader proof = in.part("proof");
        if (proof.remaining() > 0) {
            provingNumber = proof.number32("number of moves", 0, number);
            provingNonce = proof.number32("nonce");
            proving.thaw(proof, this::refusesProof);
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
                .number32(peerResumeMinutes)
                .number32(number)
                .number32(answeredNumber);
        answers.freeze(out);
        int part = out.begin();
        if (proving.isUnderWay()) {
            out.number32(provingNumber).number32(provingNonce);
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

    M2Keys keys() {
        return keys;
    }

    /** The peer has the same keys: this end may move. @param resumeMinutes of the peer; 0 if it has not said */
    void confirm(int resumeMinutes) {
        mayAsk = true;
        peerResumeMinutes = resumeMinutes;
    }

    @Override
    public Suite suite() {
        return Suite.M2;
    }

    @Override
    public boolean register() {
        return answers.register();
    }

    @Override
    public boolean mayAsk() {
        return mayAsk;
    }

    @Override
    public long peerResumeWindowNanos() {
        return peerResumeMinutes == 0 ? Long.MAX_VALUE : peerResumeMinutes * MINUTE_NANOS;
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
        // An answer that is on its way, or waits to be repeated, quotes where the stream was then.
        return !answered
                && request != null
                && !request.form().probe()
                && isFromSamePlace(here)
                && requestUna == migration.control().offsets().sndUna();
    }

    /** The next number; but none that the peer does not know yet: then the last one again, from another place. */
    @Override
    public boolean newRequest(FourTuple here, int timeouts, long nowNanos) {
        former = null;
        return makeRequest(
                here,
                early && timeouts < TIMEOUTS_OF_EARLY_FORM,
                false,
                migration.random().nextInt());
    }

    /** A request that moves nothing. @return false if {@link #isExhausted()} */
    boolean newProbe(FourTuple here) {
        former = null;
        return makeRequest(here, false, true, migration.random().nextInt());
    }

    private boolean makeRequest(FourTuple here, boolean earlyForm, boolean probe, int seq) {
        if (isExhausted()) {
            return false;
        }
        if (number - answeredNumber < PeerTokens.WINDOW) {
            number++;
        }
        byte[] token = Arrays.copyOf(keys.token(initiator, number), earlyForm ? 6 : M2Keys.TOKEN_OCTETS);
        int offset = earlyForm ? (int) migration.control().offsets().sndUna() : 0;
        boolean leavesAPath = !probe
                && !migration.control().isSuspended()
                && !here.localAddress().equals(migration.tuple().localAddress());
        Migrate form = new Migrate(earlyForm, leavesAPath, probe, token, offset, M2Option.NO_TAG);
        int rcvNxt = (int) migration.control().offsets().rcvNxt();
        request = new Asked(number, tagged(form, number, seq, rcvNxt), seq, rcvNxt);
        requestedTuple = here;
        requestUna = migration.control().offsets().sndUna();
        answered = false;
        return true;
    }

    /**
     * A firewall that rewrites sequence numbers, or drops text in a SYN, keeps the early form away. To all others the
     * ordinary form is the same SYN once more, so its answer and the early one's are both good.
     */
    @Override
    public void timedOut(FourTuple here, int timeouts, long nowNanos) {
        Asked last = request;
        if (last != null && last.form().early() && makeRequest(here, false, false, last.seq())) {
            former = last;
        }
    }

    private Migrate tagged(Migrate form, int n, int seq, int rcvNxt) {
        return form.tagged(keys.requestTag(initiator, form, n, seq, rcvNxt));
    }

    /**
     * The early form's text begins where the fixed host acknowledged last, and at most {@link #MAX_SYNS} copies of the SYN
     * carry one piece each, up to what it can hardly have. If that is further on than the first piece, that goes first: in
     * most moves all that went out before has arrived, and only its acknowledgements were lost.
     */
    @Override
    public void ask(PathAttempt here, int transmission, boolean forThaw, long nowNanos) {
        Asked made = request;
        if (made == null) {
            throw new IllegalStateException("no request has been made");
        }
        if (!made.form().early()) {
            here.ask(syn(here, made.seq(), made.form(), nowNanos), forThaw, nowNanos);
            return;
        }
        long sndUna = migration.control().offsets().sndUna();
        // With another path that works the text has gone there.
        boolean carriesText = transmission == 0
                && migration.control().isSuspended()
                && made.form().offset() == (int) sndUna;
        if (!carriesText) {
            askFrom(here, made, sndUna, 0, forThaw, nowNanos);
            return;
        }
        TextRange unheard = migration.control().unheardText();
        int mostBytes = mostTextOnSyn(here);
        int syns = MAX_SYNS;
        if (unheard.from() - sndUna >= mostBytes && !unheard.isEmpty()) {
            askFrom(here, made, unheard.from(), mostBytes, forThaw, nowNanos);
            syns--;
        }
        long next = sndUna;
        for (int textBytes = mostBytes; syns > 0 && textBytes == mostBytes && next <= unheard.from(); syns--) {
            textBytes = askFrom(here, made, next, mostBytes, forThaw, nowNanos);
            next += textBytes;
        }
    }

    private int askFrom(PathAttempt here, Asked made, long from, int mostBytes, boolean forThaw, long nowNanos) {
        Migrate first = made.form();
        Migrate form = new Migrate(true, first.backup(), first.probe(), first.token(), (int) from, M2Option.NO_TAG);
        byte[] head = ByteBuffer.allocate(HEAD_BYTES).putInt(made.rcvNxt()).array();
        Migrate piece = tagged(form, made.number(), made.seq(), made.rcvNxt());
        return here.askWithText(syn(here, made.seq(), piece, nowNanos), head, from, mostBytes, forThaw, nowNanos);
    }

    private static int mostTextOnSyn(PathAttempt here) {
        int headerBytes = (here.tuple().peerAddress().isIpv4() ? 20 : 40) + 20;
        return Math.min(here.path().mssBytes(), SYN_PACKET_BYTES - headerBytes) - SYN_OPTION_BYTES - HEAD_BYTES;
    }

    private HandshakeSegment syn(PathAttempt here, int seq, Migrate form, long nowNanos) {
        return MoveSegments.syn(
                migration.control().numbers(nowNanos),
                seq,
                form.encode(),
                true,
                here.path().mssBytes());
    }

    @Override
    public boolean isAnswer(PathAttempt here, SegmentView synAck, long nowNanos) {
        return genuine(here, synAck)
                .filter(answer -> fits(here, answer.accept()))
                .isPresent();
    }

    @Override
    public Optional<HandshakeSegment> refusalOfAnswer(PathAttempt here, SegmentView synAck) {
        return genuine(here, synAck)
                .filter(answer -> !fits(here, answer.accept()))
                .map(answer -> refusals.to(
                        synAck,
                        Occasion.ANSWER,
                        Reject.OFFSET,
                        answer.asked().number(),
                        answer.accept().nonceOrOffset()));
    }

    private Optional<Answered> genuine(PathAttempt here, SegmentView synAck) {
        if (!(M2Option.in(synAck).orElse(null) instanceof Accept accept)) {
            return Optional.empty();
        }
        return Stream.of(Optional.ofNullable(request), Optional.ofNullable(former))
                .flatMap(Optional::stream)
                .filter(made -> isAnswerTo(made, here, synAck, accept))
                .map(made -> new Answered(made, accept))
                .findFirst();
    }

    private boolean isAnswerTo(Asked made, PathAttempt here, SegmentView synAck, Accept accept) {
        boolean earlyForm = made.form().early();
        int payloadBytes = synAck.ack() - made.seq() - 1;
        int mostPayloadBytes = earlyForm ? here.payloadOnSyn() : 0;
        byte[] tag = keys.answerTag(initiator, accept, made.number(), made.seq(), synAck.seq(), payloadBytes);
        return payloadBytes >= 0
                && payloadBytes <= mostPayloadBytes
                && accept.early() == earlyForm
                && Tags.equal(tag, accept.tag());
    }

    private boolean fits(PathAttempt here, Accept accept) {
        return here.mayHaveReceived(accept.rcvOffset())
                && (!accept.early() || M2Answers.isBehind(migration.control().offsets(), accept.nonceOrOffset()));
    }

    @Override
    public void answered() {
        answered = true;
        Asked first = former;
        answeredNumber = first == null ? number : first.number();
    }

    @Override
    public Judgement judge(SegmentView syn, FourTuple tuple, long nowNanos) {
        return answers.judge(syn, tuple, nowNanos);
    }

    @Override
    public int judgedNumber() {
        return answers.judgedNumber();
    }

    @Override
    public Reply reply(PathAttempt here, SegmentView syn, boolean repeated, long nowNanos) {
        return answers.reply(here, syn, nowNanos);
    }

    @Override
    public boolean repeatedAt(PathAttempt here, SegmentView syn, long nowNanos) {
        return answers.repeatedAt(here, syn, nowNanos);
    }

    @Override
    public void answeredAt(PathAttempt here, long nowNanos) {
        answers.answeredAt(here, nowNanos);
    }

    @Override
    public Reply thawReply(PathAttempt here, HandshakeSegment synAck, StateReader in) throws FrozenStateException {
        return answers.thawReply(here, synAck, in);
    }

    @Override
    public Optional<HandshakeSegment> refusal(SegmentView syn, Refusal refusal) {
        return answers.refusal(syn, refusal);
    }

    @Override
    public boolean isRefusalOfAnswer(PathAttempt here, SegmentView reset) {
        return answers.isRefusal(reset);
    }

    @Override
    public Refusal refusalIn(SegmentView reset) {
        int reason = refusals.reasonIn(reset, Occasion.REQUEST, number, 0).orElse(0);
        if (reason == 0) {
            return Refusal.UNPROVED;
        }
        boolean otherForm =
                reason == Reject.OFFSET && request != null && request.form().early();
        return otherForm ? Refusal.OFFSET : Refusal.BUSY;
    }

    @Override
    public byte[] resetOption() {
        return refusals.end();
    }

    @Override
    public boolean isProvedReset(SegmentView reset) {
        return refusals.reasonIn(reset, Occasion.END, 0, 0).isPresent();
    }

    /** A request shows a stranger nothing that is of use twice, and a translator that has forgotten us resets too. */
    @Override
    public boolean asksAfterReset() {
        return true;
    }

    @Override
    public boolean keepsOldPath(boolean ours) {
        return ours ? request != null && request.form().backup() : answers.keepsOldPath();
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
        return migration.control().otherLocalPort(active);
    }

    @Override
    public byte[] segmentOption(int roomBytes) {
        return proving.option(roomBytes);
    }

    @Override
    public void switching(PathAttempt won, SegmentView evidence, long nowNanos) {
        proving.stop();
        Answered answer = evidence.has(SegmentView.SYN) ? genuine(won, evidence).orElse(null) : null;
        if (answer == null) {
            return;
        }
        Asked made = answer.asked();
        Accept accept = answer.accept();
        int rcvOffset = (int) migration.control().offsets().rcvNxt();
        if (accept.early()) {
            won.number(evidence.ack() - 1, accept.rcvOffset(), evidence.seq(), accept.nonceOrOffset());
        } else {
            won.number(made.seq(), accept.rcvOffset(), evidence.seq(), rcvOffset);
        }
        Prove prove = prove(made, accept, evidence.seq());
        HandshakeSegment proof = proof(evidence, prove, nowNanos);
        won.path().send(proof, nowNanos);
        former = null;
        provingNumber = made.number();
        provingNonce = accept.nonceOrOffset();
        proving.begin(
                proof,
                prove.encode(),
                accept.early(),
                migration.control().numbers(nowNanos).tsVal(),
                this::refusesProof);
    }

    private boolean refusesProof(SegmentView reset) {
        return refusals.reasonIn(reset, Occasion.REQUEST, provingNumber, provingNonce)
                .isPresent();
    }

    /** What answers {@code synAck}, if its ACCEPT is genuine. */
    Optional<HandshakeSegment> proof(PathAttempt here, SegmentView synAck, long nowNanos) {
        return genuine(here, synAck)
                .map(answer -> proof(synAck, prove(answer.asked(), answer.accept(), synAck.seq()), nowNanos));
    }

    private HandshakeSegment proof(SegmentView synAck, Prove prove, long nowNanos) {
        return MoveSegments.ack(
                migration.control().numbers(nowNanos), synAck, synAck.ack(), synAck.seq() + 1, prove.encode());
    }

    private Prove prove(Asked made, Accept accept, int answerSeq) {
        int rcvOffset = (int) migration.control().offsets().rcvNxt();
        byte[] tag = keys.proofTag(initiator, rcvOffset, accept, made.number(), made.seq(), answerSeq);
        return new Prove(accept.early(), rcvOffset, tag);
    }

    @Override
    public void switched(PathAttempt won, SegmentView evidence, long nowNanos) {
        proving.listen(nowNanos);
    }

    @Override
    public void close() {
        answers.close();
        keys.close();
    }

    /** A request tells nothing of where it goes to, so it serves for each place where the peer may be. */
    private boolean isFromSamePlace(FourTuple here) {
        return requestedTuple != null
                && requestedTuple.localAddress().equals(here.localAddress())
                && requestedTuple.localPort() == here.localPort();
    }

    /**
     * What we asked.
     *
     * @param form its MIGRATE; early: of text that begins at SND.UNA
     * @param rcvNxt what we had of the peer's stream then, modulo 2^32
     */
    private record Asked(int number, Migrate form, int seq, int rcvNxt) {}

    private record Answered(Asked asked, Accept accept) {}
}
