package net.sojourn.stack.loop;

import java.io.InterruptedIOException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Lets threads wait for a condition without holding a monitor, so that a virtual thread gives its carrier up. Any thread. */
public final class Signal {

    private final ConcurrentLinkedQueue<Thread> waiters = new ConcurrentLinkedQueue<>();

    /**
     * Waits until {@code condition} holds. Whoever makes it hold calls {@link #raise} afterwards.
     *
     * @param timeoutMillis 0 waits without limit
     * @return whether the condition holds; false after the time-out
     * @throws InterruptedIOException if the thread was interrupted; its interrupt status stays set
     */
    public boolean await(BooleanSupplier condition, long timeoutMillis) throws InterruptedIOException {
        if (condition.getAsBoolean()) {
            return true;
        }
        Thread self = Thread.currentThread();
        long start = SystemTime.nanos();
        waiters.add(self);
        try {
            while (!condition.getAsBoolean()) {
                if (self.isInterrupted()) {
                    throw new InterruptedIOException("interrupted while waiting for the network");
                }
                if (timeoutMillis == 0) {
                    LockSupport.park(this);
                    continue;
                }
                long left = timeoutMillis * 1_000_000 - (SystemTime.nanos() - start);
                if (left <= 0) {
                    return false;
                }
                LockSupport.parkNanos(this, left);
            }
            return true;
        } finally {
            waiters.remove(self);
        }
    }

    public void raise() {
        for (Thread waiter : waiters) {
            LockSupport.unpark(waiter);
        }
    }
}
