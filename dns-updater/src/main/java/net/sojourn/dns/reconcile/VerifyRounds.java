package net.sojourn.dns.reconcile;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import net.sojourn.dns.reconcile.Scheduler.Alarm;
import net.sojourn.dns.verify.Verification;
import org.jspecify.annotations.Nullable;

/** Asks all servers again and again until they agree or the deadline has passed. Reconcilers' thread. */
final class VerifyRounds {

    private static final List<Duration> STEPS = List.of(
            Duration.ofMillis(20),
            Duration.ofMillis(50),
            Duration.ofMillis(100),
            Duration.ofMillis(250),
            Duration.ofMillis(500),
            Duration.ofSeconds(1));

    private final Supplier<CompletableFuture<Verification>> round;
    private final Scheduler scheduler;
    private final long deadlineNanos;
    private final Consumer<Verification> done;

    private Alarm alarm = Alarm.NONE;
    private @Nullable CompletableFuture<Verification> pending;
    private int rounds;
    private boolean over;

    /** @param done gets the last round's result: agreed, or what it looked like at the deadline */
    VerifyRounds(
            Supplier<CompletableFuture<Verification>> round,
            Scheduler scheduler,
            Duration within,
            Consumer<Verification> done) {
        this.round = round;
        this.scheduler = scheduler;
        this.deadlineNanos = scheduler.nowNanos() + within.toNanos();
        this.done = done;
    }

    void start() {
        if (over) {
            return;
        }
        CompletableFuture<Verification> asked = round.get();
        pending = asked;
        asked.whenComplete((result, error) -> scheduler.execute(
                () -> asked(error == null ? result : new Verification(0, List.of(UpdateRun.words(error))))));
    }

    void stop() {
        over = true;
        alarm.cancel();
        if (pending != null) {
            pending.cancel(true);
        }
    }

    private void asked(Verification result) {
        if (over) {
            return;
        }
        Duration step = STEPS.get(Math.min(rounds, STEPS.size() - 1));
        rounds++;
        if (result.agreed() || scheduler.nowNanos() + step.toNanos() > deadlineNanos) {
            over = true;
            done.accept(result);
            return;
        }
        alarm = scheduler.after(step, this::start);
    }
}
