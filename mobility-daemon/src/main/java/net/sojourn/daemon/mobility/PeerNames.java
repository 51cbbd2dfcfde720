package net.sojourn.daemon.mobility;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjLongConsumer;
import net.sojourn.migrate.Migration;
import net.sojourn.migrate.PeerLocator;
import net.sojourn.stack.IpAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which name a connection was opened by, and where that name is now: when both ends have moved at once, only their names
 * still lead to each other. A name is looked up on a thread of its own, at most ten times a second; what comes back is told
 * to {@code news} at once and given to the next who asks. Any thread.
 */
public final class PeerNames implements PeerLocator {

    /** Finds addresses of names; best first. */
    @FunctionalInterface
    public interface Lookup {
        /** @throws IOException if there is no such name or nobody answers */
        List<IpAddress> addressesOf(String name) throws IOException;
    }

    private static final long LEAST_BETWEEN_LOOKUPS_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final Logger LOG = LoggerFactory.getLogger(PeerNames.class);

    /** What is known of one name. Guarded by itself. */
    private static final class Known {
        private List<IpAddress> addresses = List.of();
        private long askedNanos;
        private boolean asked;
        private boolean asking;
    }

    private final Lookup lookup;
    private final Executor threads;
    private final List<String> mayMove;
    private final ObjLongConsumer<List<IpAddress>> news;
    private final Map<Long, String> nameOf = new ConcurrentHashMap<>();
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    /**
     * @param mayMove names of hosts whose connections to us shall be found by name
     * @param news told the addresses of a connection's peer, by the connection's number, as soon as they are known
     */
    public PeerNames(Lookup lookup, Executor threads, List<String> mayMove, ObjLongConsumer<List<IpAddress>> news) {
        this.mayMove = List.copyOf(mayMove);
        this.lookup = lookup;
        this.threads = threads;
        this.news = news;
    }

    /** Connection {@code id} was opened to {@code name}. */
    public void opened(long id, String name) {
        nameOf.put(id, name);
    }

    /** Connection {@code id} came from {@code peer}: if one of the names that may move is there now, that is its name. */
    public void accepted(long id, IpAddress peer) {
        for (String name : mayMove) {
            try {
                threads.execute(() -> recognize(id, name, peer));
            } catch (RejectedExecutionException e) {
                LOG.debug("peer={} lookup=stopped", name);
            }
        }
    }

    private void recognize(long id, String name, IpAddress peer) {
        try {
            if (lookup.addressesOf(name).contains(peer)) {
                nameOf.put(id, name);
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.debug("peer={} lookup=failed error=\"{}\"", name, e.getMessage());
        }
    }

    /** The name by which connection {@code id} can be found; empty if there is none. */
    public String nameOf(long id) {
        return nameOf.getOrDefault(id, "");
    }

    /** All that are known, by number of the connection: a copy. */
    public Map<Long, String> names() {
        return Map.copyOf(nameOf);
    }

    /** Forgets all connections but these. */
    public void retain(Set<Long> living) {
        nameOf.keySet().retainAll(living);
        known.keySet().retainAll(Set.copyOf(nameOf.values()));
    }

    @Override
    public List<IpAddress> peerAddresses(Migration migration, long nowNanos) {
        return locate(migration.connectionId(), nowNanos);
    }

    /** What is known at present; looks again if that was not done lately. Does not block. */
    public List<IpAddress> locate(long id, long nowNanos) {
        String name = nameOf.get(id);
        if (name == null) {
            return List.of();
        }
        Known place = known.computeIfAbsent(name, absent -> new Known());
        synchronized (place) {
            if (!place.asking && (!place.asked || nowNanos - place.askedNanos >= LEAST_BETWEEN_LOOKUPS_NANOS)) {
                place.asked = true;
                place.askedNanos = nowNanos;
                place.asking = ask(id, name, place);
            }
            return place.addresses;
        }
    }

    private boolean ask(long id, String name, Known place) {
        try {
            threads.execute(() -> look(id, name, place));
            return true;
        } catch (RejectedExecutionException e) {
            // The daemon is stopping.
            return false;
        }
    }

    private void look(long id, String name, Known place) {
        List<IpAddress> found = List.of();
        try {
            found = lookup.addressesOf(name);
        } catch (IOException | IllegalArgumentException e) {
            LOG.debug("peer={} lookup=failed error=\"{}\"", name, e.getMessage());
        }
        synchronized (place) {
            place.asking = false;
            // An answer that fails does not make the last one wrong: it is only a hint, and keys decide.
            place.addresses = found.isEmpty() ? place.addresses : List.copyOf(found);
        }
        if (!found.isEmpty()) {
            news.accept(List.copyOf(found), id);
        }
    }
}
