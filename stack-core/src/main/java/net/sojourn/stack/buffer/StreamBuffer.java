package net.sojourn.stack.buffer;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A run of stream octets between one writing and one reading thread, without a lock. Octets are named by their stream
 * offset; they stay until released, so a reader may read them again (that is how retransmission works).
 *
 * <p>Theory of operation: octets lie in a chain of slabs, pooled ones that the writer fills, or buffers that were handed
 * over as they are. The writer fills the last slab and then publishes the new end; the reader never looks beyond what is
 * published. A slab's memory changes hands only by its state word: whoever takes it from {@code IDLE} may touch it. An
 * empty buffer holds no memory, so that an idle connection costs nothing. What the reader has left behind, the writer
 * chains in again: nothing is allocated while the stream flows.
 */
public final class StreamBuffer {

    /** Of the slabs of the pool that {@link #StreamBuffer} is given. */
    public static final int SLAB_BYTES = 16 * 1024;

    private final BufferPool slabs;
    private final MemoryBudget budget;

    // The writer's.
    private Slab tail;
    private long written;
    /** The oldest slab of the chain; those before {@code headSeen} are free to be used again. */
    private Slab oldest;

    private Slab headSeen;

    private volatile long published;

    // The reader's.
    private volatile Slab head;
    private Slab cursor;
    private volatile long released;
    private volatile boolean closed;

    /**
     * @param slabs of {@link #SLAB_BYTES} each
     * @param budget what the octets held here count against
     */
    public StreamBuffer(BufferPool slabs, MemoryBudget budget) {
        this.slabs = slabs;
        this.budget = budget;
        this.tail = new Slab();
        this.oldest = tail;
        this.headSeen = tail;
        this.head = tail;
        this.cursor = tail;
    }

    /** The stream goes on behind {@code offset} octets that were here in another life. Before the first of all other calls. */
    public void beginAt(long offset) {
        written = offset;
        published = offset;
        released = offset;
        tail.start = offset;
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
        appendOwned(source, source.readerIndex(), length, length);
    }

    /**
     * Takes {@code length} octets of {@code source} from absolute {@code index} in place. Takes ownership, also when
     * closed. Writer only.
     *
     * @param heldBytes what that keeps from being used for anything else
     */
    public void appendOwned(ByteBuf source, int index, int length, int heldBytes) {
        if (length == 0) {
            source.release();
            return;
        }
        Slab own = nextSlab();
        // Ours until it is published, or the reader would take it for a used one.
        own.set(Slab.BUSY);
        own.begin(written, source, index, length, heldBytes);
        budget.take(heldBytes);
        chain(own);
        if (closed) {
            freeBusy(own);
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
            Slab fresh = nextSlab();
            fresh.begin(written, slabs.take(), 0, 0, SLAB_BYTES);
            fresh.set(Slab.IDLE);
            budget.take(SLAB_BYTES);
            chain(fresh);
            if (closed) {
                // The reader may have walked the chain before this slab hung on it.
                free(fresh);
                return null;
            }
        }
    }

    /** One that the reader has left behind, or a new one. */
    private Slab nextSlab() {
        Slab free = oldest;
        if (free == headSeen) {
            headSeen = head;
        }
        if (free == headSeen) {
            return new Slab();
        }
        Slab next = free.next;
        if (next == null) {
            throw new IllegalStateException("the chain ends before its head");
        }
        oldest = next;
        free.next = null;
        return free;
    }

    private void chain(Slab slab) {
        tail.next = slab;
        tail = slab;
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
            target.writeBytes(slab.octets(), slab.indexOf(at), n);
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
            slab.octets().getBytes(slab.indexOf(at), target, index + (int) (at - offset), n);
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
            slab.octets().getBytes(slab.indexOf(at), piece);
            target.position(target.position() + n);
            at += n;
        }
        cursor = slab;
    }

    /**
     * Where octets [offset, offset + length) lie; they stay there until {@link #release}. Reader only.
     *
     * @return false if {@code pieces} did not take them all
     */
    public boolean gather(long offset, int length, PieceSink pieces) {
        Slab slab = slabOf(offset);
        long at = offset;
        long end = offset + length;
        while (at < end) {
            slab = covering(slab, at);
            int n = (int) (Math.min(end, slab.endOffset()) - at);
            if (!pieces.piece(slab.octets(), slab.indexOf(at), n)) {
                return false;
            }
            at += n;
        }
        cursor = slab;
        return true;
    }

    /**
     * The octets from {@code offset} on that lie in one piece, at most {@code mostBytes}, without a copy. The caller owns
     * the read-only view and releases it; it outlives {@link #release}. Reader only.
     */
    public ByteBuf slice(long offset, int mostBytes) {
        Slab slab = slabOf(offset);
        int length = (int) (Math.min(Math.min(offset + mostBytes, slab.endOffset()), published) - offset);
        cursor = slab;
        return slab.octets().retainedSlice(slab.indexOf(offset), length).asReadOnly();
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
        Slab first = head;
        for (Slab next = first.next; next != null && next.start <= offset; next = first.next) {
            free(first);
            if (cursor == first) {
                cursor = next;
            }
            first = next;
        }
        // From here on the writer may use again what lies before it.
        head = first;
        if (offset == published && first.hasOctets() && first.compareAndSet(Slab.IDLE, Slab.BUSY)) {
            if (offset == published && first.next == null) {
                freeBusy(first);
            } else {
                first.set(Slab.IDLE);
            }
        }
    }

    /** Forgets all octets; later writes are discarded. Reader only; more than once does nothing. */
    public void close() {
        closed = true;
        Slab last = head;
        for (Slab slab = last; slab != null; slab = slab.next) {
            free(slab);
            last = slab;
        }
        cursor = last;
        released = published;
        head = last;
    }

    private void free(Slab slab) {
        while (!slab.compareAndSet(Slab.IDLE, Slab.BUSY)) {
            if (slab.get() == Slab.FREED) {
                return;
            }
            Thread.onSpinWait();
        }
        freeBusy(slab);
    }

    private void freeBusy(Slab slab) {
        ByteBuf buffer = slab.octets;
        slab.octets = null;
        slab.set(Slab.FREED);
        if (buffer != null) {
            budget.giveBack(slab.heldBytes);
            buffer.release();
        }
    }

    /** Takes the octets of one slab. */
    @FunctionalInterface
    public interface PieceSink {
        /** @return false to end it */
        boolean piece(ByteBuf octets, int index, int length);
    }

    /** Its value is who may touch the octets. */
    private static final class Slab extends AtomicInteger {

        static final int IDLE = 0;
        static final int BUSY = 1;
        static final int FREED = 2;

        private static final long serialVersionUID = 1;

        long start;
        private transient @Nullable ByteBuf octets;
        /** Where in {@code octets} the stream's octet {@code start} is. */
        private int base;

        /** Octets written here; the writer's own. */
        int filled;

        private int heldBytes;
        private boolean mayBeFilled;

        transient volatile @Nullable Slab next;

        Slab() {
            super(FREED);
        }

        /** Whatever it was, it becomes this. An empty one may be filled, another is as it is. */
        void begin(long startOffset, ByteBuf buffer, int index, int length, int bytes) {
            start = startOffset;
            octets = buffer;
            base = index;
            filled = length;
            heldBytes = bytes;
            mayBeFilled = length == 0;
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

        int indexOf(long offset) {
            return base + (int) (offset - start);
        }

        int roomBytes() {
            ByteBuf buffer = octets;
            return buffer == null || !mayBeFilled ? 0 : buffer.capacity() - filled;
        }

        /** A slab that was freed before it was full ends where the next one starts. */
        long endOffset() {
            Slab after = next;
            return after == null ? Long.MAX_VALUE : after.start;
        }
    }
}
