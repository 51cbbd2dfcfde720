package net.sojourn.daemon.mobility;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import net.sojourn.daemon.config.MoveSettings.Rule;
import net.sojourn.daemon.config.Place;
import net.sojourn.daemon.control.Reply;
import net.sojourn.daemon.control.Timeline;
import net.sojourn.daemon.control.TimelineEvent.Kind;
import net.sojourn.daemon.mobility.AddressView.Ways;
import net.sojourn.daemon.mobility.ConnectionView.Memory;
import net.sojourn.daemon.mobility.ConnectionView.Waiting;
import net.sojourn.daemon.mobility.MovePolicy.Situation;
import net.sojourn.daemon.mobility.Verdict.Why;
import net.sojourn.migrate.MigrateExtension;
import net.sojourn.migrate.Migration;
import net.sojourn.migrate.MigrationState;
import net.sojourn.migrate.MoveOutcome;
import net.sojourn.migrate.SuspensionCause;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.loop.StackLoop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings stack, connections and names in step with the host's addresses: looks at each change, asks {@link MovePolicy},
 * and does what it says. Works on a thread of its own; any thread may call.
 */
public final class Mover implements Closeable {

    // Stand for "anybody" where the name's address is chosen: documentation addresses, reached by the default route.
    private static final List<IpAddress> ANYBODY =
            List.of(IpAddress.parse("192.0.2.1"), IpAddress.parse("2001:db8::1"));
    /** Reasons that are news when a connection stays where it is. */
    private static final Set<Why> NEWS = Set.of(Why.TOO_NEW, Why.DAMPED, Why.NOWHERE, Why.FORBIDDEN, Why.PIN_ABSENT);

    /** When a moving connection's peer is looked for by name, since the move began. */
    private static final List<Integer> SEARCH_MILLIS =
            List.of(0, 100, 200, 350, 600, 1_000, 1_700, 2_500, 3_500, 4_500, 5_500, 7_000, 9_000, 12_000, 16_000);

    /** Longer than two ends take to agree on keys. */
    private static final long SETTLED_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final long COLLECT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final String REFUSED = MoveOutcome.REFUSED.name();
    private static final Logger LOG = LoggerFactory.getLogger(Mover.class);

    private final NetworkStack stack;
    private final MigrateExtension migrate;
    private final HostAddresses host;
    private final NameKeeper names;
    private final Timeline timeline;
    private final MovePolicy policy;
    private final RuleBook rules;
    private final PeerNames peers;
    private final AtomicBoolean lookPlanned = new AtomicBoolean();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread made = new Thread(task, "sojourn-mover");
        made.setDaemon(true);
        return made;
    });

    // All of the mover's thread, and of the loop while that thread waits for it.
    private final Map<Long, Memory> memories = new HashMap<>();
    private final Map<Long, Why> told = new HashMap<>();
    private AddressView view = AddressView.NONE;
    private Set<IpAddress> namedAddresses = Set.of();
    private volatile boolean following;
    private volatile long lastChangeNanos = System.nanoTime();

    public Mover(
            NetworkStack stack,
            MigrateExtension migrate,
            HostAddresses host,
            NameKeeper names,
            Timeline timeline,
            MovePolicy policy,
            RuleBook rules,
            PeerNames peers) {
        this.stack = stack;
        this.migrate = migrate;
        this.host = host;
        this.names = names;
        this.timeline = timeline;
        this.policy = policy;
        this.rules = rules;
        this.peers = peers;
    }

    /** Takes the addresses there are, and follows them from now on. */
    public void start() throws IOException {
        host.listen(this::changed);
        onThread(() -> {
            // Before anybody connects: the stack needs its addresses.
            following = true;
            follow(false);
            return true;
        });
        watchSleep();
    }

    private void changed() {
        lastChangeNanos = System.nanoTime();
        execute(() -> follow(false));
    }

    /**
     * Connections can be moved from now on: looks at them, once for all that come within a moment, if a rule may hold for
     * them or the network has changed while they could not.
     */
    public void connectionsCame() {
        boolean mayMove = rules.hasRules() || System.nanoTime() - lastChangeNanos < SETTLED_NANOS;
        if (following && mayMove && lookPlanned.compareAndSet(false, true)) {
            schedule(
                    () -> {
                        lookPlanned.set(false);
                        follow(false);
                    },
                    COLLECT_NANOS);
        }
    }

    /** Looks now and then whether the host has slept: its peers may have given it up meanwhile. */
    private void watchSleep() {
        SleepWatch watch = new SleepWatch(policy.settings().awakeNanos());
        try {
            thread.scheduleWithFixedDelay(
                    () -> watch.look().ifPresent(this::awoke), 0, SleepWatch.PERIOD_NANOS, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("mover=closed");
        }
    }

    private void awoke(long sleptNanos) {
        timeline.tell(Kind.AWOKE, -1, "slept", "", TimeUnit.NANOSECONDS.toMicros(sleptNanos));
        follow(true);
    }

    /** A connection's move was given up: the next is not for now. */
    public void abandoned(long connection) {
        execute(() -> {
            Memory memory = memories.getOrDefault(connection, Memory.NONE);
            memories.put(connection, new Memory(memory.moves(), StackLoop.nowNanos(), Optional.empty(), 0));
            follow(false);
        });
    }

    private void execute(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("mover=closed");
        }
    }

    private void follow(boolean awoke) {
        if (!following) {
            return;
        }
        try {
            List<ConnectionInfo> connections = stack.connections();
            AddressView now = look(connections);
            Set<IpAddress> gone = new LinkedHashSet<>(view.addresses());
            gone.removeAll(now.addresses());
            Set<IpAddress> fresh = new LinkedHashSet<>(now.addresses());
            fresh.removeAll(view.addresses());
            gone.forEach(
                    address -> timeline.tell(Kind.ADDRESS_GONE, -1, address.toString(), view.interfaceOf(address), -1));
            fresh.forEach(
                    address -> timeline.tell(Kind.ADDRESS_NEW, -1, address.toString(), now.interfaceOf(address), -1));
            if (!gone.isEmpty() || !fresh.isEmpty()) {
                stack.addresses(now.addresses());
            }
            AddressView old = view;
            view = now;
            forgetAllBut(connections);
            List<Verdict> verdicts =
                    stack.onLoop(nanos -> decideAndDo(new Situation(old, now, awoke, nanos), gone, connections));
            publishNames(now);
            lookAgainForThe(verdicts);
            findPeersOf(verdicts);
            verdicts.forEach(this::tell);
        } catch (IOException | RuntimeException e) {
            LOG.warn("mover=follow error=\"{}\" retryMillis=500", e.toString());
            lookAgainIn(TimeUnit.MILLISECONDS.toNanos(500));
        }
    }

    private void forgetAllBut(List<ConnectionInfo> connections) {
        Set<Long> living = connections.stream().map(ConnectionInfo::id).collect(Collectors.toSet());
        memories.keySet().retainAll(living);
        told.keySet().retainAll(living);
        rules.retain(living);
    }

    private AddressView look(Collection<ConnectionInfo> connections) throws IOException {
        Map<IpAddress, InterfaceView> interfaces = host.usable();
        Set<IpAddress> peers = new HashSet<>(ANYBODY);
        connections.forEach(connection -> peers.add(connection.tuple().peerAddress()));
        Map<IpAddress, Ways> ways = new LinkedHashMap<>();
        for (IpAddress peer : peers) {
            ways.put(peer, waysTo(peer, interfaces.keySet()));
        }
        return new AddressView(interfaces, ways);
    }

    private Ways waysTo(IpAddress peer, Set<IpAddress> usable) throws IOException {
        Optional<IpAddress> kernel = host.sourceFor(peer).filter(usable::contains);
        List<IpAddress> sources = new ArrayList<>();
        for (IpAddress address : usable) {
            boolean mayLead = address.isIpv4() == peer.isIpv4() && !usable.contains(peer); // ourselves: by loopback
            if (kernel.equals(Optional.of(address)) || mayLead && host.leads(address, peer)) {
                sources.add(address);
            }
        }
        return new Ways(kernel, sources);
    }

    /** On the loop. */
    private List<Verdict> decideAndDo(Situation situation, Set<IpAddress> gone, List<ConnectionInfo> connections) {
        long nowNanos = situation.nowNanos();
        for (Migration migration : migrate.connections()) {
            // A move that was under way to an address that has vanished meanwhile.
            IpAddress local = migration.tuple().localAddress();
            gone.stream()
                    .filter(address -> !address.equals(local))
                    .forEach(a -> migration.localAddressLost(a, nowNanos));
        }
        List<Verdict> verdicts = policy.decide(situation, views(connections));
        for (Verdict verdict : verdicts) {
            migrate.migrationOf(verdict.connection()).ifPresent(migration -> carryOut(verdict, migration, nowNanos));
        }
        return verdicts;
    }

    private void carryOut(Verdict verdict, Migration migration, long nowNanos) {
        Memory memory = memories.getOrDefault(verdict.connection(), Memory.NONE);
        if (verdict.decision() instanceof Decision.Move move) {
            MoveOutcome outcome = migration.move(move.to(), nowNanos);
            if (move.voluntary() && outcome == MoveOutcome.STARTED) {
                int moves = policy.movesThatCount(memory, nowNanos) + 1;
                memories.put(verdict.connection(), new Memory(moves, nowNanos, Optional.empty(), 0));
            }
        } else if (verdict.decision() instanceof Decision.Suspend suspend) {
            migration.localAddressLost(suspend.lost(), nowNanos);
        } else if (verdict.decision() instanceof Decision.Later later) {
            Optional<IpAddress> better = Optional.of(later.to());
            if (!memory.better().equals(better)) {
                memories.put(verdict.connection(), new Memory(memory.moves(), memory.lastNanos(), better, nowNanos));
            }
        } else if (memory.better().isPresent()) {
            memories.put(verdict.connection(), new Memory(memory.moves(), memory.lastNanos(), Optional.empty(), 0));
        }
    }

    private List<ConnectionView> views(List<ConnectionInfo> connections) {
        return connections.stream()
                .map(connection -> view(migrate.migrationOf(connection.id()), connection))
                .toList();
    }

    private ConnectionView view(Optional<Migration> found, ConnectionInfo connection) {
        long id = connection.id();
        return new ConnectionView(
                id,
                connection.tuple().localAddress(),
                connection.tuple().peerAddress(),
                found.map(Mover::obstacle).orElse("migrate.suite is off"),
                found.flatMap(Migration::suspensionCause).map(Mover::waiting).orElse(Waiting.NOT),
                rules.ruleFor(id, connection.tuple()),
                memories.getOrDefault(id, Memory.NONE));
    }

    private static String obstacle(Migration migration) {
        if (migration.isMigratable()) {
            return "";
        }
        return migration.isNegotiated()
                ? "it is ending, or has used up its moves"
                : "plain TCP: its peer does not speak Migrate";
    }

    private static Waiting waiting(SuspensionCause cause) {
        return cause == SuspensionCause.NO_ADDRESS ? Waiting.FOR_ADDRESS : Waiting.FOR_PEER;
    }

    private void lookAgainForThe(List<Verdict> verdicts) {
        verdicts.stream()
                .filter(verdict -> verdict.decision() instanceof Decision.Later)
                .mapToLong(verdict -> ((Decision.Later) verdict.decision()).atNanos() - StackLoop.nowNanos())
                .min()
                .ifPresent(nanos -> lookAgainIn(Math.max(0, nanos)));
    }

    private void lookAgainIn(long nanos) {
        schedule(() -> follow(false), nanos);
    }

    private void schedule(Runnable task, long nanos) {
        try {
            thread.schedule(task, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("mover=closed");
        }
    }

    /**
     * A peer that moves at the same moment is where its name will say: that is asked before the first Migrate SYN could be
     * repeated, and again while there is no answer, since the peer needs a moment to tell its name server.
     */
    private void findPeersOf(List<Verdict> verdicts) {
        Set<Long> named = verdicts.stream()
                .filter(verdict -> verdict.decision() instanceof Decision.Move)
                .map(Verdict::connection)
                .filter(id -> !peers.nameOf(id).isEmpty())
                .collect(Collectors.toSet());
        if (!named.isEmpty()) {
            SEARCH_MILLIS.forEach(millis -> schedule(() -> findPeers(named), TimeUnit.MILLISECONDS.toNanos(millis)));
        }
    }

    private void findPeers(Set<Long> named) {
        try {
            named.removeAll(stack.onLoop(nanos -> named.stream()
                    .filter(id -> migrate.migrationOf(id)
                            .filter(migration -> migration.state() == MigrationState.SYN_SENT)
                            .isEmpty())
                    .toList()));
            named.forEach(id -> peers.locate(id, StackLoop.nowNanos()));
        } catch (IOException e) {
            LOG.debug("mover=search error=\"{}\"", e.getMessage());
        }
    }

    /** Each decision once: a look that finds the same again is no news. */
    private void tell(Verdict verdict) {
        Why before = told.put(verdict.connection(), verdict.why());
        if (verdict.why() == before) {
            return;
        }
        Decision decision = verdict.decision();
        if (decision instanceof Decision.Move move) {
            timeline.tell(Kind.DECIDED_TO_MOVE, verdict.connection(), "to " + move.to(), verdict.words(), -1);
        } else if (NEWS.contains(verdict.why())) {
            timeline.tell(Kind.DECIDED_TO_STAY, verdict.connection(), "", verdict.words(), -1);
        }
    }

    /** What a new correspondent should find: the best address of each family. */
    private void publishNames(AddressView now) {
        Set<IpAddress> best = new LinkedHashSet<>();
        for (IpAddress anybody : ANYBODY) {
            Optional<IpAddress> preferred = policy.best(now, anybody, Rule.NONE).or(() -> now.sourceFor(anybody));
            now.addresses().stream()
                    .filter(address -> address.isIpv4() == anybody.isIpv4())
                    .filter(address -> preferred.isEmpty() || preferred.get().equals(address))
                    .forEach(best::add);
        }
        if (!best.equals(namedAddresses) && !best.isEmpty()) {
            // While there is no address nobody could be told anyway; the old record stays until there is one.
            namedAddresses = Set.copyOf(best);
            names.publish(namedAddresses);
        }
    }

    /** The address that a new connection to {@code peer} begins at: the best, or else the kernel's choice. */
    public Optional<IpAddress> sourceFor(IpAddress peer) throws IOException {
        Map<IpAddress, InterfaceView> interfaces = host.usable();
        Ways ways = waysTo(peer, interfaces.keySet());
        Optional<IpAddress> best = policy.best(new AddressView(interfaces, Map.of(peer, ways)), peer, Rule.NONE);
        return best.isPresent() ? best : host.sourceFor(peer);
    }

    // ---- asked and told by people

    /**
     * Where a connection is, and why it is not elsewhere.
     *
     * @param interfaceName that has its address; empty if none has
     * @param rule name of what holds for it beside the general order; empty if nothing does
     * @param why {@link Why}
     * @param words the same for people
     */
    public record Explanation(String interfaceName, String rule, String why, String words) {

        public static final Explanation NONE = new Explanation("", "", "", "");
    }

    /** For each connection, by its number, as things are now. Nothing is done. */
    public Map<Long, Explanation> explain() throws IOException {
        return onThread(() -> {
            List<ConnectionInfo> connections = stack.connections();
            Map<Long, Explanation> explanations = new HashMap<>();
            if (!following) {
                connections.forEach(connection -> explanations.put(
                        connection.id(),
                        new Explanation("", "", Why.ROUTED.name(), "mode routed: its address does not change")));
                return explanations;
            }
            AddressView now = look(connections);
            List<Verdict> verdicts =
                    stack.onLoop(nanos -> policy.decide(new Situation(view, now, false, nanos), views(connections)));
            Map<Long, Verdict> byId =
                    verdicts.stream().collect(Collectors.toMap(Verdict::connection, verdict -> verdict));
            for (ConnectionInfo connection : connections) {
                Verdict verdict = byId.get(connection.id());
                if (verdict != null) {
                    explanations.put(
                            connection.id(),
                            new Explanation(
                                    now.interfaceOf(connection.tuple().localAddress()),
                                    verdict.rule().name(),
                                    verdict.why().name(),
                                    verdict.words()));
                }
            }
            return explanations;
        });
    }

    /** The addresses that connections may use now; none in mode routed. */
    public List<Reply.Uplink> uplinks() throws IOException {
        return onThread(() -> {
            AddressView now = following ? look(List.of()) : AddressView.NONE;
            Set<IpAddress> best = ANYBODY.stream()
                    .flatMap(anybody -> policy.best(now, anybody, Rule.NONE).stream())
                    .collect(Collectors.toSet());
            return now.interfaces().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .map(entry -> uplink(entry.getKey(), entry.getValue(), best.contains(entry.getKey())))
                    .toList();
        });
    }

    private static Reply.Uplink uplink(IpAddress address, InterfaceView of, boolean best) {
        return new Reply.Uplink(
                address.toString(), of.name(), of.kind().word(), of.metered(), of.metric(), of.never(), best);
    }

    /** What a person may say of one connection. */
    public enum RuleChange {
        /** Live at the one place given, and nowhere else. */
        PIN,
        /** Live anywhere again, whoever has pinned it. */
        UNPIN,
        /** The places given are better than all others. */
        PREFER,
        /** Never go to the interfaces given. */
        AVOID,
        /** What the configuration says holds again. */
        RELEASE
    }

    /**
     * Changes what holds for one connection, and moves it at once if that says so.
     *
     * @throws IOException if there is no such connection, or {@code places} do not go with the change
     */
    public void changeRule(long connection, RuleChange change, List<Place> places) throws IOException {
        ConnectionInfo info = stack.connections().stream()
                .filter(one -> one.id() == connection)
                .findFirst()
                .orElseThrow(() -> none(connection));
        boolean needsPlaces = change == RuleChange.PREFER || change == RuleChange.AVOID;
        if (change == RuleChange.PIN && places.size() != 1 || needsPlaces && places.isEmpty()) {
            throw new IOException("name " + (needsPlaces ? "at least one place" : "one place")
                    + ": an interface or an address of this host");
        }
        switch (change) {
            case PIN -> rules.pin(connection, info.tuple(), places.get(0));
            case UNPIN -> rules.unpin(connection, info.tuple());
            case PREFER -> rules.prefer(connection, info.tuple(), places);
            case AVOID ->
                rules.avoid(
                        connection,
                        info.tuple(),
                        places.stream().map(Place::text).toList());
            case RELEASE -> rules.release(connection);
        }
        String words = places.stream().map(Place::text).collect(Collectors.joining(" "));
        timeline.tell(
                Kind.RULE_CHANGED,
                connection,
                (change.name().toLowerCase(Locale.ROOT) + " " + words).strip(),
                "by hand",
                -1);
        onThread(() -> {
            follow(false);
            return Boolean.TRUE;
        });
    }

    private static IOException none(long connection) {
        return new IOException("no connection " + connection + "; 'sojourn connections' lists them");
    }

    /**
     * Moves because a person says so. With a place, the connections prefer it from now on; without one, they follow the
     * general order again.
     *
     * @param connection empty for all that can move
     * @param to empty for the best
     * @throws IOException if there is no such connection, or {@code to} is not ours
     */
    public List<Reply.Outcome> moveNow(Optional<Long> connection, Optional<Place> to) throws IOException {
        return onThread(() -> {
            List<ConnectionInfo> chosen = stack.connections().stream()
                    .filter(info -> connection.isEmpty() ? info.migratable() : connection.get() == info.id())
                    .toList();
            if (connection.isPresent() && chosen.isEmpty()) {
                throw none(connection.get());
            }
            AddressView now = look(chosen);
            if (to.isPresent() && now.interfaces().entrySet().stream().noneMatch(e -> isAt(to.get(), e))) {
                throw new IOException(to.get() + " is no address of ours and no interface with one; choose one of "
                        + now.addresses().stream()
                                .sorted()
                                .map(address -> address + " (" + now.interfaceOf(address) + ")")
                                .collect(Collectors.joining(", ")));
            }
            List<Reply.Outcome> outcomes = new ArrayList<>();
            for (ConnectionInfo info : chosen) {
                outcomes.add(to.isPresent() ? moveTo(to.get(), info, now) : moveToTheBest(info, now));
            }
            return outcomes;
        });
    }

    private static boolean isAt(Place place, Map.Entry<IpAddress, InterfaceView> address) {
        return place.holds(address.getKey(), address.getValue().name());
    }

    private Reply.Outcome moveTo(Place place, ConnectionInfo info, AddressView now) throws IOException {
        IpAddress peer = info.tuple().peerAddress();
        Optional<IpAddress> target = now.waysTo(peer).sources().stream()
                .filter(address -> place.holds(address, now.interfaceOf(address)))
                .findFirst();
        if (target.isEmpty()) {
            return new Reply.Outcome(info.id(), place.text(), REFUSED, "nothing there leads to " + peer);
        }
        Optional<String> objection = MovePolicy.objection(now, rules.ruleFor(info.id(), info.tuple()), target.get());
        if (objection.isPresent()) {
            return new Reply.Outcome(info.id(), target.get().toString(), REFUSED, objection.get());
        }
        Reply.Outcome outcome = move(info, target.get());
        if (!outcome.outcome().equals(REFUSED)) {
            rules.prefer(info.id(), info.tuple(), List.of(place));
        }
        return outcome;
    }

    private Reply.Outcome moveToTheBest(ConnectionInfo info, AddressView now) throws IOException {
        rules.forgetWish(info.id(), info.tuple());
        IpAddress peer = info.tuple().peerAddress();
        Optional<IpAddress> best = policy.best(now, peer, rules.ruleFor(info.id(), info.tuple()));
        return move(info, best.orElse(info.tuple().localAddress()));
    }

    private Reply.Outcome move(ConnectionInfo info, IpAddress target) throws IOException {
        return stack.onLoop(nanos -> {
            Optional<Migration> migration = migrate.migrationOf(info.id());
            String obstacle = migration.map(Mover::obstacle).orElse("it is gone");
            String outcome =
                    migration.map(found -> found.move(target, nanos).name()).orElse(REFUSED);
            return new Reply.Outcome(info.id(), target.toString(), outcome, outcome.equals(REFUSED) ? obstacle : "");
        });
    }

    private <T> T onThread(Callable<T> task) throws IOException {
        try {
            return thread.submit(task).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the mover was asked", e);
        } catch (RejectedExecutionException e) {
            throw new IOException("the daemon is stopping", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() throws IOException {
        thread.shutdownNow();
        host.close();
    }
}
