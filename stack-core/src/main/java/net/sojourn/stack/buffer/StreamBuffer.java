package net.sojourn.stack.buffer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A run of stream octets between one writing and one reading thread, without a lock. Octets are named by their stream
 * offset; they stay until released, so a reader may read them again (that is how retransmission works).
 *
 * <p>Theory of operation: octets lie in a chain of pooled slabs. The writer fills the last slab and then publishes the
 * new end; the reader never looks beyond what is published. A slab changes hands only by its own state word: whoever
 * takes it from {@code IDLE} may touch it. An empty buffer holds no slab, so that an idle connection costs nothing.
 */
public final class StreamBuffer {

    private static final int SLAB_BYTES = 16 * 1024;

    private final ByteBufAllocator allocator;
    private final MemoryBudget budget;

    private Slab tail;
    private long written;
    private volatile long published;

    private Slab head;
    private Slab cursor;
    private volatile long released;
    private volatile boolean closed;

    /** @param budget what the octets held here count against */
    public StreamBuffer(ByteBufAllocator allocator, MemoryBudget budget) {
        this.allocator = allocator;
        this.budget = budget;
        this.tail = new Slab(budget, 0, null, 0);
        this.head = tail;
        this.cursor = tail;
    }

    /** The stream goes on behind {@code offset} octets that were here in another life. Before the first of all other calls. */
    public void beginAt(long offset) {
        written = offset;
        published = offset;
        released = offset;
        tail = new Slab(budget, offset, null, 0);
        head = tail;
        cursor = tail;
    }

    /** One above the last octet written. Any thread. */
    public long end() {
        return published;
    }

    /** The first octet not yet released. Any thread. */
    public long start() {
        return released;
    }

    /** Octets written and not yet released. Any thread. */
    public long size() {
        long from = released;
        return Math.max(0, published - from);
    }

    // ---- the writer

    /** Copies {@code length} octets from absolute {@code index}. Writer only. After {@link #close} it does nothing. */
    public void append(ByteBuf source, int index, int length) {
        int done = 0;
        while (done < length && !closed) {
            Slab slab = slabToFill();
            if (slab == null) {
                return;
            }
            int n = Math.min(length - done, slab.roomBytes());
            source.getBytes(index + done, slab.octets(), slab.filled, n);
            done += n;
            filled(slab, n);
        }
    }

    /** Copies from an array. Writer only. After {@link #close} it does nothing. */
    public void append(byte[] source, int index, int length) {
        int done = 0;
        while (done < length && !closed) {
            Slab slab = slabToFill();
            if (slab == null) {
                return;
            }
            int n = Math.min(length - done, slab.roomBytes());
            slab.octets().setBytes(slab.filled, source, index + done, n);
            done += n;
            filled(slab, n);
        }
    }

    /** Copies from {@code source}, whose position moves on. Writer only. After {@link #close} it does nothing more. */
    public void append(ByteBuffer source, int length) {
        int done = 0;
        while (done < length && !closed) {
            Slab slab = slabToFill();
            if (slab == null) {
                return;
            }
            int n = Math.min(length - done, slab.roomBytes());
            ByteBuffer piece = source.slice(source.position(), n);
            slab.octets().setBytes(slab.filled, piece);
            source.position(source.position() + n);
            done += n;
            filled(slab, n);
        }
    }

    /** Takes the readable octets of {@code source} in place. Takes ownership, also when closed. Writer only. */
    public void appendOwned(ByteBuf source) {
        int length = source.readableBytes();
        if (length == 0) {
            source.release();
            return;
        }
        Slab last = tail;
        Slab own = new Slab(budget, written, source.slice(), length);
        // Ours until it is published, or the reader would take it for a used one.
        own.set(Slab.BUSY);
        last.next = own;
        tail = own;
        if (closed) {
            own.freeBusy();
            return;
        }
        written += length;
        published = written;
        own.set(Slab.IDLE);
    }

    private void filled(Slab slab, int n) {
        slab.filled += n;
        written += n;
        published = written;
        slab.set(Slab.IDLE);
    }

    private @Nullable Slab slabToFill() {
        while (true) {
            Slab last = tail;
            if (last.compareAndSet(Slab.IDLE, Slab.BUSY)) {
                if (last.roomBytes() > 0) {
                    return last;
                }
                last.set(Slab.IDLE);
            } else if (last.get() == Slab.BUSY) {
                Thread.onSpinWait();
                continue;
            }
            Slab fresh = new Slab(budget, written, allocator.directBuffer(SLAB_BYTES, SLAB_BYTES), 0);
            last.next = fresh;
            tail = fresh;
            if (closed) {
                // The reader may have walked the chain before this slab hung on it.
                fresh.free();
                return null;
            }
        }
    }

    // ---- the reader

    /** Appends octets [offset, offset + length) to {@code target}. Reader only. */
    public void copyTo(long offset, int length, ByteBuf target) {
        Slab slab = slabOf(offset);
        long at = offset;
        long end = offset + length;
        assert offset >= released && end <= published : offset + "+" + length + " of " + released + ".." + published;
        while (at < end) {
            slab = covering(slab, at);
            int n = (int) (Math.min(end, slab.endOffset()) - at);
            target.writeBytes(slab.octets(), (int) (at - slab.start), n);
            at += n;
        }
        cursor = slab;
    }

    /** Copies octets [offset, offset + length) into an array. Reader only. */
    public void copyTo(long offset, int length, byte[] target, int index) {
        Slab slab = slabOf(offset);
        long at = offset;
        long end = offset + length;
        while (at < end) {
            slab = covering(slab, at);
            int n = (int) (Math.min(end, slab.endOffset()) - at);
            slab.octets().getBytes((int) (at - slab.start), target, index + (int) (at - offset), n);
            at += n;
        }
        cursor = slab;
    }

    /** Copies octets [offset, offset + length) to {@code target}. Reader only. */
    public void copyTo(long offset, int length, ByteBuffer target) {
        Slab slab = slabOf(offset);
        long at = offset;
        long end = offset + length;
        while (at < end) {
            slab = covering(slab, at);
            int n = (int) (Math.min(end, slab.endOffset()) - at);
            ByteBuffer piece = target.slice(target.position(), n);
            slab.octets().getBytes((int) (at - slab.start), piece);
            target.position(target.position() + n);
            at += n;
        }
        cursor = slab;
    }

    /**
     * The octets from {@code offset} on that lie in one piece, at most {@code mostBytes}, without a copy. The caller owns
     * the read-only view and releases it; it outlives {@link #release}. Reader only.
     */
    public ByteBuf slice(long offset, int mostBytes) {
        Slab slab = slabOf(offset);
        int length = (int) (Math.min(Math.min(offset + mostBytes, slab.endOffset()), published) - offset);
        cursor = slab;
        return slab.octets().retainedSlice((int) (offset - slab.start), length).asReadOnly();
    }

    private Slab slabOf(long offset) {
        return covering(cursor.start <= offset ? cursor : head, offset);
    }

    private static Slab covering(Slab from, long offset) {
        Slab slab = from;
        for (Slab next = slab.next; next != null && next.start <= offset; next = slab.next) {
            slab = next;
        }
        return slab;
    }

    /** Octets below {@code offset} are not needed any more. Reader only. */
    public void release(long offset) {
        assert offset <= published;
        released = offset;
        for (Slab next = head.next; next != null && next.start <= offset; next = head.next) {
            head.free();
            head = next;
        }
        if (cursor.start < head.start) {
            cursor = head;
        }
        if (offset == published && head.hasOctets() && head.compareAndSet(Slab.IDLE, Slab.BUSY)) {
            if (offset == published && head.next == null) {
                head.freeBusy();
            } else {
                head.set(Slab.IDLE);
            }
        }
    }

    /** Forgets all octets; later writes are discarded. Reader only; more than once does nothing. */
    public void close() {
        closed = true;
        for (Slab slab = head; slab != null; slab = slab.next) {
            slab.free();
            head = slab;
        }
        cursor = head;
        released = published;
    }

    /** Its value is who may touch the octets. */
    private static final class Slab extends AtomicInteger {

        static final int IDLE = 0;
        static final int BUSY = 1;
        static final int FREED = 2;

        private static final long serialVersionUID = 1;

        final long start;
        private final transient MemoryBudget budget;
        private transient @Nullable ByteBuf octets;
        /** Octets written here; the writer's own. */
        int filled;

        transient volatile @Nullable Slab next;

        Slab(MemoryBudget budget, long start, @Nullable ByteBuf octets, int filled) {
            super(octets == null ? FREED : IDLE);
            this.budget = budget;
            this.start = start;
            this.octets = octets;
            this.filled = filled;
            if (octets != null) {
                budget.take(octets.capacity());
            }
        }

        ByteBuf octets() {
            ByteBuf buffer = octets;
            if (buffer == null) {
                throw new IllegalStateException("stream octets from " + start + " were released");
            }
            return buffer;
        }

        boolean hasOctets() {
            return octets != null;
        }

        int roomBytes() {
            ByteBuf buffer = octets;
            return buffer == null ? 0 : buffer.capacity() - filled;
        }

        /** A slab that was freed before it was full ends where the next one starts. */
        long endOffset() {
            Slab after = next;
            return after == null ? Long.MAX_VALUE : after.start;
        }

        void free() {
            while (!compareAndSet(IDLE, BUSY)) {
                if (get() == FREED) {
                    return;
                }
                Thread.onSpinWait();
            }
            freeBusy();
        }

        void freeBusy() {
            ByteBuf buffer = octets;
            octets = null;
            set(FREED);
            if (buffer != null) {
                budget.giveBack(buffer.capacity());
                buffer.release();
            }
        }
    }
}
