package net.sojourn.migrate.classic;

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

    private static long key(int s, int reqNo) {
        return (s & 0xFFFF_FFFFL) << 8 | reqNo;
    }
}
