package net.sojourn.dns.reconcile;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import net.sojourn.dns.NameUpdaterStatus;
import net.sojourn.dns.NameUpdaterStatus.State;
import net.sojourn.dns.UpdateEvent;
import net.sojourn.dns.UpdaterSettings;
import net.sojourn.dns.guard.Guard;
import net.sojourn.dns.message.GuardedUpdate;
import net.sojourn.dns.message.Published;
import net.sojourn.dns.message.SendOutcome;
import net.sojourn.dns.message.SignedExchange.Route;
import net.sojourn.dns.reconcile.NameServers.Reply;
import net.sojourn.dns.transport.Transport;
import net.sojourn.dns.zone.ZoneServers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one name's published addresses equal to the desired ones, whatever the network does.
 *
 * <p>Theory of operation. One cycle is: find the zone if it is unknown, wait for the zone's turn, read the guard if it is
 * unknown, send. The newest desire is taken when the message is built. A cycle ends in {@link #succeeds} or
 * {@link #fails}; both give the turn back and look at what is desired then. Invariants: at most one cycle; a callback of a
 * cycle given up is known by its generation and dropped; {@code seq} never falls and is on the disk before it is sent. A
 * cycle may be given up (or lose its answer) after its update was applied: the guard then refuses the next one, which
 * reads, and finds its own addresses (success) or its own older ones (goes on from that counter). Verification runs beside
 * the cycles, in {@link Confirmation}.
 *
 * <p>Agenda's thread only, except {@link #status}.
 */
public final class NameReconciler {

    private static final Logger LOG = LoggerFactory.getLogger(NameReconciler.class);

    /** After so many answers that prove nothing, a person should look. */
    private static final int MAX_DOUBTFUL = 3;

    /** The guard may be lost to our own late duplicate once or twice; more is another writer under our id. */
    private static final int MAX_GUARD_MISSES = 3;

    /** After so many attempts without an answer the servers may have other addresses by now. */
    private static final int ATTEMPTS_BEFORE_LOCATING_AGAIN = 4;

    private final String name;
    private final UpdaterSettings settings;
    private final Agenda agenda;
    private final NameServers servers;
    private final ZoneTurns turns;
    private final StateFile stateFile;
    private final Consumer<UpdateEvent> listener;
    private final Damper damper;
    private final RetrySchedule retries;
    private final Confirmation confirmation;

    private State state = State.UPDATING;
    private Optional<Set<InetAddress>> desired = Optional.empty();
    private Optional<Set<InetAddress>> applied = Optional.empty();
    private Optional<Set<InetAddress>> lastSent = Optional.empty();
    private Optional<InetAddress> localAddress = Optional.empty();
    private Optional<ZoneServers> zone = Optional.empty();
    private Optional<List<String>> knownGuard = Optional.empty();
    private Optional<InetSocketAddress> usedServer = Optional.empty();
    private Optional<ZoneTurns.Turn> turn = Optional.empty();
    private Optional<String> lastError = Optional.empty();
    private OptionalDouble acknowledgedAfterMillis = OptionalDouble.empty();
    private OptionalDouble verifiedAfterMillis = OptionalDouble.empty();
    private OptionalLong firstSentNanos = OptionalLong.empty();
    private long desiredAtNanos;
    private long attemptStartNanos;
    private long retryAtNanos;
    private long seq;
    private long generation;
    private boolean busy;
    private boolean mustCheck = true;
    private boolean sentInCycle;
    private int doubtful;
    private int guardMisses;
    private Runnable cancelTimer = () -> {};

    private volatile NameUpdaterStatus status;

    /** @param name with the final dot */
    public NameReconciler(
            String name,
            UpdaterSettings settings,
            Agenda agenda,
            NameServers servers,
            ZoneTurns turns,
            StateFile stateFile,
            RandomGenerator random,
            Consumer<UpdateEvent> listener) {
        this.name = name;
        this.settings = settings;
        this.agenda = agenda;
        this.servers = servers;
        this.turns = turns;
        this.stateFile = stateFile;
        this.listener = listener;
        this.damper =
                new Damper(settings.timing().dampingHolds(), settings.timing().quiet());
        this.retries = new RetrySchedule(settings.timing(), random);
        this.confirmation = new Confirmation(name, settings.timing(), agenda, servers, this::confirmed);
        this.seq = stateFile.entry(name).map(StateFile.Entry::seq).orElse(0L);
        this.status = snapshot();
    }

    /** The last moment's snapshot. Any thread. */
    public NameUpdaterStatus status() {
        return status;
    }

    /** From now on the name shall have exactly these addresses. The same set again changes nothing. */
    public void desire(Set<InetAddress> addresses) {
        Optional<Set<InetAddress>> wanted = Optional.of(Set.copyOf(addresses));
        if (wanted.equals(desired)) {
            return;
        }
        desired = wanted;
        desiredAtNanos = agenda.nowNanos();
        firstSentNanos = OptionalLong.empty();
        confirmation.stop();
        tryAnew();
        consider();
    }

    /** Ways have changed: whatever waits is tried now, from {@code local} if given. */
    public void networkChanged(Optional<InetAddress> local) {
        localAddress = local;
        tryAnew();
        if (busy) {
            // The answer would come to an address that may be gone. The guard makes a late arrival of the update
            // harmless.
            endCycle();
            tell(new UpdateEvent.Failed(name, "given up, for the network changed meanwhile", Duration.ZERO));
        }
        consider();
    }

    private void tryAnew() {
        retries.reset();
        doubtful = 0;
        retryAtNanos = agenda.nowNanos();
    }

    /** Decides what is to be done next, and when. */
    private void consider() {
        if (busy || desired.isEmpty()) {
            refresh();
            return;
        }
        cancelTimer.run();
        if (!mustCheck && desired.equals(applied)) {
            settled();
            refresh();
            return;
        }
        long now = agenda.nowNanos();
        long retryNanos = retryAtNanos - now;
        long holdNanos = desired.equals(lastSent) ? 0 : damper.delayNanos(now);
        long pauseNanos = Math.max(retryNanos, holdNanos);
        if (pauseNanos <= 0) {
            begin();
        } else {
            if (holdNanos >= retryNanos && lastError.isEmpty()) {
                state = State.HELD;
            }
            cancelTimer = agenda.after(Duration.ofNanos(pauseNanos), this::begin);
        }
        refresh();
    }

    private void settled() {
        lastError = Optional.empty();
        if (state == State.PUBLISHED) {
            checkLater();
        } else if (!confirmation.isRunning()) {
            confirm();
        }
    }

    private void begin() {
        busy = true;
        generation++;
        attemptStartNanos = agenda.nowNanos();
        sentInCycle = false;
        guardMisses = 0;
        if (state != State.PUBLISHED || !desired.equals(applied)) {
            state = State.UPDATING;
        }
        refresh();
        if (zone.isPresent()) {
            queueForTurn(zone.get());
            return;
        }
        Optional<InetAddress> local = localAddress;
        Duration timeout = retries.answerTimeout();
        inCycle(() -> servers.locate(name, local, timeout), reply -> {
            if (reply instanceof Reply.Got<ZoneServers> got) {
                zone = Optional.of(got.value());
                queueForTurn(got.value());
            } else if (reply instanceof Reply.Lost<ZoneServers> lost) {
                fails(lost.why(), false);
            }
        });
    }

    private void queueForTurn(ZoneServers found) {
        ZoneTurns.Turn mine = turns.queue(found.zone(), () -> {
            if (knownGuard.isEmpty()) {
                read(found);
            } else {
                send(found, knownGuard.get());
            }
        });
        turn = Optional.of(mine);
        turns.begin(mine);
    }

    private void read(ZoneServers found) {
        Route route = route(found);
        inCycle(() -> servers.read(name, route), reply -> {
            if (reply instanceof Reply.Got<Published> got) {
                absorb(found, got.value());
            } else if (reply instanceof Reply.Lost<Published> lost) {
                fails(lost.why(), false);
            }
        });
    }

    private void absorb(ZoneServers found, Published published) {
        Optional<Guard> guard = published.guard();
        boolean ours = guard.isPresent() && guard.get().owner().equals(stateFile.ownerId());
        if (!published.guardRecords().isEmpty() && !ours && !settings.takeOver()) {
            fails(
                    name + " is published by another owner ("
                            + guard.map(Guard::owner).orElse("guard record of a foreign form")
                            + "; we are " + stateFile.ownerId()
                            + "). Stop that host and allow taking over, or choose another name.",
                    true);
            return;
        }
        knownGuard = Optional.of(published.guardRecords());
        guard.ifPresent(seen -> seq = Math.max(seq, seen.seq()));
        if (ours && desired.equals(Optional.of(published.addresses()))) {
            // There already: found at a start or check, or our update whose acknowledgement was lost.
            succeeds(published.addresses(), settings.key().authenticatesAnswers());
        } else {
            send(found, published.guardRecords());
        }
    }

    private void send(ZoneServers found, List<String> expectedGuard) {
        Set<InetAddress> target = desired.orElseThrow();
        long now = agenda.nowNanos();
        seq++;
        remember(target);
        if (!lastSent.equals(desired)) {
            damper.updateGoes(now);
            lastSent = desired;
        }
        if (firstSentNanos.isEmpty()) {
            firstSentNanos = OptionalLong.of(now);
        }
        sentInCycle = true;
        state = State.UPDATING;
        GuardedUpdate update = new GuardedUpdate(
                found.zone(),
                name,
                settings.guardLabel(),
                settings.ttlSeconds(),
                target,
                expectedGuard,
                new Guard(stateFile.ownerId(), seq));
        Route route = route(found);
        tell(new UpdateEvent.Sent(name, target, route.server(), route.transport(), retries.attempt()));
        inCycle(() -> servers.send(update, route), outcome -> answered(found, update, outcome));
    }

    private void answered(ZoneServers found, GuardedUpdate update, SendOutcome outcome) {
        if (outcome instanceof SendOutcome.Applied done) {
            knownGuard = Optional.of(List.of(update.nextGuardRecord()));
            succeeds(update.addresses(), done.authentic());
        } else if (outcome instanceof SendOutcome.GuardFailed) {
            knownGuard = Optional.empty();
            guardMisses++;
            if (guardMisses > MAX_GUARD_MISSES) {
                fails(
                        "the guard record changes all the time: does another host use the owner id "
                                + stateFile.ownerId() + "?",
                        false);
            } else {
                read(found);
            }
        } else if (outcome instanceof SendOutcome.Denied denied) {
            forgetZoneIf(denied.zoneSuspect());
            fails(denied.why(), true);
        } else if (outcome instanceof SendOutcome.Doubtful answer) {
            forgetZoneIf(answer.zoneSuspect());
            doubtful++;
            fails(answer.why(), doubtful >= MAX_DOUBTFUL);
        } else if (outcome instanceof SendOutcome.Unreachable lost) {
            fails(lost.why(), false);
        }
    }

    private void forgetZoneIf(boolean suspect) {
        if (suspect) {
            zone = Optional.empty();
        }
    }

    /** Zone's primary has {@code target}. */
    private void succeeds(Set<InetAddress> target, boolean authentic) {
        boolean quietCheck = mustCheck && !sentInCycle && state == State.PUBLISHED;
        endCycle();
        mustCheck = false;
        doubtful = 0;
        applied = Optional.of(target);
        lastError = Optional.empty();
        if (!quietCheck) {
            state = State.ACKNOWLEDGED;
            if (firstSentNanos.isPresent()) {
                double afterMillis = (agenda.nowNanos() - firstSentNanos.getAsLong()) / 1e6;
                acknowledgedAfterMillis = OptionalDouble.of(afterMillis);
                tell(new UpdateEvent.Acknowledged(name, target, afterMillis, authentic));
            }
        }
        consider();
    }

    private void fails(String why, boolean slowly) {
        endCycle();
        if (retries.attempt() % ATTEMPTS_BEFORE_LOCATING_AGAIN == 0) {
            zone = Optional.empty();
        }
        Duration interval = slowly ? settings.timing().denied() : retries.failed();
        state = slowly ? State.ERROR : State.RETRYING;
        waitAfter(why, attemptStartNanos + interval.toNanos());
    }

    private void waitAfter(String why, long nextNanos) {
        long now = agenda.nowNanos();
        retryAtNanos = Math.max(now, nextNanos);
        lastError = Optional.of(why);
        mustCheck = true;
        // What was sent may have been applied or not: only a reading tells, or the guard when the same is sent again.
        applied = Optional.empty();
        tell(new UpdateEvent.Failed(name, why, Duration.ofNanos(retryAtNanos - now)));
        consider();
    }

    private void endCycle() {
        busy = false;
        generation++;
        Optional<ZoneTurns.Turn> had = turn;
        turn = Optional.empty();
        had.ifPresent(ZoneTurns.Turn::release);
    }

    private void confirm() {
        ZoneServers found = zone.orElse(null);
        if (found == null) {
            mustCheck = true;
            consider();
            return;
        }
        long since = firstSentNanos.orElse(desiredAtNanos);
        confirmation.start(found, usedServer, applied.orElseThrow(), () -> localAddress, since);
    }

    private void confirmed(Confirmation.Result result) {
        if (result instanceof Confirmation.Verified verified) {
            state = State.PUBLISHED;
            retries.reset();
            verifiedAfterMillis = OptionalDouble.of(verified.afterMillis());
            firstSentNanos = OptionalLong.empty();
            remember(verified.addresses());
            tell(new UpdateEvent.Verified(name, verified.addresses(), verified.afterMillis(), verified.servers()));
            consider();
        } else if (result instanceof Confirmation.PrimaryDiffers differs) {
            knownGuard = Optional.empty();
            attemptStartNanos = agenda.nowNanos();
            fails(differs.server() + " does not publish what it acknowledged; the answer may have been forged", false);
        } else if (result instanceof Confirmation.NotAll lagging) {
            lastError = Optional.of(lagging.why());
            tell(new UpdateEvent.Failed(name, lagging.why(), settings.timing().checkEvery()));
            checkLater();
            refresh();
        }
    }

    private void checkLater() {
        cancelTimer.run();
        cancelTimer = agenda.after(settings.timing().checkEvery(), () -> {
            mustCheck = true;
            knownGuard = Optional.empty();
            retryAtNanos = agenda.nowNanos();
            consider();
        });
    }

    private Route route(ZoneServers found) {
        List<InetSocketAddress> primaries = found.primaries();
        InetSocketAddress server = primaries.get(retries.server(primaries.size()));
        Transport transport = retries.transport();
        usedServer = Optional.of(server);
        return new Route(server, localAddress, transport, retries.answerTimeout());
    }

    private <T> void inCycle(java.util.function.Supplier<T> work, Consumer<T> then) {
        long mine = generation;
        agenda.away(work, result -> {
            if (mine == generation) {
                then.accept(result);
            }
        });
    }

    private void remember(Set<InetAddress> target) {
        try {
            stateFile.put(
                    name, new StateFile.Entry(seq, target, state == State.PUBLISHED ? applied : Optional.empty()));
        } catch (IOException e) {
            // Going on is right: the server's guard is the truth, the file only spares a question.
            LOG.warn("cannot write the state file: {}. Check the space and mode of its folder.", e.toString());
        }
    }

    private void tell(UpdateEvent event) {
        refresh();
        try {
            listener.accept(event);
        } catch (RuntimeException e) {
            LOG.error("a listener failed at {}", event, e);
        }
    }

    private void refresh() {
        status = snapshot();
    }

    private NameUpdaterStatus snapshot() {
        boolean waits = state == State.RETRYING || state == State.ERROR || state == State.HELD;
        long pauseNanos = Math.max(0, Math.max(retryAtNanos - agenda.nowNanos(), 0));
        return new NameUpdaterStatus(
                name,
                state,
                desired.orElse(Set.of()),
                applied,
                zone.map(ZoneServers::zone),
                seq,
                acknowledgedAfterMillis,
                verifiedAfterMillis,
                lastError,
                waits ? Optional.of(Duration.ofNanos(pauseNanos)) : Optional.empty());
    }
}
