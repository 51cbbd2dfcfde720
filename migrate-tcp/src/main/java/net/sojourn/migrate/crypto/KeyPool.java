package net.sojourn.migrate.crypto;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Keys made ahead of need, off the loop. For life only: which key comes next depends on threads, so tests make
 * each key when it is asked for. {@link #next()} on the loop; the rest any thread.
 */
public final class KeyPool<K extends KeyPair> implements KeySource<K>, AutoCloseable {

    private final Supplier<K> maker;
    private final Executor executor;
    private final ArrayBlockingQueue<K> ready;
    private final AtomicBoolean refilling = new AtomicBoolean();
    private volatile boolean closed;

    /**
     * Begins to fill at once.
     *
     * @param maker makes one key pair; must bear calls from the loop and from {@code executor} at the same time
     * @param executor runs it, one task at a time
     * @param capacity how many keys are kept ready, at least 1
     */
    public KeyPool(Supplier<K> maker, Executor executor, int capacity) {
        this.maker = maker;
        this.executor = executor;
        this.ready = new ArrayBlockingQueue<>(capacity);
        refill();
    }

    @Override
    public K next() {
        K key = ready.poll();
        refill();
        return key != null ? key : maker.get();
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
                K key = maker.get();
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
        K key;
        while ((key = ready.poll()) != null) {
            key.close();
        }
    }
}
