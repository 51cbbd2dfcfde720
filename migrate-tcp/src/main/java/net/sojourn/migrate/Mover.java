package net.sojourn.migrate;

import net.sojourn.migrate.classic.MigrateOption;
import net.sojourn.migrate.classic.MigrateSegments;
import net.sojourn.migrate.classic.ReplayMemory;
import net.sojourn.migrate.classic.ReqNo;
import net.sojourn.migrate.classic.Request;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.spi.ConnectionControl;
import net.sojourn.stack.spi.ConnectionControl.WireNumbers;
import org.jspecify.annotations.Nullable;

/**
 * Our own requests: makes them, sends and repeats the Migrate SYN. Loop thread only. protocol.md 2.3, 7.4, 15.4.
 *
 * <p>Six SYNs, 1 s after each other and doubling. After the second time-out a new request with S = SND.MAX - 1: a firewall
 * may have dropped the answer to the first because the peer had more than S, or somebody's copy of our SYN came first.
 * Then, if the connection has no other path to live on, on at 5 s and at last at 30 s.
 */
final class Mover {

    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int ATTEMPTS = 6;
    private static final int TIMEOUTS_BEFORE_NEW_REQUEST = 2;
    private static final int SLOW_ATTEMPTS = 12;

    private final Migration migration;
    private final ReplayMemory sent = new ReplayMemory();

    private int requests;
    private int reqNo;
    private int s;
    private @Nullable Request request;
    private @Nullable FourTuple requestedTuple;
    private boolean confirmed;

    private @Nullable ClassicHandshake handshake;
    private boolean thaw;
    private boolean resetByPeer;
    private int timeouts;
    private ConnectionControl.@Nullable Deadline deadline;

    Mover(Migration migration) {
        this.migration = migration;
    }

    boolean isAsking() {
        return handshake != null;
    }

    boolean isAskingAt(FourTuple tuple) {
        return handshake != null && handshake.tuple().equals(tuple);
    }

    @Nullable
    ClassicHandshake handshake() {
        return handshake;
    }

    /** Whether the SYN of the move under way has had to be repeated. */
    boolean hasTimedOut() {
        return timeouts > 0;
    }

    boolean isExhausted() {
        return requests >= migration.settings().limits().maxMoves();
    }

    /** The number of our last request; 0 if there was none. */
    int reqNo() {
        return reqNo;
    }

    /** A2: whether this is one of our own requests come back. */
    boolean sentItself(int seq, MigrateOption option) {
        return sent.contains(seq, option.reqNo(), option.request());
    }

    /**
     * Begins to ask at {@code here}, which may have an answer of ours pending already.
     *
     * @param forThaw nobody wants another path: any sign of life ends it
     * @return false if every request is used up; then {@code here} is untouched
     */
    boolean start(ClassicHandshake here, boolean forThaw, long nowNanos) {
        WireNumbers numbers = migration.control().numbers(nowNanos);
        boolean pendingStillServes = !confirmed
                && request != null
                && here.tuple().equals(requestedTuple)
                && (s == numbers.sndUna() - 1 || s == numbers.sndMax() - 1);
        if (!pendingStillServes && !makeRequest(here.tuple(), numbers.sndUna() - 1)) {
            return false;
        }
        handshake = here;
        thaw = forThaw;
        timeouts = 0;
        resetByPeer = false;
        send(here, numbers, nowNanos);
        return true;
    }

    /** Ends the asking without a word. The handshake itself is the caller's to discard. */
    void stop() {
        if (handshake != null) {
            handshake.stopAsking();
            handshake = null;
        }
        if (deadline != null) {
            deadline.cancel();
            deadline = null;
        }
    }

    /** The peer answered: this request will not be used again. */
    void confirm() {
        confirmed = true;
        stop();
    }

    void requestReset() {
        resetByPeer = true;
    }

    /** Whether the regular attempts are over, so that a reset is not one of a peer that is on its way. */
    boolean isPersisting() {
        return handshake != null && timeouts >= ATTEMPTS;
    }

    private boolean makeRequest(FourTuple tuple, int seq) {
        if (isExhausted()) {
            return false;
        }
        reqNo = requests == 0 ? ReqNo.FIRST : ReqNo.next(reqNo);
        requests++;
        s = seq;
        request = migration.secret().request(seq, reqNo);
        requestedTuple = tuple;
        confirmed = false;
        sent.remember(seq, reqNo, request);
        return true;
    }

    private void send(ClassicHandshake here, WireNumbers numbers, long nowNanos) {
        Request proof = request;
        if (proof == null) {
            throw new IllegalStateException("no request has been made");
        }
        MigrateOption option =
                new MigrateOption(false, reqNo, migration.secret().token(), proof);
        MigrateSettings settings = migration.settings();
        here.ask(
                MigrateSegments.syn(
                        numbers,
                        s,
                        option,
                        settings.profile(),
                        settings.traversal(),
                        here.path().mssBytes()),
                thaw,
                nowNanos);
        deadline = migration.control().callAt(nowNanos + timeoutNanos(), this::deadlinePasses);
        migration.count(MigrateCounter.MIGRATE_SYNS_SENT);
        migration.tell(new MigrationEvent.MigrateSynSent(here.tuple(), reqNo, timeouts + 1), nowNanos);
    }

    private void deadlinePasses(long nowNanos) {
        ClassicHandshake here = handshake;
        if (here == null) {
            return;
        }
        timeouts++;
        if (timeouts == ATTEMPTS && !migration.attemptsEnd(resetByPeer, nowNanos)) {
            return;
        }
        WireNumbers numbers = migration.control().numbers(nowNanos);
        if (timeouts == TIMEOUTS_BEFORE_NEW_REQUEST && migration.settings().traversal()) {
            makeRequest(here.tuple(), numbers.sndMax() - 1); // with all used up the old request is repeated
        }
        send(here, numbers, nowNanos);
    }

    private long timeoutNanos() {
        if (timeouts < ATTEMPTS) {
            return SECOND_NANOS << timeouts;
        }
        long stepNanos = timeouts < ATTEMPTS + SLOW_ATTEMPTS ? 5 * SECOND_NANOS : 30 * SECOND_NANOS;
        long fifth = stepNanos / 5;
        return stepNanos - fifth + 2 * fifth / 1_000 * migration.random().nextInt(1_000);
    }
}
