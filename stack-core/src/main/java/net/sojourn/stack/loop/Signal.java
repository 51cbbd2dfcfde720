package net.sojourn.stack.loop;

import java.io.InterruptedIOException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Lets threads wait for a condition without holding a monitor, so that a virtual thread gives its carrier up. Any thread. */
public final class Signal {

    private final ConcurrentLinkedQueue<Thread> waiters = new ConcurrentLinkedQueue<>();

    /** {@link #await(BooleanSupplier, long, Interrupts)} that any interrupt ends. */
    public boolean await(BooleanSupplier condition, long timeoutMillis) throws InterruptedIOException {
        return await(condition, timeoutMillis, Interrupts.END_EVERY_WAIT);
    }

    /**
     * Waits until {@code condition} holds. Whoever makes it hold calls {@link #raise} afterwards.
     *
     * @param timeoutMillis 0 waits without limit
     * @return whether the condition holds; false after the time-out
     * @throws InterruptedIOException if an interrupt ended the wait; the thread's interrupt status stays set, as it does
     *     when the interrupt did not end it
     */
    public boolean await(BooleanSupplier condition, long timeoutMillis, Interrupts interrupts)
            throws InterruptedIOException {
        if (condition.getAsBoolean()) {
            return true;
        }
        Thread self = Thread.currentThread();
        long start = SystemTime.nanos();
        boolean interrupted = false;
        waiters.add(self);
        try {
            while (!condition.getAsBoolean()) {
                // Parking returns at once while the status is set.
                interrupted |= Thread.interrupted();
                if (interrupted && interrupts.end(self)) {
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
            if (interrupted) {
                self.interrupt();
            }
        }
    }

    public void raise() {
        for (Thread waiter : waiters) {
            LockSupport.unpark(waiter);
        }
    }
}
