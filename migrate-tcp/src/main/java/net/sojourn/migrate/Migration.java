package net.sojourn.migrate;

import java.util.Optional;
import java.util.OptionalInt;
import net.sojourn.migrate.MigrationEvent.Reason;
import net.sojourn.migrate.classic.ClassicNegotiation;
import net.sojourn.migrate.classic.ConnectionSecret;
import net.sojourn.migrate.classic.MigrateOption;
import net.sojourn.migrate.classic.Serial;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.spi.ConnectionControl;
import net.sojourn.stack.spi.ConnectionControl.WireNumbers;
import net.sojourn.stack.spi.ConnectionExtension;
import net.sojourn.stack.spi.PendingPath.CarryOver;
import net.sojourn.stack.spi.RandomSource;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.spi.SynWriter;
import org.jspecify.annotations.Nullable;

/**
 * The handle of one connection's migration: moves it, tells its state. Loop thread only; of no use once the connection
 * is closed. draft-snoeren-tcp-migrate-00 with the rulings of protocol.md.
 *
 * <p>How it works: {@link Mover} makes our requests, {@link Responder} answers the peer's, each through {@link
 * ClassicHandshake}s, one for each pair of endpoints that is being tried. The connection stays on its active path until
 * one of them is proved by a segment whose numbers fit the stream; {@link #pathProved} is the only place where it moves.
 * {@link Suspension} holds it while it has no path. The state is read off these parts, it is stored nowhere else.
 */
public final class Migration {

    private static final int SILENT_TIMEOUTS = 3;
    private static final int SILENT_TIMEOUTS_AFTER_SWITCH = 2;

    private final MigrateExtension extension;
    private final ConnectionControl control;
    private final ClassicNegotiation negotiation;
    private final Mover mover;
    private final Responder responder;
    private final Suspension suspension;

    private ClassicNegotiation.PeerAnswer peerAnswer = ClassicNegotiation.PeerAnswer.NO_OPTION;
    private @Nullable ConnectionSecret secret;
    private @Nullable IpAddress queuedMove;
    private int moves;
    private int sndUnaAtSwitch;
    private boolean givingUp;
    private OptionalInt peerSynTsVal = OptionalInt.empty();

    Migration(MigrateExtension extension, ConnectionControl control, ClassicNegotiation negotiation) {
        this.extension = extension;
        this.control = control;
        this.negotiation = negotiation;
        this.mover = new Mover(this);
        this.responder = new Responder(this);
        this.suspension = new Suspension(this);
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
        return secret != null;
    }

    /** Whether {@link #move} would begin a move now. */
    public boolean isMigratable() {
        return secret != null && isInMovableState() && !mover.isExhausted();
    }

    /** The number of our last request; 0 if there was none. */
    public int reqNo() {
        return mover.reqNo();
    }

    /** Path switches so far, the peer's moves included. */
    public int moves() {
        return moves;
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
        if (secret == null && !control.state().isSynchronized() && control.state() != TcpState.CLOSED) {
            queuedMove = localAddress;
            return MoveOutcome.QUEUED;
        }
        FourTuple here = control.tuple();
        boolean underWayFromThere = mover.handshake() != null
                && mover.handshake().tuple().localAddress().equals(localAddress);
        if (underWayFromThere) {
            return MoveOutcome.UNDER_WAY;
        }
        if (localAddress.equals(here.localAddress())) {
            return move(here, nowNanos);
        }
        try {
            return move(control.freeLocalPort(here.withLocal(localAddress, here.localPort())), nowNanos);
        } catch (IllegalStateException noPortIsFree) {
            return refuse(Reason.TUPLE_IN_USE, nowNanos);
        }
    }

    /** Moves the connection to {@code tuple}, which may also name another address of the peer. */
    public MoveOutcome move(FourTuple tuple, long nowNanos) {
        if (secret == null) {
            return refuse(Reason.PEER_WITHOUT_MIGRATE, nowNanos);
        }
        if (!isInMovableState()) {
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

    /** The active path's local address is gone: the connection is suspended until it is moved. */
    public void localAddressLost(long nowNanos) {
        localAddressLost(control.tuple().localAddress(), nowNanos);
    }

    /** {@code address} is gone: a move from there ends, and a connection that lives there is suspended. */
    public void localAddressLost(IpAddress address, long nowNanos) {
        if (secret == null || !isInMovableState()) {
            return;
        }
        ClassicHandshake asking = mover.handshake();
        if (asking != null && asking.tuple().localAddress().equals(address)) {
            stopAsking();
        }
        if (control.tuple().localAddress().equals(address) && suspension.cause() != SuspensionCause.NO_ADDRESS) {
            suspendHere();
            suspension.begin(SuspensionCause.NO_ADDRESS, settings().resumeWindowNanos(), nowNanos);
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
        boolean onlySynSeen = peerSynTsVal.isPresent() && peerSynTsVal.getAsInt() == numbers.tsRecent();
        return numbers.timestamps()
                && segment.hasTimestamps()
                && !onlySynSeen
                && Serial.distance(numbers.tsRecent(), segment.tsVal()) < 0;
    }

    MigrateSettings settings() {
        return extension.settings();
    }

    RandomSource random() {
        return extension.random();
    }

    ConnectionSecret secret() {
        if (secret == null) {
            throw new IllegalStateException("connection " + control.id() + " has not agreed to Migrate");
        }
        return secret;
    }

    void count(MigrateCounter counter) {
        extension.increment(counter);
    }

    void tell(MigrationEvent event, long nowNanos) {
        extension.listener().migrationEvent(this, event, nowNanos);
    }

    /** protocol.md 3.2: the states in which either end may move. */
    boolean isInMovableState() {
        return switch (control.state()) {
            case ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK -> true;
            case CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED, TIME_WAIT -> false;
        };
    }

    boolean sentItself(int seq, MigrateOption option) {
        return mover.sentItself(seq, option);
    }

    boolean isAskingAt(FourTuple tuple) {
        return mover.isAskingAt(tuple);
    }

    Optional<ClassicHandshake> askingAt(FourTuple tuple) {
        return mover.isAskingAt(tuple) ? Optional.ofNullable(mover.handshake()) : Optional.empty();
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

    void suspensionBegan(long nowNanos) {
        count(MigrateCounter.WAITS);
        extension.suspensionBegan(this, nowNanos);
    }

    void suspensionEnded() {
        extension.suspensionEnded(this);
    }

    Responder responder() {
        return responder;
    }

    /** {@code won}'s segment fits the stream: the connection lives there from now on. */
    void pathProved(ClassicHandshake won, SegmentView evidence, long nowNanos) {
        FourTuple old = control.tuple();
        ClassicHandshake asking = mover.handshake();
        IpAddress stillWanted = null;
        if (asking == won) {
            mover.confirm();
        } else if (asking != null) {
            stillWanted = asking.tuple().localAddress();
            stopAsking();
        }
        responder.commit(won);
        suspension.end();
        FourTuple now = won.tuple();
        boolean samePlaces = old.localAddress().equals(now.localAddress())
                && old.peerAddress().equals(now.peerAddress());
        won.path().activate(samePlaces ? CarryOver.CONGESTION_STATE : CarryOver.NOTHING, evidence, nowNanos);
        moves++;
        sndUnaAtSwitch = control.numbers(nowNanos).sndUna();
        count(MigrateCounter.PATHS_SWITCHED);
        tell(new MigrationEvent.PathSwitched(old, now, nowNanos - won.startedNanos()), nowNanos);
        boolean moveOnFromHere = stillWanted != null
                && !stillWanted.equals(now.localAddress())
                && !stillWanted.equals(old.localAddress());
        if (stillWanted != null && moveOnFromHere) {
            move(stillWanted, nowNanos); // the peer was faster, our own move is still to be made
        }
    }

    /** The path we know carries segments again: no need to ask on it. */
    void thawed() {
        stopAsking();
    }

    /** A reset that quotes our request: the peer, or a stranger at its old address, knows no such connection. */
    void requestReset(long nowNanos) {
        count(MigrateCounter.RESETS_TO_REQUESTS);
        mover.requestReset();
        if (mover.isPersisting()) {
            suspension.shorten(settings().waitNanos(), nowNanos);
        }
        tell(new MigrationEvent.Refused(Reason.RESET_BY_PEER), nowNanos);
    }

    /** A candidate source answered our SYN/ACK with a reset. */
    void answerReset(ClassicHandshake candidate) {
        responder.discard(candidate);
    }

    /**
     * The regular attempts of a move are used up.
     *
     * @return whether to go on: only if there is no other path
     */
    boolean attemptsEnd(boolean resetByPeer, long nowNanos) {
        ClassicHandshake asking = mover.handshake();
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
    void moveUnfinished(long nowNanos) {
        if (!suspension.isActive() && mayWait()) {
            suspendHere();
            suspension.begin(SuspensionCause.MOVE_UNFINISHED, settings().waitNanos(), nowNanos);
        }
    }

    /** A Migrate SYN from the address the peer knows: it thaws a peer that waits (protocol.md 3.2). */
    void askUnchangedAddress(long nowNanos) {
        if (!mover.isAsking() && !responder.isAnswering() && isMigratable()) {
            ask(control.tuple(), true, nowNanos);
        }
    }

    /** Waited in vain, or too many wait. */
    void giveUp(long nowNanos) {
        SuspensionCause cause = suspension.cause();
        if (cause == null) {
            return;
        }
        givingUp = true;
        stopAsking();
        responder.discardAll();
        suspension.end();
        count(MigrateCounter.GIVEN_UP);
        tell(new MigrationEvent.GaveUp(cause), nowNanos);
        control.abort(cause.abortCause(), nowNanos);
    }

    private MoveOutcome ask(FourTuple tuple, boolean forThaw, long nowNanos) {
        if (mover.isExhausted() && !forThaw) {
            return refuse(Reason.TOO_MANY_MOVES, nowNanos);
        }
        stopAsking();
        ClassicHandshake here;
        try {
            Optional<ClassicHandshake> answered = responder.candidateAt(tuple);
            here = answered.isPresent() ? answered.get() : new ClassicHandshake(this, tuple, nowNanos);
        } catch (IllegalStateException ownedByAnotherConnection) {
            return refuse(Reason.TUPLE_IN_USE, nowNanos);
        }
        if (!mover.start(here, forThaw, nowNanos)) {
            here.path().discard();
            return MoveOutcome.REFUSED;
        }
        return MoveOutcome.STARTED;
    }

    private void stopAsking() {
        ClassicHandshake asking = mover.handshake();
        mover.stop();
        if (asking != null && responder.candidateAt(asking.tuple()).isEmpty()) {
            asking.path().discard();
        }
    }

    private MoveOutcome refuse(Reason reason, long nowNanos) {
        tell(new MigrationEvent.Refused(reason), nowNanos);
        return MoveOutcome.REFUSED;
    }

    private void suspendHere() {
        if (!control.isSuspended()) {
            control.suspend();
        }
    }

    /** In CLOSING and LAST_ACK a reset takes nothing away that anybody waits for. */
    private boolean mayWait() {
        return switch (control.state()) {
            case ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT -> true;
            case CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED, CLOSING, LAST_ACK, TIME_WAIT -> false;
        };
    }

    /** What the stack tells of the connection. */
    final class Hooks implements ConnectionExtension {

        @Override
        public void writeSyn(SynWriter syn, int transmission) {
            negotiation.writeSyn(syn, transmission);
        }

        @Override
        public void synArrived(SegmentView syn) {
            peerAnswer = negotiation.synArrived(syn);
            if (peerAnswer == ClassicNegotiation.PeerAnswer.AGREED && syn.hasTimestamps()) {
                // A peer to the letter of the draft goes on with its own clock, not from its key (protocol.md 1.3).
                control.peerSynTimestampIsNoClock();
                peerSynTsVal = OptionalInt.of(syn.tsVal());
            }
        }

        @Override
        public void established(long nowNanos) {
            WireNumbers numbers = control.numbers(nowNanos);
            secret = negotiation.conclude(numbers.iss(), numbers.irs()).orElse(null);
            negotiation.close();
            if (secret == null) {
                notNegotiated(nowNanos);
                return;
            }
            if (!extension.register(secret.token(), Migration.this)) {
                secret.close();
                secret = null;
                refuse(Reason.TOO_MANY_CONNECTIONS, nowNanos);
                return;
            }
            count(MigrateCounter.NEGOTIATED);
            tell(new MigrationEvent.Negotiated(), nowNanos);
            IpAddress wanted = queuedMove;
            if (wanted != null && !wanted.equals(control.tuple().localAddress())) {
                // Not at once: the third segment of the handshake goes first.
                control.callAt(nowNanos, now -> move(wanted, now));
            }
        }

        @Override
        public void arrivedWhileSuspended(SegmentView segment, long nowNanos) {
            boolean hasAddress = suspension.isActive() && suspension.cause() != SuspensionCause.NO_ADDRESS;
            if (!hasAddress || segment.has(SegmentView.RST)) {
                return;
            }
            if (mover.isAskingAt(control.tuple())) {
                stopAsking();
            }
            suspension.end();
            control.resume(nowNanos);
            tell(new MigrationEvent.Resumed(), nowNanos);
        }

        @Override
        public void retransmissionTimedOut(int consecutive, long nowNanos) {
            if (secret == null || suspension.isActive()) {
                return;
            }
            boolean nothingSinceSwitch = moves > 0 && control.numbers(nowNanos).sndUna() == sndUnaAtSwitch;
            if (consecutive >= (nothingSinceSwitch ? SILENT_TIMEOUTS_AFTER_SWITCH : SILENT_TIMEOUTS)) {
                askUnchangedAddress(nowNanos);
            }
        }

        @Override
        public Verdict abortImpending(AbortCause cause, long nowNanos) {
            if (givingUp || secret == null || !mayWait()) {
                return Verdict.ABORT;
            }
            if (suspension.isActive()) {
                return Verdict.SUSPEND;
            }
            boolean longWait = cause != AbortCause.RESET || mover.isAsking();
            long lastsNanos =
                    longWait ? settings().resumeWindowNanos() : settings().waitNanos();
            suspension.begin(SuspensionCause.of(cause), lastsNanos, nowNanos);
            if (suspension.cause() == SuspensionCause.PEER_SILENT) {
                control.callAt(nowNanos, Migration.this::askUnchangedAddress);
            }
            return givingUp ? Verdict.ABORT : Verdict.SUSPEND;
        }

        @Override
        public boolean isMigratable() {
            return Migration.this.isMigratable();
        }

        @Override
        public String stateName() {
            return state().label();
        }

        @Override
        public void closed() {
            // The stack has dropped the connection's paths and deadlines: only our own books are left to put right.
            mover.stop();
            responder.connectionClosed();
            suspension.end();
            negotiation.close();
            if (secret != null) {
                extension.unregister(secret.token(), Migration.this);
                secret.close();
            }
            extension.forget(Migration.this);
        }

        private void notNegotiated(long nowNanos) {
            count(
                    peerAnswer == ClassicNegotiation.PeerAnswer.UNUSABLE_KEY
                            ? MigrateCounter.UNUSABLE_KEYS
                            : MigrateCounter.PEERS_WITHOUT_MIGRATE);
            refuse(reasonOf(peerAnswer), nowNanos);
            if (settings().require() || peerAnswer == ClassicNegotiation.PeerAnswer.CURVE_DIFFERS) {
                control.abort(AbortCause.RESET, nowNanos);
            }
        }

        private Reason reasonOf(ClassicNegotiation.PeerAnswer answer) {
            return switch (answer) {
                case UNUSABLE_KEY -> Reason.UNUSABLE_KEY;
                case CURVE_DIFFERS -> Reason.CURVE_DIFFERS;
                case NO_OPTION, AGREED -> Reason.PEER_WITHOUT_MIGRATE;
            };
        }
    }
}
