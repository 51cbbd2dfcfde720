package net.sojourn.daemon.mobility;

import java.io.Closeable;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
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
import net.sojourn.daemon.control.Timeline;
import net.sojourn.daemon.control.TimelineEvent.Kind;
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
    static final List<IpAddress> ANYBODY = List.of(IpAddress.parse("192.0.2.1"), IpAddress.parse("2001:db8::1"));
    /** Reasons that are news when a connection stays where it is. */
    private static final Set<Why> NEWS = Set.of(Why.TOO_NEW, Why.DAMPED, Why.NOWHERE, Why.FORBIDDEN, Why.PIN_ABSENT);

    /** When a moving connection's peer is looked for by name, since the move began. */
    private static final List<Integer> SEARCH_MILLIS =
            List.of(0, 100, 200, 350, 600, 1_000, 1_700, 2_500, 3_500, 4_500, 5_500, 7_000, 9_000, 12_000, 16_000);

    /** Longer than two ends take to agree on keys. */
    private static final long SETTLED_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** In between, the loop hears the answers to the first of many moves, and serves who does not move. */
    private static final int DONE_AT_ONCE = 100;

    private static final long COLLECT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
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
    private final AtomicBoolean changeWaits = new AtomicBoolean();
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

    /** A new network is several changes, one behind the other: those that come during a look are looked at together. */
    private void changed() {
        lastChangeNanos = System.nanoTime();
        if (changeWaits.compareAndSet(false, true)) {
            execute(() -> {
                changeWaits.set(false);
                follow(false);
            });
        }
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

    void follow(boolean awoke) {
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
            AddressView old = view;
            view = now;
            forgetAllBut(connections);
            List<Verdict> verdicts = decideAndDo(old, awoke, gone, connections);
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

    /** How things are now, as far as {@code connections} and newcomers need to know. */
    AddressView look(Collection<ConnectionInfo> connections) throws IOException {
        Set<IpAddress> peers = new HashSet<>(ANYBODY);
        connections.forEach(connection -> peers.add(connection.tuple().peerAddress()));
        return AddressView.of(host, peers);
    }

    private List<Verdict> decideAndDo(
            AddressView old, boolean awoke, Set<IpAddress> gone, List<ConnectionInfo> connections) throws IOException {
        // One visit to the loop, for each costs two changes of threads: that is most of what a move of one connection
        // takes.
        List<Verdict> verdicts = stack.onLoop(nanos -> {
            if (!view.addresses().equals(old.addresses())) {
                stack.addresses(view.addresses());
            }
            forgetMovesTo(gone, nanos);
            List<Verdict> decided = policy.decide(new Situation(old, view, awoke, nanos), views(connections));
            carryOut(decided, 0, nanos);
            return decided;
        });
        for (int from = DONE_AT_ONCE; from < verdicts.size(); from += DONE_AT_ONCE) {
            int next = from;
            stack.onLoop(nanos -> {
                carryOut(verdicts, next, nanos);
                return nanos;
            });
        }
        return verdicts;
    }

    /** From there on as many as may be done at once. On the loop. */
    private void carryOut(List<Verdict> verdicts, int from, long nowNanos) {
        verdicts.subList(from, Math.min(verdicts.size(), from + DONE_AT_ONCE))
                .forEach(verdict -> migrate.migrationOf(verdict.connection())
                        .ifPresent(migration -> carryOut(verdict, migration, nowNanos)));
    }

    /** Moves that were under way to addresses that have vanished meanwhile. On the loop. */
    private void forgetMovesTo(Set<IpAddress> gone, long nowNanos) {
        for (Migration migration : migrate.connections()) {
            IpAddress local = migration.tuple().localAddress();
            gone.stream()
                    .filter(address -> !address.equals(local))
                    .forEach(address -> migration.localAddressLost(address, nowNanos));
        }
    }

    /** On the loop. */
    private void carryOut(Verdict verdict, Migration migration, long nowNanos) {
        Memory memory = memories.getOrDefault(verdict.connection(), Memory.NONE);
        if (verdict.decision() instanceof Decision.Move move) {
            IpAddress left = migration.tuple().localAddress();
            if (!view.waysTo(migration.tuple().peerAddress()).sources().contains(left)) {
                // Nothing goes out there any more, often before the address goes: text need not wait for the answer.
                migration.localAddressLost(left, nowNanos);
            }
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

    /** On the loop. */
    List<ConnectionView> views(List<ConnectionInfo> connections) {
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

    /** Why it cannot be moved, for people; empty if it can. */
    static String obstacle(Migration migration) {
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
        Optional<IpAddress> best = policy.best(AddressView.of(host, Set.of(peer)), peer, Rule.NONE);
        return best.isPresent() ? best : host.sourceFor(peer);
    }

    boolean isFollowing() {
        return following;
    }

    /** What the last look found. On the mover's thread, or on the loop while that waits for it. */
    AddressView view() {
        return view;
    }

    /** What people may ask and say. */
    public MoveRequests requests() {
        return new MoveRequests(this, stack, migrate, timeline, policy, rules);
    }

    <T> T onThread(Callable<T> task) throws IOException {
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
