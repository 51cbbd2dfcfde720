package net.sojourn.stack.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Reassembly} against an array of octets: which came first, what is known, where the blocks are. */
class ReassemblyPropertyTest {

    private static final int SPACE = 4000;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
    private final MemoryBudget budget = new MemoryBudget(1 << 30);
    private final byte[] octets = new byte[SPACE];
    private final boolean[] known = new boolean[SPACE];

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void agreesWithAnArray(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Reassembly reassembly = new Reassembly(allocator, budget);
        StreamBuffer target = new StreamBuffer(new BufferPool(StreamBuffer.SLAB_BYTES, 8), budget);
        int rcvNxt = 0;
        for (int step = 0; step < 600 && rcvNxt < SPACE - 1500; step++) {
            int length = 1 + random.nextInt(random.nextBoolean() ? 10 : 300);
            int offset = Math.min(rcvNxt + 1 + random.nextInt(900), SPACE - length);
            if (offset > rcvNxt) {
                assertEquals(addToModel(offset, length, random), add(reassembly, offset, length));
            }
            if (random.nextInt(12) == 0) {
                rcvNxt = fillGap(reassembly, target, rcvNxt, random);
            }
            assertBlocksAgree(reassembly, rcvNxt, "seed " + seed + " step " + step);
        }
        assertDelivered(target, rcvNxt);
        reassembly.clear();
        target.close();
        assertEquals(0, allocator.metric().usedDirectMemory());
        assertEquals(0, budget.usedBytes());
    }

    private byte[] offered = {};

    private int addToModel(int offset, int length, SplittableRandom random) {
        offered = new byte[length];
        random.nextBytes(offered);
        int added = 0;
        for (int i = 0; i < length; i++) {
            if (!known[offset + i]) {
                known[offset + i] = true;
                octets[offset + i] = offered[i];
                added++;
            }
        }
        return added;
    }

    private int add(Reassembly reassembly, int offset, int length) {
        ByteBuf source = Unpooled.wrappedBuffer(offered);
        return reassembly.add(offset, source, 0, length);
    }

    /** The text in front arrives, as in TextProcessing, and what then follows is moved to the reader. */
    private int fillGap(Reassembly reassembly, StreamBuffer target, int rcvNxt, SplittableRandom random) {
        int next = rcvNxt;
        int length = 1 + random.nextInt(400);
        byte[] text = new byte[length];
        for (int i = 0; i < length; i++) {
            text[i] = (byte) random.nextInt();
            known[next + i] = true;
            octets[next + i] = text[i];
        }
        target.append(text, 0, length);
        next = (int) reassembly.drainTo(next + length, target);
        int expected = rcvNxt + length;
        while (expected < SPACE && known[expected]) {
            expected++;
        }
        assertEquals(expected, next);
        return next;
    }

    private void assertBlocksAgree(Reassembly reassembly, int rcvNxt, String when) {
        int blocks = 0;
        long held = 0;
        for (int i = rcvNxt; i < SPACE; i++) {
            if (!known[i]) {
                assertEquals(-1, reassembly.blockStart(i), when);
                continue;
            }
            held++;
            if (i == rcvNxt || !known[i - 1]) {
                blocks++;
                int end = i;
                while (end < SPACE && known[end]) {
                    end++;
                }
                assertEquals(i, reassembly.blockStart(i), when);
                assertEquals(i, reassembly.blockStart(end - 1), when);
                assertEquals(end, reassembly.blockEnd(i), when);
                assertEquals(i, reassembly.nextBlockStart(Math.max(rcvNxt, i - 1)), when);
            }
        }
        assertEquals(blocks, reassembly.blocks(), when);
        assertEquals(held, reassembly.bytes(), when);
    }

    private void assertDelivered(StreamBuffer target, int rcvNxt) {
        assertEquals(rcvNxt, target.end());
        byte[] got = new byte[rcvNxt];
        target.copyTo(0, rcvNxt, got, 0);
        for (int i = 0; i < rcvNxt; i++) {
            int at = i;
            assertEquals(octets[i], got[i], () -> "octet " + at);
        }
    }
}
