package net.sojourn.dns.reconcile;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import net.sojourn.dns.message.UpdateMessages;
import net.sojourn.dns.message.UpdateRequest;
import net.sojourn.dns.query.Attempt;
import net.sojourn.dns.query.ServerView;
import net.sojourn.dns.verify.Verification;
import net.sojourn.dns.zone.ZonePlace;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** A server in virtual time: applies guarded updates as RFC 2136 says, after a delay, and loses what the test wants lost. */
final class FakeNameServer {

    /** What befalls one message. */
    enum Fate {
        PASSES,
        LOST,
        ANSWER_LOST
    }

    final VirtualTime time;
    final Map<Name, Set<InetAddress>> addresses = new HashMap<>();
    final Map<Name, List<Record>> guards = new HashMap<>();
    final List<Sent> sent = new ArrayList<>();
    final Deque<Fate> fates = new ArrayDeque<>();
    final Deque<Attempt> verdicts = new ArrayDeque<>();
    boolean reachable = true;
    long oneWayMillis = 10;
    int reads;
    int inFlight;
    int mostInFlight;

    /** One update as the updater sent it. */
    record Sent(long atMillis, Set<InetAddress> addresses, UpdateRequest request, int turn) {}

    FakeNameServer(VirtualTime time) {
        this.time = time;
    }

    NameServers seenBy(Name host, Name guardName) {
        return new View(host, guardName);
    }

    List<Long> sendTimesMillis() {
        return sent.stream().map(Sent::atMillis).toList();
    }

    boolean apply(UpdateRequest request) {
        List<Record> guard = guards.getOrDefault(request.guardName(), List.of());
        if (!words(guard).equals(words(request.guardSeen()))) {
            return false;
        }
        addresses.put(request.host(), request.addresses());
        guards.put(request.guardName(), List.of(UpdateMessages.guardRecord(request.guardName(), 0, request.next())));
        return true;
    }

    private static Set<String> words(List<Record> records) {
        return records.stream().map(Record::rdataToString).collect(Collectors.toSet());
    }

    private final class View implements NameServers {

        private final Name host;
        private final Name guardName;

        View(Name host, Name guardName) {
            this.host = host;
            this.guardName = guardName;
        }

        @Override
        public CompletableFuture<ZonePlace> locate() {
            InetSocketAddress server = new InetSocketAddress(InetAddress.getLoopbackAddress(), 53);
            return answer(() -> new ZonePlace(new Name(host, 1), List.of(server), List.of(server)), true);
        }

        @Override
        public CompletableFuture<ServerView> read(ZonePlace place, int turn) {
            reads++;
            return answer(
                    () -> new ServerView(
                            addresses.getOrDefault(host, Set.of()), guards.getOrDefault(guardName, List.of()), true),
                    reachable);
        }

        @Override
        public CompletableFuture<Attempt> send(ZonePlace place, UpdateRequest request, int turn, Duration timeout) {
            sent.add(new Sent(time.nowMillis(), request.addresses(), request, turn));
            inFlight++;
            mostInFlight = Math.max(mostInFlight, inFlight);
            CompletableFuture<Attempt> answer = new CompletableFuture<>();
            answer.whenComplete((value, error) -> inFlight--);
            Fate fate = reachable ? fates.isEmpty() ? Fate.PASSES : fates.remove() : Fate.LOST;
            time.after(timeout, () -> answer.complete(new Attempt.Failed("no answer")));
            if (fate == Fate.LOST) {
                return answer;
            }
            time.after(Duration.ofMillis(oneWayMillis), () -> {
                Attempt verdict = !verdicts.isEmpty()
                        ? verdicts.remove()
                        : apply(request) ? new Attempt.Acknowledged(true) : new Attempt.GuardFailed();
                if (fate == Fate.PASSES) {
                    time.after(Duration.ofMillis(oneWayMillis), () -> answer.complete(verdict));
                }
            });
            return answer;
        }

        @Override
        public CompletableFuture<Verification> verify(ZonePlace place, Set<InetAddress> expected) {
            return answer(
                    () -> addresses.getOrDefault(host, Set.of()).equals(expected)
                            ? new Verification(1, List.of())
                            : new Verification(0, List.of("server says " + addresses.get(host))),
                    reachable);
        }

        @Override
        public String describe(ZonePlace place, int turn) {
            return "fake server, turn " + turn;
        }

        private <T> CompletableFuture<T> answer(java.util.function.Supplier<T> what, boolean comes) {
            CompletableFuture<T> answer = new CompletableFuture<>();
            if (comes) {
                time.after(Duration.ofMillis(2 * oneWayMillis), () -> answer.complete(what.get()));
            } else {
                time.after(Duration.ofMillis(1_500), () -> answer.completeExceptionally(new IOException("no answer")));
            }
            return answer;
        }
    }
}
