package net.sojourn.stack.loop;

import java.io.InterruptedIOException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets threads wait for a condition without holding a monitor, so that a virtual thread gives its carrier up. Any thread.
 * One that waits alone allocates nothing.
 */
public final class Signal extends AtomicReference<@Nullable Thread> {

    private static final long serialVersionUID = 1;

    /** Who found somebody waiting already. */
    private transient volatile @Nullable ConcurrentLinkedQueue<Thread> others;

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
        long start = timeoutMillis == 0 ? 0 : SystemTime.nanos();
        boolean interrupted = false;
        boolean first = enter(self);
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
            leave(self, first);
            if (interrupted) {
                self.interrupt();
            }
        }
    }

    private boolean enter(Thread self) {
        if (compareAndSet(null, self)) {
            return true;
        }
        others().add(self);
        return false;
    }

    private void leave(Thread self, boolean first) {
        if (first) {
            set(null);
        } else {
            others().remove(self);
        }
    }

    private synchronized ConcurrentLinkedQueue<Thread> others() {
        ConcurrentLinkedQueue<Thread> queue = others;
        if (queue == null) {
            queue = new ConcurrentLinkedQueue<>();
            others = queue;
        }
        return queue;
    }

    public void raise() {
        Thread first = get();
        if (first != null) {
            LockSupport.unpark(first);
        }
        ConcurrentLinkedQueue<Thread> queue = others;
        if (queue != null) {
            for (Thread waiter : queue) {
                LockSupport.unpark(waiter);
            }
        }
    }
}
