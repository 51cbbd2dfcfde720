package net.sojourn.dns.reconcile;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import net.sojourn.dns.guard.Guard;
import net.sojourn.dns.message.UpdateRequest;
import net.sojourn.dns.query.Attempt;
import net.sojourn.dns.query.ServerView;
import net.sojourn.dns.zone.ZonePlace;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run for one set of addresses: find the zone, wait for its lane, read the guard if it is not known, send, and read again
 * when the guard was not as thought. After a lost acknowledgement that reading finds our own update. Ends once, or is
 * abandoned. Reconcilers' thread.
 */
final class UpdateRun {

    /** What a run needs of its name. */
    interface Owner {

        UpdateRequest request(ZonePlace place, Set<InetAddress> addresses);

        boolean mayTakeOver();

        void sends(String server);

        void ended(Ending ending);
    }

    private static final Logger LOG = LoggerFactory.getLogger(UpdateRun.class);
    private static final int MAX_GUARD_FAILURES = 3;

    private final Set<InetAddress> addresses;
    private final boolean forced;
    private final Duration answerWait;
    private final NameServers servers;
    private final Scheduler scheduler;
    private final ZoneLanes lanes;
    private final Knowledge knowledge;
    private final Owner owner;
    private final long startedNanos;

    private ZoneLanes.@Nullable Ticket ticket;
    private @Nullable CompletableFuture<?> pending;
    private int guardFailures;
    private boolean over;

    /** @param forced send even if the server already has what we want */
    UpdateRun(
            Set<InetAddress> addresses,
            boolean forced,
            Duration answerWait,
            NameServers servers,
            Scheduler scheduler,
            ZoneLanes lanes,
            Knowledge knowledge,
            Owner owner) {
        this.addresses = addresses;
        this.forced = forced;
        this.answerWait = answerWait;
        this.servers = servers;
        this.scheduler = scheduler;
        this.lanes = lanes;
        this.knowledge = knowledge;
        this.owner = owner;
        this.startedNanos = scheduler.nowNanos();
    }

    long startedNanos() {
        return startedNanos;
    }

    void start() {
        Optional<ZonePlace> place = knowledge.place();
        if (place.isPresent()) {
            enterLane(place.get());
            return;
        }
        await(servers.locate(), found -> {
            knowledge.located(found);
            enterLane(found);
        });
    }

    /** Ends without {@link Owner#ended}. What is under way may still reach the server; the guard makes that harmless. */
    void abandon() {
        over = true;
        if (pending != null) {
            pending.cancel(true);
        }
        leaveLane();
    }

    private void enterLane(ZonePlace place) {
        ticket = lanes.enter(place.zone(), () -> scheduler.execute(() -> granted(place)));
    }

    private void granted(ZonePlace place) {
        if (over) {
            return;
        }
        if (knowledge.guardSeen().isPresent()) {
            transmit(place);
        } else {
            read(place);
        }
    }

    private void read(ZonePlace place) {
        await(servers.read(place, knowledge.turn()), view -> seen(place, view));
    }

    private void seen(ZonePlace place, ServerView view) {
        boolean ours = knowledge.isOurs(view);
        if (!ours && !view.guardTexts().isEmpty() && !owner.mayTakeOver()) {
            knowledge.forgetGuard();
            end(new Ending.Conflict(view.owner()));
            return;
        }
        knowledge.read(view);
        if (ours && view.addresses().equals(addresses) && !(forced && guardFailures == 0)) {
            end(new Ending.Applied(view.proven()));
            return;
        }
        transmit(place);
    }

    private void transmit(ZonePlace place) {
        UpdateRequest request = owner.request(place, addresses);
        CompletableFuture<Attempt> answer = servers.send(place, request, knowledge.turn(), answerWait);
        owner.sends(servers.describe(place, knowledge.turn()));
        await(answer, attempt -> answered(place, request.next(), attempt));
    }

    private void answered(ZonePlace place, Guard written, Attempt attempt) {
        if (attempt instanceof Attempt.Acknowledged acknowledged) {
            knowledge.written(written);
            end(new Ending.Applied(acknowledged.verified()));
        } else if (attempt instanceof Attempt.GuardFailed) {
            guardFailed(place);
        } else if (attempt instanceof Attempt.Denied denied) {
            knowledge.tryNextServer();
            end(new Ending.Denied(denied.why(), denied.verified()));
        } else if (attempt instanceof Attempt.Misdirected misdirected) {
            knowledge.forgetPlace();
            knowledge.tryNextServer();
            end(new Ending.Denied(misdirected.why(), false));
        } else if (attempt instanceof Attempt.Failed failed) {
            failed(failed.why());
        }
    }

    private void guardFailed(ZonePlace place) {
        guardFailures++;
        knowledge.forgetGuard();
        if (guardFailures < MAX_GUARD_FAILURES) {
            read(place);
            return;
        }
        end(new Ending.Failed("the guard record changed under " + guardFailures
                + " updates in a row: does another updater use the owner id " + knowledge.ownerId() + "?"));
    }

    private void failed(String why) {
        knowledge.tryNextServer();
        end(new Ending.Failed(why));
    }

    private <T> void await(CompletableFuture<T> future, Consumer<T> then) {
        pending = future;
        future.whenComplete((value, error) -> scheduler.execute(() -> {
            if (over) {
                return;
            }
            try {
                if (error == null) {
                    then.accept(value);
                } else {
                    failed(words(error));
                }
            } catch (RuntimeException e) {
                LOG.error("updating a name failed in an unforeseen way", e);
                end(new Ending.Failed("internal error: " + e));
            }
        }));
    }

    private void end(Ending ending) {
        if (over) {
            return;
        }
        over = true;
        leaveLane();
        owner.ended(ending);
    }

    private void leaveLane() {
        if (ticket != null) {
            ticket.leave();
            ticket = null;
        }
    }

    static String words(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        String message = cause.getMessage();
        return message == null ? cause.toString() : message;
    }
}
