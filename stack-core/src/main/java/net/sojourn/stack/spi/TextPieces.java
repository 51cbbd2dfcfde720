package net.sojourn.stack.spi;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Octets of a stream where they lie, for a device that gathers them: addresses and lengths, in order. Whoever fills it
 * keeps the octets in place until the device is done with them. One object is filled again and again. One thread.
 */
public final class TextPieces {

    /** No text. */
    public static final TextPieces NONE = new TextPieces();

    /** Text of the largest packet in slabs, and one more at each end. */
    public static final int MOST = 8;

    private final long[] addresses = new long[MOST];
    private final int[] lengths = new int[MOST];
    private final @Nullable ByteBuf[] buffers = new @Nullable ByteBuf[MOST];
    private final int[] indices = new int[MOST];
    private int count;
    private int bytes;

    public TextPieces clear() {
        Arrays.fill(buffers, 0, count, null);
        count = 0;
        bytes = 0;
        return this;
    }

    /** @return false if it is full, or the octets have no address */
    public boolean add(ByteBuf buffer, int index, int length) {
        if (count == MOST || !buffer.hasMemoryAddress()) {
            return false;
        }
        addresses[count] = buffer.memoryAddress() + index;
        lengths[count] = length;
        buffers[count] = buffer;
        indices[count] = index;
        count++;
        bytes += length;
        return true;
    }

    public int count() {
        return count;
    }

    /** Octets of all pieces. */
    public int bytes() {
        return bytes;
    }

    public long address(int piece) {
        return addresses[piece];
    }

    public int length(int piece) {
        return lengths[piece];
    }

    /** Appends all octets to {@code target}, for a device that cannot gather. */
    public void copyTo(ByteBuf target) {
        for (int i = 0; i < count; i++) {
            ByteBuf buffer = buffers[i];
            if (buffer != null) {
                target.writeBytes(buffer, indices[i], lengths[i]);
            }
        }
    }
}
