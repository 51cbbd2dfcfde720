package net.sojourn.migrate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import org.jspecify.annotations.Nullable;

/**
 * Where to ask a peer that may have moved too: at its last place and, in turn, where its name says it is. Loop thread
 * only. docs/protocol.md, "Both ends move at once".
 */
final class Rendezvous {

    private static final int MAX_LOCATED = 3;

    private final Migration migration;
    private final Mover mover;
    private final Suspension suspension;

    private @Nullable FourTuple ownBackup;
    private @Nullable IpAddress peerBackup;

    Rendezvous(Migration migration, Mover mover, Suspension suspension) {
        this.migration = migration;
        this.mover = mover;
        this.suspension = suspension;
    }

    /** @see Migration#peerMayBeAt */
    void peerMayBeAt(IpAddress peerAddress, long nowNanos) {
        FourTuple here = migration.tuple();
        PathAttempt asking = mover.attempt();
        if (asking != null && isElsewhere(asking.tuple(), peerAddress)) {
            FourTuple asked = asking.tuple();
            migration.askInsteadAt(asked.withPeer(peerAddress, asked.peerPort()), nowNanos);
        } else if (asking == null
                && suspension.isActive()
                && suspension.cause() != SuspensionCause.NO_ADDRESS
                && isElsewhere(here, peerAddress)) {
            migration.move(here.withPeer(peerAddress, here.peerPort()), nowNanos);
        }
    }

    /** The connection has left {@code old}. @param kept whether the mover, we or the peer, still has its place there */
    void switched(FourTuple old, boolean ours, boolean kept) {
        boolean samePlaces = old.localAddress().equals(migration.tuple().localAddress())
                && old.peerAddress().equals(migration.tuple().peerAddress());
        if (samePlaces) {
            return;
        }
        if (ours) {
            ownBackup = kept ? old : null;
        } else {
            peerBackup = kept ? old.peerAddress() : null;
        }
    }

    /** Whence the connection could be asked for again, if it was left for a path that fails. */
    Optional<FourTuple> backup() {
        return Optional.ofNullable(ownBackup).map(migration.exchange()::beside);
    }

    void localAddressLost(IpAddress address) {
        if (ownBackup != null && ownBackup.localAddress().equals(address)) {
            ownBackup = null;
        }
    }

    void freeze(StateWriter out) {
        FourTuple own = ownBackup;
        out.flag(own != null);
        if (own != null) {
            out.tuple(own);
        }
        out.address(peerBackup == null ? IpAddress.IPV6_ANY : peerBackup);
    }

    /** What {@link #freeze} wrote. */
    void thaw(StateReader in) throws FrozenStateException {
        ownBackup = in.flag("backup") ? in.tuple("backup") : null;
        IpAddress place = in.address("backup of the peer");
        StateReader.require(!place.isMulticast(), "backup of the peer");
        peerBackup = place.isUnspecified() ? null : place;
    }

    /** Our request has had no answer at {@code asked}, {@code turn} times: the next place to ask, or to ask from. */
    Optional<FourTuple> nextPlaceToAsk(FourTuple asked, int turn, long nowNanos) {
        FourTuple from = asked;
        FourTuple own = ownBackup;
        if (own != null && mover.isForThaw()) {
            if (turn % 2 == 1) {
                return Optional.of(migration.exchange().beside(own));
            }
            from = migration.exchange().beside(migration.tuple());
        }
        List<IpAddress> places = placesOfPeer(from, nowNanos);
        if (places.isEmpty()) {
            return Optional.of(from).filter(tuple -> !tuple.equals(asked));
        }
        // The first is tried in every second turn.
        IpAddress next = places.get(turn % 2 == 1 ? 0 : turn / 2 % places.size());
        return Optional.of(from.withPeer(next, from.peerPort())).filter(tuple -> !tuple.equals(asked));
    }

    /** Where the peer may be besides where it was last, and that too; empty if there is nowhere else. */
    private List<IpAddress> placesOfPeer(FourTuple from, long nowNanos) {
        List<IpAddress> places = new ArrayList<>();
        for (IpAddress place : migration.extension().locator().peerAddresses(migration, nowNanos)) {
            if (places.size() < MAX_LOCATED) {
                add(places, place, from);
            }
        }
        if (peerBackup != null) {
            add(places, peerBackup, from);
        }
        if (!places.isEmpty()) {
            add(places, migration.tuple().peerAddress(), from);
        }
        return places;
    }

    private static void add(List<IpAddress> places, IpAddress place, FourTuple from) {
        if (place.isIpv4() == from.localAddress().isIpv4() && !places.contains(place)) {
            places.add(place);
        }
    }

    private static boolean isElsewhere(FourTuple tuple, IpAddress peerAddress) {
        return !tuple.peerAddress().equals(peerAddress) && tuple.localAddress().isIpv4() == peerAddress.isIpv4();
    }
}
