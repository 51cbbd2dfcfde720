package net.sojourn.stack.demux;

import java.util.Arrays;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * 4-tuple to {@link Flow}, by open addressing with linear probing: a look-up allocates nothing. Loop thread only.
 *
 * @param <F> what the entries are
 */
public final class ConnectionTable<F extends Flow> {

    private @Nullable Flow[] slots = new @Nullable Flow[64];
    private int size;

    public int size() {
        return size;
    }

    /** The entry of that 4-tuple, or null. */
    @SuppressWarnings("unchecked")
    public @Nullable F find(IpAddress localAddress, int localPort, IpAddress peerAddress, int peerPort) {
        long localHi = localAddress.hi();
        long localLo = localAddress.lo();
        long peerHi = peerAddress.hi();
        long peerLo = peerAddress.lo();
        int mask = slots.length - 1;
        int i = Flow.hash(localHi, localLo, localPort, peerHi, peerLo, peerPort) & mask;
        for (Flow flow = slots[i]; flow != null; flow = slots[i]) {
            if (flow.matches(localHi, localLo, localPort, peerHi, peerLo, peerPort)) {
                return (F) flow;
            }
            i = (i + 1) & mask;
        }
        return null;
    }

    public @Nullable F find(FourTuple tuple) {
        return find(tuple.localAddress(), tuple.localPort(), tuple.peerAddress(), tuple.peerPort());
    }

    /** @throws IllegalStateException if the 4-tuple is taken */
    public void add(F flow) {
        if (find(flow.tuple()) != null) {
            throw new IllegalStateException("a connection " + flow.tuple() + " exists");
        }
        if (2 * (size + 1) > slots.length) {
            grow();
        }
        place(flow);
        size++;
    }

    /** Puts {@code flow} where {@code former}, of the same 4-tuple, is. */
    public void replace(F former, F flow) {
        slots[indexOf(former)] = flow;
    }

    /** Does nothing if it is not there. */
    public void remove(F flow) {
        int i = indexOf(flow);
        if (i < 0) {
            return;
        }
        size--;
        int mask = slots.length - 1;
        int hole = i;
        slots[hole] = null;
        for (int j = (i + 1) & mask; ; j = (j + 1) & mask) {
            Flow next = slots[j];
            if (next == null) {
                return;
            }
            if (((j - next.hash) & mask) >= ((j - hole) & mask)) {
                slots[hole] = next;
                slots[j] = null;
                hole = j;
            }
        }
    }

    private int indexOf(F flow) {
        int mask = slots.length - 1;
        int i = flow.hash & mask;
        for (Flow candidate = slots[i]; candidate != null; candidate = slots[i]) {
            if (candidate == flow) {
                return i;
            }
            i = (i + 1) & mask;
        }
        return -1;
    }

    private void grow() {
        @Nullable Flow[] former = slots;
        slots = new @Nullable Flow[2 * former.length];
        Arrays.stream(former).forEach(flow -> {
            if (flow != null) {
                place(flow);
            }
        });
    }

    private void place(Flow flow) {
        int mask = slots.length - 1;
        int i = flow.hash & mask;
        while (slots[i] != null) {
            i = (i + 1) & mask;
        }
        slots[i] = flow;
    }
}
