package net.sojourn.dns.reconcile;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** One update in flight for each zone; the others wait in order. Updater's thread only. */
public final class ZoneTurns {

    private final Map<String, Deque<Turn>> queues = new HashMap<>();

    /** A place in a zone's queue. */
    final class Turn {
        private final String zone;
        private final Runnable work;

        private Turn(String zone, Runnable work) {
            this.zone = zone;
            this.work = work;
        }

        /** Gives the place up, had or waited for; the next one then begins. A second call does nothing. */
        void release() {
            Deque<Turn> queue = queues.get(zone);
            if (queue == null) {
                return;
            }
            boolean had = queue.peekFirst() == this;
            if (!queue.remove(this)) {
                return;
            }
            Turn next = queue.peekFirst();
            if (next == null) {
                queues.remove(zone);
            } else if (had) {
                next.work.run();
            }
        }

        private void beginIfFirst() {
            if (queues.getOrDefault(zone, new ArrayDeque<>()).peekFirst() == this) {
                work.run();
            }
        }
    }

    /** Makes a place at the end of the queue; {@link #begin} starts it. */
    Turn queue(String zone, Runnable work) {
        Turn turn = new Turn(zone, work);
        queues.computeIfAbsent(zone, unused -> new ArrayDeque<>()).addLast(turn);
        return turn;
    }

    /** Runs the work now if the zone is free; otherwise when its turn comes. */
    void begin(Turn turn) {
        turn.beginIfFirst();
    }
}
