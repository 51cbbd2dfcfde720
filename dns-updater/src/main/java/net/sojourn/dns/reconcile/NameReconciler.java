package net.sojourn.dns.reconcile;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import net.sojourn.dns.NameUpdaterStatus;
import net.sojourn.dns.NameUpdaterStatus.State;
import net.sojourn.dns.UpdateEvent;
import net.sojourn.dns.UpdateTiming;
import net.sojourn.dns.message.UpdateRequest;
import net.sojourn.dns.query.Randomness;
import net.sojourn.dns.reconcile.Scheduler.Alarm;
import net.sojourn.dns.verify.Verification;
import net.sojourn.dns.zone.ZonePlace;
import org.jspecify.annotations.Nullable;

/**
 * Makes one name converge on the addresses it shall have.
 *
 * <p>Theory of operation. There is at most one {@link UpdateRun}, or else at most one {@link VerifyRounds}, or else at most
 * one alarm that begins the next run. A change while a run is under way only replaces {@code desired}: the run ends first,
 * or is overtaken after a short while, and then the newest goes out. What a late or lost message does to the server is
 * harmless because of the guard; what we believe of the server is checked whenever an answer contradicts it. Deliberately
 * missing: queues of changes, since only the newest counts.
 *
 * <p>Reconcilers' thread, except {@link #status}.
 */
public final class NameReconciler {

    private final NameTarget target;
    private final UpdateTiming timing;
    private final NameServers servers;
    private final Scheduler scheduler;
    private final ZoneLanes lanes;
    private final Surroundings surroundings;
    private final Knowledge knowledge;
    private final Damper damper;
    private final Backoff backoff;

    private Set<InetAddress> desired = Set.of();
    private long desiredNanos;
    private Set<InetAddress> attempted = Set.of();
    private long sentNanos;
    private boolean sent;
    private Set<InetAddress> acknowledged;
    private Optional<Instant> acknowledgedAt = Optional.empty();
    private Set<InetAddress> verified = Set.of();
    private Optional<Instant> verifiedAt = Optional.empty();
    private Optional<String> lastError = Optional.empty();
    private Optional<Instant> nextRetryAt = Optional.empty();
    private State state = State.IDLE;

    /** The servers must be asked although we believe to know: after a start, a failed verification, a long time. */
    private boolean recheck = true;

    private boolean forced;
    private boolean takeOverOnce;
    private @Nullable UpdateRun run;
    private @Nullable VerifyRounds verifying;
    private long runStartedNanos;
    private Alarm alarm = Alarm.NONE;
    private Alarm overtaking = Alarm.NONE;
    private volatile NameUpdaterStatus snapshot;

    /** What a reconciler tells its surroundings. */
    public interface Surroundings {

        void happened(UpdateEvent event);

        /** {@link #memory} has changed and should be on the disk soon. */
        void memoryChanged();
    }

    public NameReconciler(
            NameTarget target,
            NameMemory memory,
            UpdateTiming timing,
            NameServers servers,
            Scheduler scheduler,
            Randomness randomness,
            ZoneLanes lanes,
            Surroundings surroundings) {
        this.target = target;
        this.timing = timing;
        this.servers = servers;
        this.scheduler = scheduler;
        this.lanes = lanes;
        this.surroundings = surroundings;
        this.knowledge = new Knowledge(target.guardName(), memory);
        this.acknowledged = memory.applied();
        this.damper = new Damper(timing.damping(), timing.quiet());
        this.backoff = new Backoff(timing, randomness);
        this.snapshot = makeStatus();
    }

    /** A snapshot; any thread. */
    public NameUpdaterStatus status() {
        return snapshot;
    }

    public NameMemory memory() {
        return new NameMemory(knowledge.ownerId(), knowledge.seq(), desired, acknowledged);
    }

    /** The name shall point to these; none means: leave the record alone, for there is no way to reach the server. */
    public void desire(Set<InetAddress> addresses) {
        Set<InetAddress> wanted = target.settings().published(addresses);
        if (wanted.equals(desired)) {
            if (!desired.isEmpty()) {
                networkChanged();
            }
            return;
        }
        desired = wanted;
        desiredNanos = scheduler.nowNanos();
        backoff.reset();
        knowledge.tryBestServer();
        if (desired.isEmpty()) {
            stop();
            enter(State.IDLE);
        } else {
            changed();
        }
    }

    /** Another way to the servers: whatever waits for a retry is tried now. */
    public void networkChanged() {
        backoff.reset();
        knowledge.tryBestServer();
        if (run != null) {
            armOvertaking();
        } else if (state == State.RETRYING || state == State.ERROR) {
            begin();
        }
    }

    /** Sends the desired addresses even if the server has them. */
    public void push() {
        forced = true;
        recheck = true;
        backoff.reset();
        knowledge.tryBestServer();
        if (run == null) {
            begin();
        }
    }

    /** Takes the name from another owner, this once. */
    public void takeOver() {
        takeOverOnce = true;
        push();
    }

    /** Ends whatever is under way; the record stays. */
    public void close() {
        stop();
        desired = Set.of();
        enter(State.IDLE);
    }

    private void stop() {
        alarm.cancel();
        overtaking.cancel();
        stopVerifying();
        if (run != null) {
            run.abandon();
            run = null;
        }
        nextRetryAt = Optional.empty();
    }

    private void changed() {
        if (run != null) {
            armOvertaking();
            return;
        }
        stopVerifying();
        beginAfter(damper.hold(scheduler.nowNanos()), State.WAITING);
    }

    private void begin() {
        alarm.cancel();
        nextRetryAt = Optional.empty();
        if (desired.isEmpty() || run != null) {
            return;
        }
        stopVerifying();
        if (desired.equals(acknowledged) && !recheck) {
            verify();
            return;
        }
        if (!desired.equals(attempted)) {
            damper.goes(scheduler.nowNanos());
            attempted = desired;
            sent = false;
        }
        if (desired.equals(acknowledged) || forced) {
            knowledge.forgetGuard();
        }
        UpdateRun started = new UpdateRun(
                desired, forced, backoff.answerWait(), servers, scheduler, lanes, knowledge, new RunOwner());
        run = started;
        runStartedNanos = started.startedNanos();
        enter(State.UPDATING);
        started.start();
    }

    private void beginAfter(Duration delay, State meanwhile) {
        alarm.cancel();
        if (delay.isZero()) {
            begin();
            return;
        }
        alarm = scheduler.after(delay, this::begin);
        enter(meanwhile);
    }

    /** The run under way may be talking into a network that is gone. */
    private void armOvertaking() {
        UpdateRun current = run;
        if (current == null) {
            return;
        }
        overtaking.cancel();
        long leftNanos = current.startedNanos() + timing.overtake().toNanos() - scheduler.nowNanos();
        overtaking = scheduler.after(Duration.ofNanos(Math.max(0, leftNanos)), () -> {
            if (run == current) {
                current.abandon();
                run = null;
                fails(
                        "no answer within " + timing.overtake().toMillis() + " ms, and addresses or network changed",
                        Optional.empty());
                begin();
            }
        });
    }

    private final class RunOwner implements UpdateRun.Owner {

        @Override
        public UpdateRequest request(ZonePlace place, Set<InetAddress> addresses) {
            return new UpdateRequest(
                    place.zone(),
                    target.host(),
                    addresses,
                    target.settings().ttlSeconds(),
                    target.types(),
                    target.guardName(),
                    knowledge.guardSeen().orElseThrow(),
                    knowledge.nextGuard());
        }

        @Override
        public boolean mayTakeOver() {
            return takeOverOnce || target.settings().takeOver();
        }

        @Override
        public void sends(String server) {
            if (!sent) {
                sent = true;
                sentNanos = scheduler.nowNanos();
            }
            tell(new UpdateEvent.Sent(hostText(), scheduler.wallClock(), attempted, server, backoff.failures() + 1));
            surroundings.memoryChanged();
        }

        @Override
        public void ended(Ending ending) {
            run = null;
            overtaking.cancel();
            if (ending instanceof Ending.Applied applied) {
                applied(applied.believed());
            } else if (ending instanceof Ending.Conflict conflict) {
                refused(
                        State.CONFLICT,
                        "the name belongs to another owner, " + conflict.owner() + " (ours is " + knowledge.ownerId()
                                + "): stop the other updater, or take the name over");
            } else if (ending instanceof Ending.Denied denied) {
                if (denied.certain()) {
                    refused(State.ERROR, denied.why());
                } else {
                    failed(State.ERROR, denied.why(), backoff.failed());
                }
            } else if (ending instanceof Ending.Failed failed) {
                failed(State.RETRYING, failed.why(), sinceStart(backoff.failed()));
            }
        }
    }

    /** Retry delays count from the start of the attempt, as a retransmission timer does. */
    private Duration sinceStart(Duration delay) {
        Duration left = delay.minusNanos(scheduler.nowNanos() - runStartedNanos);
        return left.isNegative() ? Duration.ZERO : left;
    }

    private void applied(boolean believed) {
        boolean news = sent || !acknowledged.equals(attempted) || acknowledgedAt.isEmpty();
        acknowledged = attempted;
        acknowledgedAt = Optional.of(scheduler.wallClock());
        recheck = false;
        forced = false;
        takeOverOnce = false;
        if (news) {
            tell(new UpdateEvent.Acknowledged(
                    hostText(), scheduler.wallClock(), attempted, believed, sinceSentMillis(), sinceChangeMillis()));
        }
        surroundings.memoryChanged();
        if (desired.equals(attempted)) {
            verify();
        } else {
            changed();
        }
    }

    private void verify() {
        Optional<ZonePlace> place = knowledge.place();
        if (place.isEmpty()) {
            recheck = true;
            begin();
            return;
        }
        Set<InetAddress> expected = desired;
        VerifyRounds rounds = new VerifyRounds(
                () -> servers.verify(place.get(), expected), scheduler, timing.verifyWithin(), this::verified);
        verifying = rounds;
        enter(State.VERIFYING);
        rounds.start();
    }

    private void verified(Verification result) {
        verifying = null;
        recheck = true;
        if (!result.agreed()) {
            failed(
                    State.RETRYING,
                    "acknowledged, but not visible everywhere: " + String.join("; ", result.dissent()),
                    backoff.failed());
            return;
        }
        boolean news = !desired.equals(verified) || lastError.isPresent() || sent;
        verified = desired;
        verifiedAt = Optional.of(scheduler.wallClock());
        lastError = Optional.empty();
        backoff.reset();
        knowledge.tryBestServer();
        alarm.cancel();
        alarm = scheduler.after(timing.check(), this::begin);
        enter(State.IN_SYNC);
        if (news) {
            tell(new UpdateEvent.Verified(
                    hostText(),
                    scheduler.wallClock(),
                    verified,
                    result.agreeing(),
                    sinceSentMillis(),
                    sinceChangeMillis()));
        }
        sent = false;
    }

    private void stopVerifying() {
        if (verifying != null) {
            verifying.stop();
            verifying = null;
        }
    }

    private void refused(State next, String why) {
        failed(next, why, backoff.refused());
    }

    private void failed(State next, String why, Duration retryIn) {
        if (!desired.equals(attempted)) {
            fails(why, Optional.empty());
            changed();
            return;
        }
        nextRetryAt = Optional.of(scheduler.wallClock().plus(retryIn));
        alarm.cancel();
        recheck = true;
        alarm = scheduler.after(retryIn, this::begin);
        state = next;
        fails(why, Optional.of(retryIn));
    }

    private void fails(String why, Optional<Duration> retryIn) {
        lastError = Optional.of(why);
        tell(new UpdateEvent.Failed(hostText(), scheduler.wallClock(), why, retryIn));
    }

    private void tell(UpdateEvent event) {
        snapshot = makeStatus();
        surroundings.happened(event);
    }

    private void enter(State next) {
        state = next;
        snapshot = makeStatus();
    }

    private long sinceSentMillis() {
        return sent ? (scheduler.nowNanos() - sentNanos) / 1_000_000 : 0;
    }

    private long sinceChangeMillis() {
        return (scheduler.nowNanos() - desiredNanos) / 1_000_000;
    }

    private String hostText() {
        return target.host().toString(true);
    }

    private NameUpdaterStatus makeStatus() {
        return new NameUpdaterStatus(
                hostText(),
                state,
                desired,
                acknowledged,
                acknowledgedAt,
                verified,
                verifiedAt,
                target.keyWords(),
                knowledge.place().map(place -> place.zone().toString(true)),
                knowledge.seq(),
                lastError,
                nextRetryAt);
    }
}
