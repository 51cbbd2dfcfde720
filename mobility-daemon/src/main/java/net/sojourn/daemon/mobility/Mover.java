package net.sojourn.daemon.mobility;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import net.sojourn.daemon.control.Reply;
import net.sojourn.daemon.control.Timeline;
import net.sojourn.daemon.control.TimelineEvent.Kind;
import net.sojourn.migrate.MigrateExtension;
import net.sojourn.migrate.Migration;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
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

    private static final Logger LOG = LoggerFactory.getLogger(Mover.class);

    private final NetworkStack stack;
    private final MigrateExtension migrate;
    private final HostAddresses host;
    private final NameKeeper names;
    private final Timeline timeline;
    private final MovePolicy policy;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread made = new Thread(task, "sojourn-mover");
        made.setDaemon(true);
        return made;
    });

    private final Map<Long, Long> lastMoveNanos = new HashMap<>();
    private AddressView view = AddressView.NONE;
    private Set<IpAddress> namedAddresses = Set.of();

    public Mover(
            NetworkStack stack,
            MigrateExtension migrate,
            HostAddresses host,
            NameKeeper names,
            Timeline timeline,
            MovePolicy policy) {
        this.stack = stack;
        this.migrate = migrate;
        this.host = host;
        this.names = names;
        this.timeline = timeline;
        this.policy = policy;
    }

    /** Takes the addresses there are, and follows them from now on. */
    public void start() throws IOException {
        host.listen(this::addressesChanged);
        addressesChanged();
    }

    private void addressesChanged() {
        try {
            thread.execute(this::follow);
        } catch (RejectedExecutionException e) {
            LOG.debug("mover=closed");
        }
    }

    private void follow() {
        try {
            List<ConnectionInfo> connections = stack.connections();
            AddressView now = look(connections);
            Set<IpAddress> gone = new LinkedHashSet<>(view.addresses());
            gone.removeAll(now.addresses());
            Set<IpAddress> fresh = new LinkedHashSet<>(now.addresses());
            fresh.removeAll(view.addresses());
            gone.forEach(address -> timeline.tell(Kind.ADDRESS_GONE, -1, address.toString(), "", -1));
            fresh.forEach(address -> timeline.tell(Kind.ADDRESS_NEW, -1, address.toString(), "", -1));
            if (!gone.isEmpty() || !fresh.isEmpty()) {
                stack.addresses(now.addresses());
            }
            AddressView old = view;
            view = now;
            List<Decision> decisions = stack.onLoop(nanos -> decideAndDo(old, now, gone, connections, nanos));
            decisions.forEach(this::scheduleIfLater);
            publishNames(now);
        } catch (IOException | RuntimeException e) {
            LOG.warn("mover=follow error=\"{}\" retryMillis=500", e.toString());
            lookAgainIn(TimeUnit.MILLISECONDS.toNanos(500));
        }
    }

    private AddressView look(List<ConnectionInfo> connections) throws IOException {
        Set<IpAddress> peers = new HashSet<>(ANYBODY);
        connections.forEach(connection -> peers.add(connection.tuple().peerAddress()));
        Map<IpAddress, IpAddress> sources = new LinkedHashMap<>();
        for (IpAddress peer : peers) {
            host.sourceFor(peer).ifPresent(source -> sources.put(peer, source));
        }
        return new AddressView(host.usable().keySet(), sources);
    }

    /** On the loop. */
    private List<Decision> decideAndDo(
            AddressView old, AddressView now, Set<IpAddress> gone, List<ConnectionInfo> connections, long nowNanos) {
        lastMoveNanos
                .keySet()
                .retainAll(connections.stream().map(ConnectionInfo::id).toList());
        for (Migration migration : migrate.connections()) {
            // A move that was under way to an address that has vanished meanwhile.
            IpAddress local = migration.tuple().localAddress();
            gone.stream()
                    .filter(address -> !address.equals(local))
                    .forEach(a -> migration.localAddressLost(a, nowNanos));
        }
        List<ConnectionView> views = connections.stream()
                .flatMap(connection ->
                        migrate.migrationOf(connection.id()).stream().map(migration -> view(migration, connection)))
                .toList();
        List<Decision> decisions = policy.decide(old, now, views, nowNanos);
        for (Decision decision : decisions) {
            Migration migration = migrate.migrationOf(decision.connection()).orElseThrow();
            if (decision instanceof Decision.Move move) {
                lastMoveNanos.put(move.connection(), nowNanos);
                migration.move(move.to(), nowNanos);
            } else if (decision instanceof Decision.Suspend suspend) {
                migration.localAddressLost(suspend.lost(), nowNanos);
            }
        }
        return decisions;
    }

    private ConnectionView view(Migration migration, ConnectionInfo connection) {
        return new ConnectionView(
                connection.id(),
                migration.tuple().localAddress(),
                migration.tuple().peerAddress(),
                migration.isMigratable(),
                migration.suspensionCause().isPresent(),
                lastMoveNanos.getOrDefault(connection.id(), ConnectionView.NEVER));
    }

    private void scheduleIfLater(Decision decision) {
        if (decision instanceof Decision.Later later) {
            lookAgainIn(Math.max(0, later.atNanos() - System.nanoTime()));
        }
    }

    private void lookAgainIn(long nanos) {
        try {
            thread.schedule(this::follow, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("mover=closed");
        }
    }

    /** What a new correspondent should find: the address of each family that the default route uses. */
    private void publishNames(AddressView now) {
        Set<IpAddress> best = new LinkedHashSet<>();
        for (IpAddress anybody : ANYBODY) {
            Optional<IpAddress> preferred = now.sourceFor(anybody);
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

    /**
     * Moves because a person says so.
     *
     * @param connection empty for all that can move
     * @param to empty for the kernel's choice
     * @throws IOException if there is no such connection, or {@code to} is not ours
     */
    public List<Reply.Outcome> moveNow(Optional<Long> connection, Optional<IpAddress> to) throws IOException {
        if (to.isPresent() && !stack.addresses().contains(to.get())) {
            throw new IOException(to.get() + " is no address of ours; choose one of " + stack.addresses());
        }
        Map<Long, IpAddress> targets = new LinkedHashMap<>();
        for (ConnectionInfo info : stack.connections()) {
            if (connection.isEmpty() ? info.migratable() : connection.get() == info.id()) {
                Optional<IpAddress> target =
                        to.isPresent() ? to : host.sourceFor(info.tuple().peerAddress());
                targets.put(info.id(), target.orElse(info.tuple().localAddress()));
            }
        }
        if (connection.isPresent() && targets.isEmpty()) {
            throw new IOException("no connection " + connection.get() + "; 'sojourn connections' lists them");
        }
        return stack.onLoop(nanos -> {
            List<Reply.Outcome> outcomes = new ArrayList<>();
            targets.forEach((id, target) -> {
                String outcome = migrate.migrationOf(id)
                        .map(migration -> migration.move(target, nanos).name())
                        .orElse("REFUSED");
                outcomes.add(new Reply.Outcome(id, target.toString(), outcome));
            });
            return outcomes;
        });
    }

    @Override
    public void close() throws IOException {
        thread.shutdownNow();
        host.close();
    }
}
