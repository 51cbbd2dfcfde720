package net.sojourn.stack.buffer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;

/**
 * Text that came before the text in front of it (RFC 9293 3.10.7.4, seventh). Pieces are sorted, do not overlap, and
 * hold copies; octets that were there first win. Loop thread only.
 */
public final class Reassembly {

    /** Each piece costs a buffer, so hostile one-octet segments must not make many. */
    private static final int MAX_PIECES = 2048;

    private static final int PIECE_BYTES = 2048;

    /** What a piece takes that begins with a crumb: a sender of crumbs is not given room for segments. */
    private static final int CRUMB_PIECE_BYTES = 256;

    private final ByteBufAllocator allocator;
    private final MemoryBudget budget;
    private long[] starts = {};
    private ByteBuf[] pieces = {};
    private int count;
    private long bytes;

    /** @param budget what the octets held here count against; nothing is kept when it is exhausted */
    public Reassembly(ByteBufAllocator allocator, MemoryBudget budget) {
        this.allocator = allocator;
        this.budget = budget;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /** Octets held. */
    public long bytes() {
        return bytes;
    }

    /**
     * Keeps a copy of the octets [offset, offset + length) that are not here yet.
     *
     * @return how many octets were new
     */
    public int add(long offset, ByteBuf source, int index, int length) {
        int added = 0;
        long at = offset;
        long end = offset + length;
        int i = firstEndingAfter(at);
        while (at < end) {
            if (i < count && starts[i] <= at) {
                at = Math.max(at, endOf(i));
                i++;
                continue;
            }
            long gapEnd = i < count ? Math.min(end, starts[i]) : end;
            int n = (int) (gapEnd - at);
            if (appendToPrevious(i, at, source, index + (int) (at - offset), n)) {
                added += n;
            } else if (insert(i, at, source, index + (int) (at - offset), n)) {
                added += n;
                i++;
            } else {
                break;
            }
            at = gapEnd;
        }
        bytes += added;
        return added;
    }

    private boolean appendToPrevious(int i, long at, ByteBuf source, int index, int n) {
        if (i == 0 || endOf(i - 1) != at || pieces[i - 1].writableBytes() < n) {
            return false;
        }
        pieces[i - 1].writeBytes(source, index, n);
        return true;
    }

    private boolean insert(int i, long at, ByteBuf source, int index, int n) {
        if (count == MAX_PIECES || budget.isExhausted()) {
            return false;
        }
        if (count == starts.length) {
            int capacity = Math.max(8, 2 * count);
            starts = Arrays.copyOf(starts, capacity);
            pieces = Arrays.copyOf(pieces, capacity);
        }
        System.arraycopy(starts, i, starts, i + 1, count - i);
        System.arraycopy(pieces, i, pieces, i + 1, count - i);
        int capacity = Math.max(n < CRUMB_PIECE_BYTES ? CRUMB_PIECE_BYTES : PIECE_BYTES, n);
        starts[i] = at;
        pieces[i] = allocator.directBuffer(capacity, capacity).writeBytes(source, index, n);
        budget.take(capacity);
        count++;
        return true;
    }

    /**
     * Moves what now follows {@code rcvNxt} without a gap into {@code target}.
     *
     * @return the new RCV.NXT
     */
    public long drainTo(long rcvNxt, StreamBuffer target) {
        long next = rcvNxt;
        int drained = 0;
        while (drained < count && starts[drained] <= next) {
            ByteBuf piece = pieces[drained];
            long end = endOf(drained);
            if (end > next) {
                int skip = (int) (next - starts[drained]);
                target.append(piece, skip, piece.readableBytes() - skip);
                next = end;
            }
            bytes -= piece.readableBytes();
            budget.giveBack(piece.capacity());
            piece.release();
            drained++;
        }
        if (drained > 0) {
            System.arraycopy(starts, drained, starts, 0, count - drained);
            System.arraycopy(pieces, drained, pieces, 0, count - drained);
            count -= drained;
        }
        return next;
    }

    /** How many pieces {@link #forEach} shows. */
    public int pieces() {
        return count;
    }

    /** Takes one piece of text, borrowed for the call. */
    @FunctionalInterface
    public interface Visitor {
        void piece(long offset, ByteBuf octets);
    }

    /** In the order of the stream. */
    public void forEach(Visitor visitor) {
        for (int i = 0; i < count; i++) {
            visitor.piece(starts[i], pieces[i]);
        }
    }

    /** Number of isolated blocks, contiguous pieces counted as one. */
    public int blocks() {
        int blocks = 0;
        for (int i = 0; i < count; i++) {
            if (i == 0 || endOf(i - 1) != starts[i]) {
                blocks++;
            }
        }
        return blocks;
    }

    /** Start of the block that holds {@code offset}, or -1. */
    public long blockStart(long offset) {
        int i = firstEndingAfter(offset);
        if (i == count || starts[i] > offset) {
            return -1;
        }
        while (i > 0 && endOf(i - 1) == starts[i]) {
            i--;
        }
        return starts[i];
    }

    /** End of the block that starts at or before {@code offset} and holds it; {@code offset} must be in a block. */
    public long blockEnd(long offset) {
        int i = firstEndingAfter(offset);
        while (i + 1 < count && endOf(i) == starts[i + 1]) {
            i++;
        }
        return endOf(i);
    }

    /** Start of the first block at or above {@code offset}, or -1. */
    public long nextBlockStart(long offset) {
        int i = firstEndingAfter(offset);
        return i == count ? -1 : starts[i];
    }

    public void clear() {
        for (int i = 0; i < count; i++) {
            budget.giveBack(pieces[i].capacity());
            pieces[i].release();
        }
        count = 0;
        bytes = 0;
        starts = new long[0];
        pieces = new ByteBuf[0];
    }

    private long endOf(int i) {
        return starts[i] + pieces[i].readableBytes();
    }

    private int firstEndingAfter(long offset) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (endOf(middle) > offset) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
