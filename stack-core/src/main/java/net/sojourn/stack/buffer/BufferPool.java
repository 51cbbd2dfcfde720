package net.sojourn.stack.buffer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledUnsafeDirectByteBuf;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Direct buffers of one size that come back by themselves: the last {@link ByteBuf#release()} of one, on whatever thread,
 * puts it here for the next {@link #take()}. What was used last goes out first, so that it is still in a processor's
 * cache. Any thread.
 *
 * <p>A general allocator gives chunks back to the system whenever they are empty and clears them when it takes them
 * again, which for buffers that one thread fills and another empties happens all the time.
 */
public final class BufferPool {

    /** The pool is held for some ten instructions; whoever finds it held for longer does without it. */
    private static final int PATIENCE = 200;

    private final int bufferBytes;
    private final Pooled[] kept;
    private final AtomicBoolean held = new AtomicBoolean();
    private int count;

    /** @param mostKept how many unused buffers it holds at most */
    public BufferPool(int bufferBytes, int mostKept) {
        this.bufferBytes = bufferBytes;
        this.kept = new Pooled[mostKept];
    }

    /** An empty buffer that the caller owns. Its content is what was left in it. */
    public ByteBuf take() {
        Pooled buffer = keptBeyond(0);
        if (buffer == null) {
            return new Pooled(this);
        }
        buffer.reuse();
        return buffer;
    }

    private boolean keep(Pooled buffer) {
        if (!hold()) {
            return false;
        }
        boolean room = count < kept.length;
        if (room) {
            kept[count++] = buffer;
        }
        held.set(false);
        return room;
    }

    /** Gives the memory of unused buffers back, but for {@code leave} of them. */
    public void trim(int leave) {
        for (Pooled buffer = keptBeyond(leave); buffer != null; buffer = keptBeyond(leave)) {
            buffer.free();
        }
    }

    /** The one that was released last, if more than {@code leave} are here. */
    private @Nullable Pooled keptBeyond(int leave) {
        Pooled buffer = null;
        if (hold()) {
            if (count > leave) {
                buffer = kept[--count];
                kept[count] = null;
            }
            held.set(false);
        }
        return buffer;
    }

    private boolean hold() {
        for (int i = 0; i < PATIENCE; i++) {
            if (held.compareAndSet(false, true)) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    private static final class Pooled extends UnpooledUnsafeDirectByteBuf {

        private static final ByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

        private final BufferPool pool;

        Pooled(BufferPool pool) {
            super(ALLOCATOR, pool.bufferBytes, pool.bufferBytes);
            this.pool = pool;
        }

        void reuse() {
            resetRefCnt();
            setIndex(0, 0);
        }

        @Override
        protected void deallocate() {
            if (!pool.keep(this)) {
                free();
            }
        }

        void free() {
            super.deallocate();
        }
    }
}
