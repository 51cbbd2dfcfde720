package net.sojourn.dns;

import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import net.sojourn.dns.reconcile.LiveServers;
import net.sojourn.dns.reconcile.NameReconciler;
import net.sojourn.dns.reconcile.StateFile;
import net.sojourn.dns.reconcile.StateFileException;
import net.sojourn.dns.reconcile.ThreadAgenda;
import net.sojourn.dns.reconcile.ZoneTurns;

/**
 * Keeps names equal to addresses: say what shall be, and it converges by signed dynamic updates (RFC 2136), however often
 * the network fails or changes meanwhile. The newest set wins. Thread-safe; no method waits for the network. What happens
 * is told to the listener, on the updater's thread, and shown by {@link #statuses}.
 */
public final class NameUpdater implements AutoCloseable {

    private final UpdaterSettings settings;
    private final Consumer<UpdateEvent> listener;
    private final StateFile stateFile;
    private final ThreadAgenda agenda = new ThreadAgenda();
    private final LiveServers servers;
    private final ZoneTurns turns = new ZoneTurns();
    private final SecureRandom random = new SecureRandom();
    private final Map<String, NameReconciler> names = new ConcurrentHashMap<>();
    private Optional<InetAddress> localAddress = Optional.empty();

    private NameUpdater(UpdaterSettings settings, Consumer<UpdateEvent> listener, StateFile stateFile, Clock clock) {
        this.settings = settings;
        this.listener = listener;
        this.stateFile = stateFile;
        this.servers = new LiveServers(settings, clock, agenda.io());
    }

    /**
     * @param listener told of every event; must return soon
     * @throws StateFileException if the state file cannot be used
     */
    public static NameUpdater start(UpdaterSettings settings, Consumer<UpdateEvent> listener)
            throws StateFileException {
        return start(settings, listener, Clock.systemUTC());
    }

    /** As {@link #start(UpdaterSettings, Consumer)}, with the clock that signatures are dated by. */
    public static NameUpdater start(UpdaterSettings settings, Consumer<UpdateEvent> listener, Clock clock)
            throws StateFileException {
        return new NameUpdater(settings, listener, StateFile.open(settings.stateFile(), settings.ownerId()), clock);
    }

    /**
     * From now on {@code name} shall have exactly these addresses; none removes them all, which resolvers may remember for
     * longer than an old address. Only addresses that are usable now should be given (IPv6: after duplicate detection).
     *
     * @throws IllegalArgumentException if {@code name} is no DNS name
     */
    public void setAddresses(String name, Set<InetAddress> addresses) {
        String canonical = DnsNames.canonical(name);
        Set<InetAddress> wanted = Set.copyOf(addresses);
        inOrder(() -> reconciler(canonical).desire(wanted));
    }

    /**
     * Addresses or routes of this host have changed: pauses end, waits for answers are given up, and messages go out from
     * {@code newLocalAddress} (of its family; empty leaves the choice to the kernel).
     */
    public void networkChanged(Optional<InetAddress> newLocalAddress) {
        inOrder(() -> {
            localAddress = newLocalAddress;
            names.values().forEach(name -> name.networkChanged(newLocalAddress));
        });
    }

    /** All names, sorted. A name appears soon after its first {@link #setAddresses}. */
    public List<NameUpdaterStatus> statuses() {
        return names.values().stream()
                .map(NameReconciler::status)
                .sorted(Comparator.comparing(NameUpdaterStatus::name))
                .toList();
    }

    /** One name; empty if it was never set. */
    public Optional<NameUpdaterStatus> status(String name) {
        return Optional.ofNullable(names.get(DnsNames.canonical(name))).map(NameReconciler::status);
    }

    /** Who we are in guard records. */
    public String ownerId() {
        return stateFile.ownerId();
    }

    /** Stops at once. Published records stay: a name that vanished would be remembered as absent. */
    @Override
    public void close() {
        agenda.close();
    }

    private NameReconciler reconciler(String canonical) {
        return names.computeIfAbsent(canonical, name -> {
            NameReconciler made =
                    new NameReconciler(name, settings, agenda, servers, turns, stateFile, random, listener);
            made.networkChanged(localAddress);
            return made;
        });
    }

    private void inOrder(Runnable task) {
        agenda.after(Duration.ZERO, task);
    }
}
