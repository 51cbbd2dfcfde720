package net.sojourn.migrate.classic;

import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;

/**
 * The last 128 requests that we sent ourselves. T and R carry no direction, so an eavesdropper can send a host its own
 * Migrate SYN back; a request found here is never taken for the peer's (protocol.md 5.3, A2). Loop thread only.
 */
public final class ReplayMemory {

    private static final int CAPACITY = 128;

    private final long[] sAndReqNo = new long[CAPACITY];
    private final long[] requests = new long[CAPACITY];
    private int remembered;

    public void remember(int s, int reqNo, Request request) {
        int at = remembered++ & (CAPACITY - 1);
        sAndReqNo[at] = key(s, reqNo);
        requests[at] = request.bits();
    }

    public boolean contains(int s, int reqNo, Request request) {
        for (int i = 0; i < Math.min(remembered, CAPACITY); i++) {
            if (sAndReqNo[i] == key(s, reqNo) && requests[i] == request.bits()) {
                return true;
            }
        }
        return false;
    }

    /** Writes all, the oldest first. */
    public void freeze(StateWriter out) {
        int held = Math.min(remembered, CAPACITY);
        out.octet(held);
        for (int i = remembered - held; i < remembered; i++) {
            out.number64(sAndReqNo[i & CAPACITY - 1]).number64(requests[i & CAPACITY - 1]);
        }
    }

    /** What {@link #freeze} wrote. */
    public static ReplayMemory thaw(StateReader in) throws FrozenStateException {
        ReplayMemory memory = new ReplayMemory();
        memory.remembered = in.octet("number of requests", CAPACITY);
        for (int i = 0; i < memory.remembered; i++) {
            memory.sAndReqNo[i] = in.number64("request");
            memory.requests[i] = in.number64("request");
        }
        return memory;
    }

    private static long key(int s, int reqNo) {
        return (s & 0xFFFF_FFFFL) << 8 | reqNo;
    }
}
