package net.sojourn.migrate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;

/**
 * Where to ask a peer that may have moved too: at its last place and, in turn, where its name says it is. Loop thread
 * only. docs/protocol.md, "Both ends move at once".
 */
final class Rendezvous {

    private static final int MAX_LOCATED = 3;

    private final Migration migration;
    private final Mover mover;
    private final Suspension suspension;

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

    /** Our request has had no answer at {@code asked}, {@code turn} times: the next place to ask. */
    Optional<FourTuple> nextPlaceToAsk(FourTuple asked, int turn, long nowNanos) {
        List<IpAddress> places = new ArrayList<>();
        for (IpAddress place : migration.extension().locator().peerAddresses(migration, nowNanos)) {
            if (places.size() < MAX_LOCATED
                    && place.isIpv4() == asked.localAddress().isIpv4()
                    && !places.contains(place)) {
                places.add(place);
            }
        }
        IpAddress last = migration.tuple().peerAddress();
        if (!places.isEmpty()
                && !places.contains(last)
                && last.isIpv4() == asked.localAddress().isIpv4()) {
            places.add(last);
        }
        if (places.isEmpty()) {
            return Optional.empty();
        }
        // The first is tried in every second turn.
        IpAddress next = places.get(turn % 2 == 1 ? 0 : turn / 2 % places.size());
        return Optional.of(asked.withPeer(next, asked.peerPort())).filter(tuple -> !tuple.equals(asked));
    }

    private static boolean isElsewhere(FourTuple tuple, IpAddress peerAddress) {
        return !tuple.peerAddress().equals(peerAddress) && tuple.localAddress().isIpv4() == peerAddress.isIpv4();
    }
}
