package net.sojourn.migrate;

import java.util.Optional;
import net.sojourn.migrate.Responder.Judgement;
import net.sojourn.migrate.classic.ConnectionSecret;
import net.sojourn.migrate.classic.MigrateOption;
import net.sojourn.migrate.classic.MigrateSegments;
import net.sojourn.migrate.classic.ReplayMemory;
import net.sojourn.migrate.classic.ReqNo;
import net.sojourn.migrate.classic.Request;
import net.sojourn.migrate.classic.Serial;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.spi.ConnectionControl.WireNumbers;
import net.sojourn.stack.spi.ConnectionExtension;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.SegmentView;
import org.jspecify.annotations.Nullable;

/**
 * The classic suite's part of a connection's moves. Loop thread only. protocol.md 2, 5.3, 7.4.
 *
 * <p>A SYN of a move takes no sequence number and its answer names no request, so both answer and proof are known by their
 * numbers alone: they must fit the stream.
 */
final class ClassicExchange implements Exchange {

    private static final int TIMEOUTS_BEFORE_NEW_REQUEST = 2;

    private final Migration migration;
    private final ConnectionSecret secret;

    private final ReplayMemory sent;
    private int requests;
    private int reqNo;
    private int s;
    private @Nullable Request request;
    private @Nullable FourTuple requestedTuple;
    private boolean answered;

    private int peerReqNo = -1;
    private @Nullable HandshakeSegment lastSynAck;
    private @Nullable FourTuple lastSynAckAt;

    ClassicExchange(Migration migration, ConnectionSecret secret) {
        this.migration = migration;
        this.secret = secret;
        this.sent = new ReplayMemory();
    }

    private ClassicExchange(Migration migration, StateReader in) throws FrozenStateException {
        this.migration = migration;
        this.secret = ConnectionSecret.thaw(in);
        this.sent = ReplayMemory.thaw(in);
        this.requests = in.number32("number of requests", 0, Integer.MAX_VALUE);
        this.reqNo = in.octet("request number", ReqNo.MAX);
        this.peerReqNo = in.octet("request number", ReqNo.MAX + 1) - 1;
    }

    /** What {@link #freeze} wrote. Our last request is not made again: the next has a number of its own. */
    static ClassicExchange thaw(Migration migration, StateReader in) throws FrozenStateException {
        return new ClassicExchange(migration, in);
    }

    @Override
    public void freeze(StateWriter out) {
        secret.freeze(out);
        sent.freeze(out);
        out.number32(requests).octet(reqNo).octet(peerReqNo + 1);
    }

    @Override
    public Reply thawReply(PathAttempt here, HandshakeSegment synAck, StateReader in) {
        lastSynAck = synAck;
        lastSynAckAt = here.tuple();
        return new Reply(synAck.ack() - 1, synAck, here::fits, false);
    }

    @Override
    public void thawed(long nowNanos) {}

    ConnectionSecret secret() {
        return secret;
    }

    @Override
    public Suite suite() {
        return Suite.CLASSIC;
    }

    @Override
    public boolean register() {
        return migration.extension().register(secret.token(), migration);
    }

    @Override
    public boolean mayAsk() {
        return true;
    }

    @Override
    public long peerResumeWindowNanos() {
        return Long.MAX_VALUE;
    }

    @Override
    public boolean isExhausted() {
        return requests >= migration.settings().limits().maxMoves();
    }

    @Override
    public int requestNumber() {
        return reqNo;
    }

    @Override
    public boolean servesAgain(FourTuple here, long nowNanos) {
        WireNumbers numbers = migration.control().numbers(nowNanos);
        return !answered
                && request != null
                && isFromSamePlace(here)
                && (s == numbers.sndUna() - 1 || s == numbers.sndMax() - 1);
    }

    @Override
    public boolean newRequest(FourTuple here, int timeouts, long nowNanos) {
        return makeRequest(here, migration.control().numbers(nowNanos).sndUna() - 1);
    }

    /** A firewall may have dropped the answer because the peer had more than S, or a copy of our SYN came first. */
    @Override
    public void timedOut(FourTuple here, int timeouts, long nowNanos) {
        if (timeouts == TIMEOUTS_BEFORE_NEW_REQUEST && migration.settings().traversal()) {
            // With all used up the old request is repeated.
            makeRequest(here, migration.control().numbers(nowNanos).sndMax() - 1);
        }
    }

    @Override
    public void ask(PathAttempt here, int transmission, boolean forThaw, long nowNanos) {
        here.ask(syn(here, nowNanos), forThaw, nowNanos);
    }

    private HandshakeSegment syn(PathAttempt here, long nowNanos) {
        Request proof = request;
        if (proof == null) {
            throw new IllegalStateException("no request has been made");
        }
        MigrateSettings settings = migration.settings();
        return MigrateSegments.syn(
                migration.control().numbers(nowNanos),
                s,
                new MigrateOption(false, reqNo, secret.token(), proof),
                settings.profile(),
                settings.traversal(),
                here.path().mssBytes());
    }

    @Override
    public boolean repeatedAt(PathAttempt here, SegmentView syn, long nowNanos) {
        return true;
    }

    @Override
    public void answeredAt(PathAttempt here, long nowNanos) {}

    @Override
    public boolean limitsAmplification() {
        return false;
    }

    @Override
    public boolean isAnswer(PathAttempt here, SegmentView synAck, long nowNanos) {
        return here.fits(synAck, nowNanos);
    }

    @Override
    public void answered() {
        answered = true;
    }

    @Override
    public Judgement judge(SegmentView syn, FourTuple tuple, long nowNanos) {
        MigrateOption option = migration.extension().classicOption(syn).orElse(null);
        if (option == null) {
            return Judgement.STALE;
        }
        boolean repeated = option.reqNo() == peerReqNo;
        if (peerReqNo >= 0 && !repeated && !ReqNo.isLater(option.reqNo(), peerReqNo)) {
            return stale(MigrateCounter.STALE_REQUESTS);
        }
        // No third host was ever given our secret: whoever says so is not believed.
        if (option.preload() || !secret.request(syn.seq(), option.reqNo()).isSame(option.request())) {
            return Judgement.FORGED;
        }
        if (sent.contains(syn.seq(), option.reqNo(), option.request())) {
            return stale(MigrateCounter.REFLECTED_REQUESTS);
        }
        if (!migration.mayMove()) {
            return stale(MigrateCounter.STALE_REQUESTS);
        }
        WireNumbers numbers = migration.control().numbers(nowNanos);
        // 2.6: the numbers have wrapped, and somebody plays a recording.
        if (!repeated && !Serial.isNear(syn.seq() + 1, numbers.rcvNxt(), Migration.largestWindowBytes(numbers))) {
            return stale(MigrateCounter.STALE_REQUESTS);
        }
        return repeated ? Judgement.REPEATED : Judgement.NEW;
    }

    @Override
    public int judgedNumber() {
        return peerReqNo;
    }

    @Override
    public Reply reply(PathAttempt here, SegmentView syn, boolean repeated, long nowNanos) {
        HandshakeSegment last = lastSynAck;
        if (last != null && repeated && here.tuple().equals(lastSynAckAt)) {
            return new Reply(syn.seq(), last, here::fits, false);
        }
        WireNumbers numbers = migration.control().numbers(nowNanos);
        HandshakeSegment synAck = MigrateSegments.synAck(
                numbers, syn, migration.settings().traversal(), here.path().mssBytes());
        if (last == null || !repeated) {
            migration.extension().classicOption(syn).ifPresent(option -> peerReqNo = option.reqNo());
        } else {
            // One answer has one pair of numbers wherever it goes; but with an old timestamp PAWS would refuse it where
            // segments of the former path have come meanwhile (RFC 7323 5.3).
            synAck = new HandshakeSegment(last.seq(), last.ack(), last.flags(), last.window(), synAck.options());
        }
        lastSynAck = synAck;
        lastSynAckAt = here.tuple();
        return new Reply(synAck.ack() - 1, synAck, here::fits, false);
    }

    @Override
    public Optional<HandshakeSegment> refusal(SegmentView syn, Refusal refusal) {
        return Optional.empty();
    }

    @Override
    public Refusal refusalIn(SegmentView reset) {
        return Refusal.RESET;
    }

    @Override
    public boolean isRefusalOfAnswer(PathAttempt here, SegmentView reset) {
        return true;
    }

    @Override
    public Optional<HandshakeSegment> refusalOfAnswer(PathAttempt here, SegmentView synAck) {
        return Optional.empty();
    }

    @Override
    public byte[] resetOption() {
        return ConnectionExtension.NO_OPTION;
    }

    @Override
    public boolean isProvedReset(SegmentView reset) {
        return false;
    }

    /** MIGRATE_WAIT is silent in the draft; and a stranger would see the token that names the connection for life. */
    @Override
    public boolean asksAfterReset() {
        return false;
    }

    @Override
    public boolean keepsOldPath(boolean ours) {
        return false;
    }

    @Override
    public boolean sharesAttempts() {
        return true;
    }

    @Override
    public FourTuple beside(FourTuple active) {
        return active;
    }

    @Override
    public byte[] segmentOption(int roomBytes) {
        return ConnectionExtension.NO_OPTION;
    }

    @Override
    public void switching(PathAttempt won, SegmentView evidence, long nowNanos) {}

    @Override
    public void switched(PathAttempt won, SegmentView evidence, long nowNanos) {}

    @Override
    public void close() {
        migration.extension().unregister(secret.token(), migration);
        secret.close();
    }

    private boolean makeRequest(FourTuple tuple, int seq) {
        if (isExhausted()) {
            return false;
        }
        reqNo = requests == 0 ? ReqNo.FIRST : ReqNo.next(reqNo);
        requests++;
        s = seq;
        request = secret.request(seq, reqNo);
        requestedTuple = tuple;
        answered = false;
        sent.remember(seq, reqNo, request);
        return true;
    }

    private Judgement stale(MigrateCounter counter) {
        migration.count(counter);
        return Judgement.STALE;
    }

    /** A request tells nothing of where it goes to, so it serves for each place where the peer may be. */
    private boolean isFromSamePlace(FourTuple here) {
        return requestedTuple != null
                && requestedTuple.localAddress().equals(here.localAddress())
                && requestedTuple.localPort() == here.localPort();
    }
}
