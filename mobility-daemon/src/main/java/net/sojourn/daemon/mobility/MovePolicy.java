package net.sojourn.daemon.mobility;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.sojourn.stack.IpAddress;

/**
 * Decides which connections move when the host's addresses or routes have changed. A pure function: the same arguments,
 * the same answer.
 *
 * <p>A connection whose address is gone moves at once to the address the kernel would use for its peer, or is suspended
 * while there is none. One whose address lives on follows the kernel's choice too, but not more often than every {@code
 * holdNanos}: an uplink that comes and goes shall not drag it along. A connection that cannot be moved is left alone.
 *
 * @param holdNanos between voluntary moves of one connection; 0 or more
 */
public record MovePolicy(long holdNanos) {

    public static final MovePolicy DEFAULT = new MovePolicy(1_000_000_000L);

    /** Decisions for the connections about which there is something to do, in their order. */
    public List<Decision> decide(AddressView old, AddressView now, List<ConnectionView> connections, long nowNanos) {
        return connections.stream()
                .filter(ConnectionView::migratable)
                .flatMap(connection -> decide(old, now, connection, nowNanos))
                .toList();
    }

    private Stream<Decision> decide(AddressView old, AddressView now, ConnectionView connection, long nowNanos) {
        IpAddress local = connection.local();
        boolean alive = now.addresses().contains(local);
        Optional<IpAddress> best = now.sourceFor(connection.peer());
        if (best.isEmpty()) {
            return alive || connection.suspended()
                    ? Stream.empty()
                    : Stream.of(new Decision.Suspend(connection.id(), local));
        }
        IpAddress to = best.get();
        if (to.equals(local)) {
            // The address came back, or its route did: the peer must be asked to speak to it again.
            boolean back = !old.sourceFor(connection.peer()).equals(best);
            return connection.suspended() && back ? Stream.of(new Decision.Move(connection.id(), to)) : Stream.empty();
        }
        long earliest =
                connection.lastMoveNanos() == ConnectionView.NEVER ? nowNanos : connection.lastMoveNanos() + holdNanos;
        boolean voluntary = alive && !connection.suspended();
        return Stream.of(
                voluntary && earliest - nowNanos > 0
                        ? new Decision.Later(connection.id(), earliest)
                        : new Decision.Move(connection.id(), to));
    }
}
