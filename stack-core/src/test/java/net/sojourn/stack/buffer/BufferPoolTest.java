package net.sojourn.stack.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** {@link BufferPool}: what is released comes back, once, whoever released it. */
class BufferPoolTest {

    private static final int BYTES = 64;

    @Test
    void whatWasReleasedLastGoesOutFirst() {
        BufferPool pool = new BufferPool(BYTES, 4);
        ByteBuf first = pool.take();
        ByteBuf second = pool.take();
        assertNotSame(first, second);
        first.writeLong(7).release();
        second.release();
        assertSame(second, pool.take());
        ByteBuf again = pool.take();
        assertSame(first, again);
        assertEquals(0, again.readableBytes());
        assertEquals(1, again.refCnt());
        assertEquals(BYTES, again.writableBytes());
    }

    @Test
    void aSliceKeepsItOut() {
        BufferPool pool = new BufferPool(BYTES, 4);
        ByteBuf buffer = pool.take();
        ByteBuf slice = buffer.writeInt(42).retainedSlice();
        buffer.release();
        assertNotSame(buffer, pool.take());
        assertEquals(42, slice.readInt());
        slice.release();
        assertSame(buffer, pool.take());
    }

    @Test
    void noMoreAreKeptThanItWasTold() {
        BufferPool pool = new BufferPool(BYTES, 1);
        ByteBuf kept = pool.take();
        ByteBuf freed = pool.take();
        kept.release();
        freed.release();
        assertSame(kept, pool.take());
        assertNotSame(freed, pool.take());
    }

    @Test
    void trimmingLeavesWhatItIsTold() {
        BufferPool pool = new BufferPool(BYTES, 4);
        ByteBuf[] taken = {pool.take(), pool.take(), pool.take()};
        for (ByteBuf buffer : taken) {
            buffer.release();
        }
        pool.trim(1);
        assertSame(taken[0], pool.take());
        ByteBuf fresh = pool.take();
        assertTrue(fresh != taken[1] && fresh != taken[2]);
    }

    /** One thread takes and fills, another checks and releases: no buffer is ever in two hands. */
    @Test
    void twoThreadsNeverShareOne() throws InterruptedException {
        BufferPool pool = new BufferPool(BYTES, 8);
        BlockingQueue<ByteBuf> between = new ArrayBlockingQueue<>(16);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        int rounds = 200_000;
        Thread consumer = new Thread(() -> {
            ArrayDeque<ByteBuf> held = new ArrayDeque<>();
            try {
                for (int i = 0; i < rounds; i++) {
                    held.add(between.take());
                    if (held.size() > 3) {
                        ByteBuf oldest = held.remove();
                        assertEquals(i - 3L, oldest.getLong(0));
                        assertEquals(1, oldest.refCnt());
                        oldest.release();
                    }
                }
            } catch (Throwable e) {
                failure.set(e);
            }
            held.forEach(ByteBuf::release);
        });
        consumer.start();
        for (int i = 0; i < rounds && failure.get() == null; i++) {
            between.put(pool.take().writeLong(i));
        }
        consumer.join();
        assertNull(failure.get());
    }
}
