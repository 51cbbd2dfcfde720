package net.sojourn.stack;

/**
 * What strangers may make a stack hold and answer. Beyond a limit something cheaper takes the place of what was asked for,
 * and a counter says so.
 *
 * @param halfOpenPerListener connections in SYN-RECEIVED for one listener; beyond it SYN cookies (RFC 4987 3.6); 0 always
 * @param halfOpenPerStack the same for all listeners together
 * @param timeWaitConnections connections in TIME-WAIT; beyond it the oldest ends early
 * @param acksPerSecond challenge ACKs, and ACKs to segments outside the window, of one connection (RFC 5961 7)
 * @param fragmentBytes memory of all packets that wait for fragments, what describes them included
 * @param fragmentBytesPerSource the same for one source address
 */
public record FloodLimits(
        int halfOpenPerListener,
        int halfOpenPerStack,
        int timeWaitConnections,
        int acksPerSecond,
        int fragmentBytes,
        int fragmentBytesPerSource) {

    public FloodLimits {
        if (halfOpenPerListener < 0 || halfOpenPerStack < 0 || timeWaitConnections < 1 || acksPerSecond < 1) {
            throw new IllegalArgumentException("a limit on connections or ACKs is out of range");
        }
        if (fragmentBytesPerSource < 0 || fragmentBytesPerSource > fragmentBytes) {
            throw new IllegalArgumentException("fragmentBytesPerSource lies between 0 and fragmentBytes");
        }
    }

    public static FloodLimits defaults() {
        return new FloodLimits(256, 1024, 16_384, 10, 4 << 20, 512 << 10);
    }

    public FloodLimits withHalfOpen(int perListener, int perStack) {
        return new FloodLimits(
                perListener, perStack, timeWaitConnections, acksPerSecond, fragmentBytes, fragmentBytesPerSource);
    }

    public FloodLimits withTimeWaitConnections(int most) {
        return new FloodLimits(
                halfOpenPerListener, halfOpenPerStack, most, acksPerSecond, fragmentBytes, fragmentBytesPerSource);
    }

    public FloodLimits withAcksPerSecond(int most) {
        return new FloodLimits(
                halfOpenPerListener,
                halfOpenPerStack,
                timeWaitConnections,
                most,
                fragmentBytes,
                fragmentBytesPerSource);
    }

    public FloodLimits withFragmentBytes(int perStack, int perSource) {
        return new FloodLimits(
                halfOpenPerListener, halfOpenPerStack, timeWaitConnections, acksPerSecond, perStack, perSource);
    }
}
