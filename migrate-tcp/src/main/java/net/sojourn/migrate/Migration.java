package net.sojourn.migrate;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import net.sojourn.migrate.MigrationEvent.Reason;
import net.sojourn.migrate.classic.Serial;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.spi.ConnectionControl;
import net.sojourn.stack.spi.ConnectionControl.WireNumbers;
import net.sojourn.stack.spi.PendingPath.CarryOver;
import net.sojourn.stack.spi.RandomSource;
import net.sojourn.stack.spi.SegmentView;
import org.jspecify.annotations.Nullable;

/**
 * The handle of one connection's migration: moves it, tells its state. Loop thread only; of no use once the connection
 * is closed. draft-snoeren-tcp-migrate-00 with the rulings of protocol.md.
 *
 * <p>How it works: {@link Mover} makes our requests, {@link Responder} answers the peer's, each through {@link
 * PathAttempt}s, in the words of the suite's {@link Exchange}; one for each pair of endpoints that is being tried. The connection stays on its active path until
 * one of them is proved by a segment whose numbers fit the stream; {@link #pathProved} is the only place where it moves.
 * {@link Negotiation} makes it migratable, {@link Suspension} holds it while it has no path, {@link Rendezvous} knows
 * where else the peer may be, {@link ConnectionHooks} brings what the stack tells. The state is read off these parts, it is stored nowhere else.
 */
public final class Migration {

    private static final int SILENT_TIMEOUTS = 3;
    private static final int MAX_LEFT_TUPLES = 64;
    private static final int SILENT_TIMEOUTS_AFTER_SWITCH = 2;

    private final MigrateExtension extension;
    private final ConnectionControl control;
    private final boolean initiator;
    private final Negotiation negotiation;
    private final Mover mover;
    private final Responder responder;
    private final Suspension suspension;
    private final Rendezvous rendezvous;
    private final Prober prober;

    private @Nullable IpAddress yieldedMove;
    private int moves;
    private final Set<FourTuple> leftTuples = new LinkedHashSet<>(0);
    private long sndUnaAtSwitch;

    Migration(MigrateExtension extension, ConnectionControl control, boolean initiator, Offer offer) {
        this.extension = extension;
        this.control = control;
        this.initiator = initiator;
        this.negotiation = new Negotiation(this, offer);
        this.mover = new Mover(this);
        this.responder = new Responder(this);
        this.suspension = new Suspension(this);
        this.rendezvous = new Rendezvous(this, mover, suspension);
        this.prober = new Prober(this);
    }

    /** The connection's, unique in its stack. */
    public long connectionId() {
        return control.id();
    }

    /** The active path. */
    public FourTuple tuple() {
        return control.tuple();
    }

    public MigrationState state() {
        if (mover.isAsking()) {
            return MigrationState.SYN_SENT;
        }
        if (responder.isAnswering()) {
            return MigrationState.SYN_RCVD;
        }
        return suspension.isActive() ? MigrationState.WAIT : MigrationState.NONE;
    }

    /** Whether both ends agreed to Migrate, whatever has happened since. */
    public boolean isNegotiated() {
        return negotiation.exchange() != null;
    }

    /** What the two ends agreed to speak; {@link Suite#OFF} if nothing, or not yet. */
    public Suite suite() {
        Exchange exchange = negotiation.exchange();
        return exchange == null ? Suite.OFF : exchange.suite();
    }

    /**
     * With {@link Suite#M2}: 32 octets that are equal at both ends exactly if nobody sits between them, for an application
     * that can compare them by means of its own; not secret. Empty array otherwise.
     */
    public byte[] fingerprint() {
        return negotiation.exchange() instanceof M2Exchange m2 ? m2.fingerprint() : new byte[0];
    }

    /** Whether {@link #move} would begin a move now. */
    public boolean isMigratable() {
        Exchange exchange = negotiation.exchange();
        return exchange != null && exchange.mayAsk() && !exchange.isExhausted() && mayMove();
    }

    /** The number of our last request; 0 if there was none. */
    public int reqNo() {
        Exchange exchange = negotiation.exchange();
        return exchange == null ? 0 : exchange.requestNumber();
    }

    /** Path switches so far, the peer's moves included. */
    public int moves() {
        return moves;
    }

    /** How long the connection lives on without a path: with {@link Suite#M2} the smaller of both ends' counts. */
    public Duration resumeWindow() {
        long ours = settings().resumeWindowNanos();
        return Duration.ofNanos(isNegotiated() ? Math.min(ours, exchange().peerResumeWindowNanos()) : ours);
    }

    /** How long the connection has been without a path; zero if it has one. */
    public Duration suspendedFor(long nowNanos) {
        return Duration.ofNanos(suspension.elapsedNanos(nowNanos));
    }

    /** Why the connection waits; empty if it does not. */
    public Optional<SuspensionCause> suspensionCause() {
        return Optional.ofNullable(suspension.cause());
    }

    /**
     * Moves the connection to {@code localAddress}, on its old port if that is free there. The address it has already
     * asks the peer to confirm the path it knows. A move under way to another address is replaced.
     */
    public MoveOutcome move(IpAddress localAddress, long nowNanos) {
        if (negotiation.isUnderWay()) {
            negotiation.queue(localAddress);
            return MoveOutcome.QUEUED;
        }
        FourTuple here = control.tuple();
        PathAttempt asking = mover.attempt();
        boolean underWayFromThere =
                asking != null && asking.tuple().localAddress().equals(localAddress);
        if (underWayFromThere) {
            return MoveOutcome.UNDER_WAY;
        }
        try {
            if (localAddress.equals(here.localAddress())) {
                return move(isNegotiated() ? exchange().beside(here) : here, nowNanos);
            }
            FourTuple there = here.withLocal(localAddress, here.localPort());
            return move(hasLeft(there) ? control.otherLocalPort(there) : control.freeLocalPort(there), nowNanos);
        } catch (IllegalStateException noPortIsFree) {
            return refuse(Reason.TUPLE_IN_USE, nowNanos);
        }
    }

    /** Firewalls on the way still know {@code tuple} with the numbers of then, and may drop a SYN there. */
    private boolean hasLeft(FourTuple tuple) {
        return settings().traversal() && leftTuples.contains(tuple);
    }

    /** Moves the connection to {@code tuple}, which may also name another address of the peer. */
    public MoveOutcome move(FourTuple tuple, long nowNanos) {
        if (!isNegotiated() || !exchange().mayAsk()) {
            return refuse(Reason.PEER_WITHOUT_MIGRATE, nowNanos);
        }
        if (!mayMove()) {
            return refuse(Reason.STATE, nowNanos);
        }
        if (tuple.localAddress().isIpv4() != tuple.peerAddress().isIpv4()) {
            return refuse(Reason.ADDRESS_FAMILY, nowNanos);
        }
        if (mover.isAskingAt(tuple)) {
            return MoveOutcome.UNDER_WAY;
        }
        return ask(tuple, false, nowNanos);
    }

    /**
     * Tries whether the peer can be reached from {@code localAddress}, and moves nothing: {@link MigrationEvent.PathProbed}
     * or {@link MigrationEvent.ProbeUnanswered} says how it went. Only with {@link Suite#M2}, and not beside a move.
     */
    public MoveOutcome probe(IpAddress localAddress, long nowNanos) {
        FourTuple here = control.tuple();
        if (!(negotiation.exchange() instanceof M2Exchange m2) || !m2.mayAsk()) {
            return refuse(Reason.PEER_WITHOUT_MIGRATE, nowNanos);
        }
        if (!isInMovableState() || mover.isAsking()) {
            return refuse(Reason.STATE, nowNanos);
        }
        if (localAddress.isIpv4() != here.peerAddress().isIpv4()) {
            return refuse(Reason.ADDRESS_FAMILY, nowNanos);
        }
        if (prober.isWaiting()) {
            return MoveOutcome.UNDER_WAY;
        }
        FourTuple there = m2.beside(here.withLocal(localAddress, here.localPort()));
        return prober.start(m2, there, nowNanos) ? MoveOutcome.STARTED : refuse(Reason.TUPLE_IN_USE, nowNanos);
    }

    /**
     * The peer's name says that it is at {@code peerAddress} now: if it is being asked, or waited for, it is asked there
     * too, at once. For those who look names up and do not want to wait to be asked as {@link PeerLocator}.
     */
    public void peerMayBeAt(IpAddress peerAddress, long nowNanos) {
        rendezvous.peerMayBeAt(peerAddress, nowNanos);
    }

    /** The active path's local address is gone: the connection is suspended until it is moved. */
    public void localAddressLost(long nowNanos) {
        localAddressLost(control.tuple().localAddress(), nowNanos);
    }

    /** {@code address} is gone: a move from there ends, and a connection that lives there is suspended. */
    public void localAddressLost(IpAddress address, long nowNanos) {
        if (!isNegotiated() || !isInMovableState()) {
            return;
        }
        rendezvous.localAddressLost(address);
        PathAttempt asking = mover.attempt();
        if (asking != null && asking.tuple().localAddress().equals(address)) {
            stopAsking();
        }
        if (control.tuple().localAddress().equals(address)) {
            suspension.addressLost(nowNanos);
        }
    }

    // --- another life of the stack

    private static final int STATE_VERSION = 3;

    /**
     * What we asked is not kept: it is asked again, from the address that was wanted. What we answered is: the peer may have
     * moved on the strength of it.
     */
    void freeze(StateWriter out, long nowNanos) {
        out.octet(STATE_VERSION).number32(moves).number64(sndUnaAtSwitch);
        suspension.freeze(out, nowNanos);
        IpAddress wanted = wantedMove();
        out.address(wanted == null ? IpAddress.IPV6_ANY : wanted);
        out.octet(leftTuples.size());
        leftTuples.forEach(out::tuple);
        rendezvous.freeze(out);
        negotiation.freeze(out);
        int part = out.begin();
        if (isNegotiated()) {
            responder.freeze(out);
        }
        out.end(part);
    }

    private @Nullable IpAddress wantedMove() {
        PathAttempt asking = mover.attempt();
        if (asking != null) {
            return asking.tuple().localAddress();
        }
        return yieldedMove != null ? yieldedMove : negotiation.queuedMove();
    }

    /** What {@link #freeze} wrote. */
    void thaw(StateReader in, long downNanos, long nowNanos) throws FrozenStateException {
        StateReader.require(in.octet("version of Migrate", STATE_VERSION) == STATE_VERSION, "version of Migrate");
        moves = in.number32("number of moves", 0, Integer.MAX_VALUE);
        sndUnaAtSwitch = in.number64("SND.UNA of the last move", 0, Long.MAX_VALUE);
        suspension.thaw(in, downNanos, nowNanos);
        IpAddress wanted = in.address("address that was wanted");
        for (int count = in.octet("number of former paths", MAX_LEFT_TUPLES); count > 0; count--) {
            leftTuples.add(in.tuple("former path"));
        }
        rendezvous.thaw(in);
        negotiation.thaw(in, nowNanos);
        StateReader answers = in.part("answers");
        if (isNegotiated() && answers.remaining() > 0) {
            responder.thaw(answers, nowNanos);
        }
        in.end("Migrate");
        StateReader.require(control.isSuspended() == suspension.isActive(), "suspension");
        if (!isNegotiated() && suspension.isActive()) {
            suspension.end();
            control.resume(nowNanos);
        }
        if (isNegotiated() && !wanted.isUnspecified()) {
            control.callAt(nowNanos, now -> move(wanted, now));
        }
    }

    @Override
    public String toString() {
        return "Migration[" + control.id() + " " + control.tuple() + " " + state() + ", moves " + moves + "]";
    }

    // --- what the parts ask of the whole

    /** The widest window our scale allows: as far as a genuine number can be from RCV.NXT. At most 1 GiB. */
    static long largestWindowBytes(WireNumbers numbers) {
        return 0xFFFFL << Math.max(0, numbers.rcvWndScale());
    }

    ConnectionControl control() {
        return control;
    }

    /** RFC 7323 5.3, PAWS: whether {@code segment} was sent before the last one we have seen. */
    boolean isOlderThanLast(SegmentView segment, WireNumbers numbers) {
        return numbers.timestamps()
                && segment.hasTimestamps()
                && !negotiation.isPartOfKey(numbers.tsRecent())
                && Serial.distance(numbers.tsRecent(), segment.tsVal()) < 0;
    }

    MigrateSettings settings() {
        return extension.settings();
    }

    RandomSource random() {
        return extension.random();
    }

    MigrateExtension extension() {
        return extension;
    }

    boolean isInitiator() {
        return initiator;
    }

    Exchange exchange() {
        Exchange agreed = negotiation.exchange();
        if (agreed == null) {
            throw new IllegalStateException("connection " + control.id() + " has not agreed to Migrate");
        }
        return agreed;
    }

    void count(MigrateCounter counter) {
        extension.increment(counter);
    }

    void tell(MigrationEvent event, long nowNanos) {
        extension.listener().migrationEvent(this, event, nowNanos);
    }

    /** Whether either end may move: in TIME-WAIT too, for the peer may lack the acknowledgement of its FIN. */
    boolean mayMove() {
        return isInMovableState() || control.state() == TcpState.TIME_WAIT;
    }

    /** protocol.md 3.2: the states that live on without a path. */
    boolean isInMovableState() {
        return switch (control.state()) {
            case ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK -> true;
            case CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED, TIME_WAIT -> false;
        };
    }

    /** Before the first three segments are through. */
    boolean isBeingOpened() {
        return !control.state().isSynchronized() && control.state() != TcpState.CLOSED;
    }

    boolean isAskingAt(FourTuple tuple) {
        return mover.isAskingAt(tuple);
    }

    Optional<PathAttempt> askingAt(FourTuple tuple) {
        return mover.isAskingAt(tuple) ? Optional.ofNullable(mover.attempt()) : Optional.empty();
    }

    /**
     * The peer asks where we are asking: its attempt is ours. In a suite that cannot share one, both ends can tell which
     * request wins: the original initiator's. The acceptor answers that and takes up its own again if nothing comes of it.
     */
    Optional<PathAttempt> crossing(FourTuple tuple) {
        Optional<PathAttempt> asking = askingAt(tuple);
        if (asking.isEmpty() || exchange().sharesAttempts()) {
            return asking;
        }
        yieldedMove = tuple.localAddress();
        stopAsking();
        return Optional.empty();
    }

    /** Whether a request of the peer's that crosses our own on {@code tuple} is to be ignored. */
    boolean prevailsAt(FourTuple tuple) {
        return initiator && mover.isAskingAt(tuple) && !exchange().sharesAttempts();
    }

    boolean mayAnswerOneMore() {
        return extension.mayAnswerOneMore();
    }

    void answerBegun() {
        extension.answerBegun();
    }

    void answerEnded() {
        extension.answerEnded();
    }

    Negotiation negotiation() {
        return negotiation;
    }

    Suspension suspension() {
        return suspension;
    }

    Mover mover() {
        return mover;
    }

    Rendezvous rendezvous() {
        return rendezvous;
    }

    Responder responder() {
        return responder;
    }

    /**
     * Both ends move at once, each to a path of its own: the original initiator's request wins (protocol.md 8.4), ours is
     * made again from there. But not for ever: the peer may be unable to complete it.
     */
    boolean yieldsToPeersRequest(PathAttempt answered) {
        return !initiator && !mover.hasTimedOut() && responder.isAnsweringElsewhere(answered.tuple());
    }

    /** {@code won}'s segment fits the stream: the connection lives there from now on. */
    void pathProved(PathAttempt won, SegmentView evidence, long nowNanos) {
        FourTuple old = control.tuple();
        PathAttempt asking = mover.attempt();
        IpAddress stillWanted = null;
        if (asking == won) {
            mover.confirm();
        } else if (asking != null) {
            stillWanted = asking.tuple().localAddress();
            stopAsking();
        }
        boolean formerPathLives = !suspension.isActive() && won.sawLifeElsewhere();
        responder.commit(won);
        boolean wasSuspended = suspension.isActive();
        long suspendedNanos = suspension.elapsedNanos(nowNanos);
        suspension.end();
        yieldedMove = null;
        boolean ours = asking == won;
        exchange().switching(won, evidence, nowNanos);
        FourTuple now = won.tuple();
        boolean samePlaces = old.localAddress().equals(now.localAddress())
                && old.peerAddress().equals(now.peerAddress());
        CarryOver elsewhere = formerPathLives ? CarryOver.FLIGHT : CarryOver.NOTHING;
        won.path().activate(samePlaces ? CarryOver.CONGESTION_STATE : elsewhere, evidence, nowNanos);
        rendezvous.switched(old, ours, exchange().keepsOldPath(ours));
        exchange().switched(won, evidence, nowNanos);
        moves++;
        remember(old);
        sndUnaAtSwitch = control.offsets().sndUna();
        count(MigrateCounter.PATHS_SWITCHED);
        tell(new MigrationEvent.PathSwitched(old, now, nowNanos - won.startedNanos()), nowNanos);
        if (!old.equals(now)) {
            extension.listener().onMoved(this, old, now);
        }
        if (wasSuspended) {
            suspension.resumed(suspendedNanos, nowNanos);
        }
        boolean moveOnFromHere = stillWanted != null
                && !stillWanted.equals(now.localAddress())
                && !stillWanted.equals(old.localAddress());
        if (stillWanted != null && moveOnFromHere) {
            move(stillWanted, nowNanos); // the peer was faster, our own move is still to be made
        }
    }

    private void remember(FourTuple left) {
        leftTuples.add(left);
        if (leftTuples.size() > MAX_LEFT_TUPLES) {
            leftTuples.remove(leftTuples.iterator().next());
        }
    }

    /** The path we know carries segments again: no need to ask on it. */
    void thawed() {
        stopAsking();
    }

    /** A reset that quotes our request: the peer, or a stranger at its old address. */
    void requestReset(Refusal refusal, long nowNanos) {
        count(MigrateCounter.RESETS_TO_REQUESTS);
        switch (refusal) {
            case RESET -> {
                mover.requestReset();
                if (mover.isPersisting()) {
                    suspension.shorten(settings().waitNanos(), nowNanos);
                }
                tell(new MigrationEvent.Refused(Reason.RESET_BY_PEER), nowNanos);
            }
            case UNPROVED -> tell(new MigrationEvent.Refused(Reason.RESET_BY_PEER), nowNanos);
            case BUSY -> {
                count(MigrateCounter.REFUSALS_RECEIVED);
                tell(new MigrationEvent.Refused(Reason.PEER_IS_BUSY), nowNanos);
            }
            case OFFSET -> {
                count(MigrateCounter.REFUSALS_RECEIVED);
                mover.askOtherwise(nowNanos);
            }
        }
    }

    /** The peer has not moved after all: what our proof said of the stream cannot be. Once more, with a new request. */
    void proofRefused(long nowNanos) {
        count(MigrateCounter.REFUSALS_RECEIVED);
        askUnchangedAddress(nowNanos);
    }

    /** The fixed host answers our request and never speaks on the new path: where it came from there may be a way back. */
    void proofUnheard(long nowNanos) {
        if (!mover.isAsking() && !responder.isAnswering() && isMigratable()) {
            rendezvous.backup().ifPresent(tuple -> ask(tuple, true, nowNanos));
        }
    }

    boolean isProbing(PathAttempt here) {
        return prober.isAt(here);
    }

    void probeAnswered(SegmentView synAck, long nowNanos) {
        if (negotiation.exchange() instanceof M2Exchange m2) {
            prober.answerArrives(m2, synAck, nowNanos);
        }
    }

    /** The peer can speak with us at {@code tried} and knows it; nothing moves. */
    void probeProved(PathAttempt tried, long nowNanos) {
        responder.discard(tried);
        count(MigrateCounter.PATHS_PROBED);
        tell(new MigrationEvent.PathProbed(tried.tuple(), nowNanos - tried.startedNanos()), nowNanos);
    }

    /** A candidate source answered our SYN/ACK with a reset. */
    void answerReset(PathAttempt candidate) {
        responder.discard(candidate);
    }

    /**
     * The regular attempts of a move are used up.
     *
     * @return whether to go on: only if there is no other path
     */
    boolean attemptsEnd(boolean resetByPeer, long nowNanos) {
        PathAttempt asking = mover.attempt();
        if (!suspension.isActive() && asking != null) {
            stopAsking();
            tell(new MigrationEvent.MoveAbandoned(asking.tuple()), nowNanos);
            return false;
        }
        if (resetByPeer) {
            suspension.shorten(settings().waitNanos(), nowNanos);
        }
        return true;
    }

    /** The peer's move was never completed, and the old path has been silent since (protocol.md 2.5). */
    void moveUnfinished(boolean oldPathLives, long nowNanos) {
        IpAddress ours = yieldedMove;
        yieldedMove = null;
        if (ours != null) {
            move(ours, nowNanos);
        } else if (!oldPathLives) {
            suspension.moveUnfinished(nowNanos);
        }
    }

    /** Goes on asking at {@code tuple}, in the count of attempts that is under way. */
    Optional<PathAttempt> askInsteadAt(FourTuple tuple, long nowNanos) {
        Optional<PathAttempt> there = attemptToAskAt(tuple, nowNanos);
        PathAttempt left = mover.attempt();
        if (there.isEmpty() || left == null) {
            return Optional.empty();
        }
        mover.askInsteadAt(there.get(), nowNanos);
        if (responder.candidateAt(left.tuple()).isEmpty()) {
            left.path().discard();
        }
        return there;
    }

    private Optional<PathAttempt> attemptToAskAt(FourTuple tuple, long nowNanos) {
        Optional<PathAttempt> answered = responder.candidateAt(tuple);
        if (answered.isPresent()) {
            // In a suite that cannot ask and answer in one attempt the peer's request goes first.
            return exchange().sharesAttempts() ? answered : Optional.empty();
        }
        try {
            return Optional.of(new PathAttempt(this, tuple, nowNanos));
        } catch (IllegalStateException ownedByAnotherConnection) {
            return Optional.empty();
        }
    }

    /** A Migrate SYN from the address the peer knows: it thaws a peer that waits (protocol.md 3.2). */
    void askUnchangedAddress(long nowNanos) {
        if (!mover.isAsking() && !responder.isAnswering() && isMigratable()) {
            ask(exchange().beside(control.tuple()), true, nowNanos);
        }
    }

    /** The peer has not acknowledged what was sent, {@code consecutive} time-outs long. */
    void peerIsSilent(int consecutive, long nowNanos) {
        if (!isNegotiated() || suspension.isActive()) {
            return;
        }
        boolean nothingSinceSwitch = moves > 0 && control.offsets().sndUna() == sndUnaAtSwitch;
        if (consecutive >= (nothingSinceSwitch ? SILENT_TIMEOUTS_AFTER_SWITCH : SILENT_TIMEOUTS)) {
            askUnchangedAddress(nowNanos);
        }
    }

    /** The stack has dropped the connection's paths and deadlines: only our own books are left to put right. */
    void closed() {
        mover.stop();
        prober.connectionClosed();
        responder.connectionClosed();
        suspension.end();
        negotiation.close();
        extension.forget(this);
    }

    private MoveOutcome ask(FourTuple tuple, boolean forThaw, long nowNanos) {
        if (exchange().isExhausted() && !forThaw) {
            return refuse(Reason.TOO_MANY_MOVES, nowNanos);
        }
        stopAsking();
        prober.stop();
        Optional<PathAttempt> attempt = attemptToAskAt(tuple, nowNanos);
        if (attempt.isEmpty()) {
            return refuse(Reason.TUPLE_IN_USE, nowNanos);
        }
        PathAttempt here = attempt.get();
        if (!mover.start(here, forThaw, nowNanos)) {
            here.path().discard();
            return MoveOutcome.REFUSED;
        }
        return MoveOutcome.STARTED;
    }

    /** Ends our own attempt to move, whatever for. */
    void stopAsking() {
        PathAttempt asking = mover.attempt();
        mover.stop();
        if (asking != null && responder.candidateAt(asking.tuple()).isEmpty()) {
            asking.path().discard();
        }
    }

    MoveOutcome refuse(Reason reason, long nowNanos) {
        tell(new MigrationEvent.Refused(reason), nowNanos);
        return MoveOutcome.REFUSED;
    }
}
