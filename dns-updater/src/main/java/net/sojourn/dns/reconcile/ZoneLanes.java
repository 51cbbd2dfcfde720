package net.sojourn.dns.reconcile;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.xbill.DNS.Name;

/** One update in flight for each zone; whoever comes while it is, waits in line. Reconcilers' thread. */
public final class ZoneLanes {

    private final Map<Name, Lane> lanes = new HashMap<>();

    /** Runs {@code granted} as soon as the zone is free, perhaps at once. */
    Ticket enter(Name zone, Runnable granted) {
        Ticket ticket = new Ticket(lanes.computeIfAbsent(zone, z -> new Lane()), granted);
        ticket.lane.waiting.add(ticket);
        ticket.lane.next();
        return ticket;
    }

    private static final class Lane {
        private final Deque<Ticket> waiting = new ArrayDeque<>();
        private boolean busy;

        private void next() {
            if (busy || waiting.isEmpty()) {
                return;
            }
            busy = true;
            Ticket first = waiting.remove();
            first.holdsLane = true;
            first.granted.run();
        }
    }

    /** A place in the line of a zone. */
    static final class Ticket {
        private final Lane lane;
        private final Runnable granted;
        private boolean holdsLane;

        private Ticket(Lane lane, Runnable granted) {
            this.lane = lane;
            this.granted = granted;
        }

        /** Out of the line, or out of the lane, which the next one then gets. */
        void leave() {
            if (holdsLane) {
                holdsLane = false;
                lane.busy = false;
                lane.next();
            } else {
                lane.waiting.remove(this);
            }
        }
    }
}
