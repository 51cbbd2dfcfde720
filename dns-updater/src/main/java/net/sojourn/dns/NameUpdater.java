package net.sojourn.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Supplier;
import net.sojourn.dns.guard.OwnerId;
import net.sojourn.dns.key.KeyFileException;
import net.sojourn.dns.key.UpdateKey;
import net.sojourn.dns.query.DnsClient;
import net.sojourn.dns.query.Randomness;
import net.sojourn.dns.reconcile.LiveNameServers;
import net.sojourn.dns.reconcile.NameMemory;
import net.sojourn.dns.reconcile.NameReconciler;
import net.sojourn.dns.reconcile.NameTarget;
import net.sojourn.dns.reconcile.StateFile;
import net.sojourn.dns.reconcile.StateStore;
import net.sojourn.dns.reconcile.ThreadScheduler;
import net.sojourn.dns.reconcile.ZoneLanes;
import net.sojourn.dns.transport.DnsTransport;
import net.sojourn.dns.transport.SocketTransport;
import net.sojourn.dns.zone.SystemResolvers;
import net.sojourn.dns.zone.ZoneLocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps names equal to addresses: say what a name shall point to, and it converges, through lost messages, moves and
 * refusals. Returns at once everywhere; any thread. Work happens on a thread of its own, named {@code sojourn-dns}, and on
 * short-lived I/O threads. RFC 2136, 8945, 2931.
 *
 * <p>On a move call {@link #addressesChanged} with the new addresses; call {@link #networkChanged} when only the way to the
 * servers has changed.
 */
public final class NameUpdater implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(NameUpdater.class);
    private static final Duration QUESTION_TIMEOUT = Duration.ofMillis(1_500);

    private final Map<String, NameReconciler> reconcilers = new LinkedHashMap<>();
    private final ThreadScheduler scheduler = new ThreadScheduler("sojourn-dns");
    private final ExecutorService ioThreads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "sojourn-dns-io");
        thread.setDaemon(true);
        return thread;
    });
    private final DnsClient client;
    private final StateStore store;
    private final UpdateListener listener;

    private NameUpdater(UpdaterSettings settings, UpdateListener listener, DnsTransport transport, Clock clock)
            throws KeyFileException {
        this.listener = listener;
        this.store = new StateFile(settings.stateFile());
        Randomness randomness = Randomness.secure();
        this.client = new DnsClient(transport, randomness, clock);
        Supplier<List<InetSocketAddress>> resolvers =
                settings.resolvers().isEmpty() ? new SystemResolvers() : settings::resolvers;
        ZoneLocator locator = new ZoneLocator(client, resolvers, QUESTION_TIMEOUT);
        Map<String, NameMemory> memories = load();
        ZoneLanes lanes = new ZoneLanes();
        for (NameSettings name : settings.names()) {
            UpdateKey key = name.readKey();
            NameTarget target = NameTarget.of(name, key);
            String host = UpdaterSettings.canonical(name.host());
            reconcilers.put(
                    host,
                    new NameReconciler(
                            target,
                            memory(name, key, Optional.ofNullable(memories.get(host))),
                            settings.timing(),
                            new LiveNameServers(target, key, client, locator, clock, ioThreads),
                            scheduler,
                            randomness,
                            lanes,
                            new Surroundings()));
        }
    }

    /**
     * Reads the keys and the state file; sends nothing until {@link #addressesChanged}.
     *
     * @throws KeyFileException with file, line, cause and remedy
     */
    public static NameUpdater start(UpdaterSettings settings, UpdateListener listener) throws KeyFileException {
        return new NameUpdater(settings, listener, new SocketTransport(), Clock.systemUTC());
    }

    /** As {@link #start(UpdaterSettings, UpdateListener)}, through another transport and by another clock. */
    public static NameUpdater start(
            UpdaterSettings settings, UpdateListener listener, DnsTransport transport, Clock clock)
            throws KeyFileException {
        return new NameUpdater(settings, listener, transport, clock);
    }

    /**
     * {@code host} shall point to {@code addresses}. The newest call wins; retries start anew. No address at all means that
     * the record stays as it is, so that the name never vanishes.
     *
     * @throws IllegalArgumentException when the settings do not have {@code host}
     */
    public void addressesChanged(String host, Collection<InetAddress> addresses) {
        Set<InetAddress> copy = Set.copyOf(addresses);
        on(host, reconciler -> reconciler.desire(copy));
    }

    /** The way to the servers has changed: whatever waits is tried now. */
    public void networkChanged() {
        scheduler.execute(() -> reconcilers.values().forEach(NameReconciler::networkChanged));
    }

    /**
     * Sends from this address from now on; empty (the default) leaves it to the kernel's routes. To be called before {@link
     * #addressesChanged} on a host with several uplinks.
     */
    public void sendFrom(Optional<InetAddress> localAddress) {
        client.localAddress(localAddress);
    }

    /** Sends the addresses of {@code host} even if the server already has them. */
    public void push(String host) {
        on(host, NameReconciler::push);
    }

    /** Takes {@code host} from the owner its guard names, this once. */
    public void takeOver(String host) {
        on(host, NameReconciler::takeOver);
    }

    /** How every name stands, in the order of the settings. */
    public List<NameUpdaterStatus> status() {
        return reconcilers.values().stream().map(NameReconciler::status).toList();
    }

    /** Stops; the records stay, for a name that vanishes is missed longer than one that is stale. */
    @Override
    public void close() {
        scheduler.execute(() -> reconcilers.values().forEach(NameReconciler::close));
        scheduler.close();
        ioThreads.shutdownNow();
    }

    private void on(String host, Consumer<NameReconciler> what) {
        NameReconciler reconciler = reconcilers.get(UpdaterSettings.canonical(host));
        if (reconciler == null) {
            throw new IllegalArgumentException(
                    "host " + host + " is not in the settings; they have: " + reconcilers.keySet());
        }
        scheduler.execute(() -> what.accept(reconciler));
    }

    private Map<String, NameMemory> load() {
        try {
            return store.load();
        } catch (IOException e) {
            LOG.warn("the state file cannot be read, so names are read from their servers first: {}", e.toString());
            return Map.of();
        }
    }

    private static NameMemory memory(NameSettings name, UpdateKey key, Optional<NameMemory> remembered) {
        String ownerId = name.ownerId()
                .or(() -> remembered.map(NameMemory::ownerId))
                .or(() -> OwnerId.machineId().map(machine -> OwnerId.derive(machine, key.keyName())))
                .orElseGet(() -> UUID.randomUUID().toString());
        return remembered
                .filter(memory -> memory.ownerId().equals(ownerId))
                .orElseGet(() -> new NameMemory(ownerId, 0, Set.of(), Set.of()));
    }

    private final class Surroundings implements NameReconciler.Surroundings {

        @Override
        public void happened(UpdateEvent event) {
            try {
                listener.happened(event);
            } catch (RuntimeException e) {
                LOG.error("an update listener failed", e);
            }
        }

        @Override
        public void memoryChanged() {
            Map<String, NameMemory> memories = new LinkedHashMap<>();
            reconcilers.forEach((host, reconciler) -> memories.put(host, reconciler.memory()));
            try {
                store.save(memories);
            } catch (IOException e) {
                LOG.warn("the state file cannot be written; a restart will read the names first: {}", e.toString());
            }
        }
    }
}
