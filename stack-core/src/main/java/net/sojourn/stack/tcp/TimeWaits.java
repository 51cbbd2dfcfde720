package net.sojourn.stack.tcp;

import java.util.LinkedHashSet;
import java.util.Set;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.Counters;

/**
 * The connections in TIME-WAIT, the one that ends next first. No more than so many wait: beyond that the oldest has waited
 * longest and is missed least (RFC 9293 3.6.1 wants 2 MSL of each, a flood of short connections would have us hold them
 * all). Loop thread only.
 */
final class TimeWaits {

    private final int most;
    private final Counters counters;
    private final Set<Tcb> waiting = new LinkedHashSet<>();

    TimeWaits(int most, Counters counters) {
        this.most = most;
        this.counters = counters;
    }

    /** Its 2 MSL begin, for the first time or again. */
    void entered(Tcb tcb) {
        waiting.remove(tcb);
        waiting.add(tcb);
        if (waiting.size() > most) {
            counters.count(Counter.TIME_WAITS_CUT_SHORT);
            tcb.tcp.destroy(waiting.iterator().next(), ConnectionFailure.NONE);
        }
    }

    void left(Tcb tcb) {
        waiting.remove(tcb);
    }
}
