package net.sojourn.migrate.crypto;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import net.sojourn.stack.spi.RandomSource;

/**
 * Keys made ahead of need, off the loop. For life only: which key comes next depends on threads, so tests use {@link
 * KeySource#onDemand}. {@link #next()} on the loop; the rest any thread.
 */
public final class KeyPool implements KeySource, AutoCloseable {

    private final Curve curve;
    private final RandomSource random;
    private final Executor executor;
    private final ArrayBlockingQueue<EphemeralKey> ready;
    private final AtomicBoolean refilling = new AtomicBoolean();
    private volatile boolean closed;

    /**
     * Begins to fill at once.
     *
     * @param random must bear calls from the loop and from {@code executor} at the same time
     * @param executor makes the keys, one task at a time
     * @param capacity how many keys are kept ready, at least 1
     */
    public KeyPool(Curve curve, RandomSource random, Executor executor, int capacity) {
        this.curve = curve;
        this.random = random;
        this.executor = executor;
        this.ready = new ArrayBlockingQueue<>(capacity);
        refill();
    }

    @Override
    public EphemeralKey next() {
        EphemeralKey key = ready.poll();
        refill();
        return key != null ? key : curve.generate(random);
    }

    /** How many keys wait. */
    public int readyKeys() {
        return ready.size();
    }

    /** Wipes what was not used; {@link #next()} goes on to make keys one by one. */
    @Override
    public void close() {
        closed = true;
        wipe();
    }

    private void refill() {
        if (closed || ready.remainingCapacity() == 0 || !refilling.compareAndSet(false, true)) {
            return;
        }
        try {
            executor.execute(this::fill);
        } catch (RejectedExecutionException executorIsGone) {
            refilling.set(false);
        }
    }

    private void fill() {
        try {
            boolean room = true;
            while (room && !closed) {
                EphemeralKey key = curve.generate(random);
                room = ready.offer(key);
                if (!room) {
                    key.close();
                }
            }
        } finally {
            refilling.set(false);
            if (closed) {
                wipe();
            }
        }
    }

    private void wipe() {
        EphemeralKey key;
        while ((key = ready.poll()) != null) {
            key.close();
        }
    }
}
