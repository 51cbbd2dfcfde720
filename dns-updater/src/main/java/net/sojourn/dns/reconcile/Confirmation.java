package net.sojourn.dns.reconcile;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import net.sojourn.dns.UpdateTiming;
import net.sojourn.dns.verify.Verifier;
import net.sojourn.dns.zone.ZoneServers;

/** Asks all servers again and again until they agree or the deadline passes. Agenda's thread only. */
final class Confirmation {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final String name;
    private final UpdateTiming timing;
    private final Agenda agenda;
    private final NameServers servers;
    private final Consumer<Result> then;

    private long generation;
    private boolean running;

    /** How it ended. */
    sealed interface Result {}

    /** All servers agree; {@code afterMillis} counts from the first sending. */
    record Verified(Set<InetAddress> addresses, double afterMillis, int servers) implements Result {}

    /** The server that acknowledged publishes something else, still after a while. */
    record PrimaryDiffers(InetSocketAddress server) implements Result {}

    /** The deadline passed. */
    record NotAll(String why) implements Result {}

    /** What one confirmation is about. */
    private record Subject(
            ZoneServers zone,
            Optional<InetSocketAddress> primary,
            Set<InetAddress> addresses,
            Supplier<Optional<InetAddress>> localAddress,
            long sinceNanos,
            long startNanos) {}

    Confirmation(String name, UpdateTiming timing, Agenda agenda, NameServers servers, Consumer<Result> then) {
        this.name = name;
        this.timing = timing;
        this.agenda = agenda;
        this.servers = servers;
        this.then = then;
    }

    boolean isRunning() {
        return running;
    }

    /** Begins; whatever ran before is forgotten. {@code sinceNanos} is when the addresses were first sent. */
    void start(
            ZoneServers zone,
            Optional<InetSocketAddress> primary,
            Set<InetAddress> addresses,
            Supplier<Optional<InetAddress>> localAddress,
            long sinceNanos) {
        stop();
        running = true;
        round(new Subject(zone, primary, addresses, localAddress, sinceNanos, agenda.nowNanos()), FIRST_PAUSE);
    }

    /** Forgets what runs; nothing is reported. */
    void stop() {
        generation++;
        running = false;
    }

    private void round(Subject subject, Duration pause) {
        long mine = generation;
        List<InetSocketAddress> asked = subject.zone().authoritative();
        Optional<InetAddress> local = subject.localAddress().get();
        agenda.away(() -> servers.verify(asked, name, subject.addresses(), local, timing.retryFirst()), round -> {
            if (mine == generation) {
                judge(subject, round, pause);
            }
        });
    }

    private void judge(Subject subject, Verifier.Round round, Duration pause) {
        long now = agenda.nowNanos();
        Duration elapsed = Duration.ofNanos(now - subject.startNanos());
        Optional<InetSocketAddress> differing = subject.primary().filter(round.differing()::contains);
        if (round.allAgree()) {
            end(new Verified(
                    subject.addresses(),
                    (now - subject.sinceNanos()) / 1e6,
                    round.agreeing().size()));
        } else if (differing.isPresent() && elapsed.compareTo(timing.retryFirst()) >= 0) {
            end(new PrimaryDiffers(differing.get()));
        } else if (elapsed.compareTo(timing.verifyDeadline()) >= 0) {
            end(new NotAll("not all servers of " + subject.zone().zone() + " publish " + name + " as it is: "
                    + round.differing() + " differ, " + round.silent() + " do not answer. Are their secondaries"
                    + " notified (BIND: notify-delay 0)?"));
        } else {
            long mine = generation;
            Duration twice = pause.multipliedBy(2);
            Duration next = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
            agenda.after(pause, () -> {
                if (mine == generation) {
                    round(subject, next);
                }
            });
        }
    }

    private void end(Result result) {
        stop();
        then.accept(result);
    }
}
