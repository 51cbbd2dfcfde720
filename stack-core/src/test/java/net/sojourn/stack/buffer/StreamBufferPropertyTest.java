package net.sojourn.stack.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link StreamBuffer}: every octet where it belongs, with one thread and with two, and no slab left. */
class StreamBufferPropertyTest {

    private final BufferPool slabs = new BufferPool(StreamBuffer.SLAB_BYTES, 8);
    private final MemoryBudget budget = new MemoryBudget(1 << 30);

    private static byte octet(long at) {
        return (byte) (at * 131 + (at >>> 11));
    }

    private static byte[] octets(long from, int count) {
        byte[] octets = new byte[count];
        for (int i = 0; i < count; i++) {
            octets[i] = octet(from + i);
        }
        return octets;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void agreesWithArithmetic(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        StreamBuffer buffer = new StreamBuffer(slabs, budget);
        long start = 0;
        long end = 0;
        for (int step = 0; step < 2000; step++) {
            int choice = random.nextInt(10);
            if (choice < 4) {
                int n = random.nextInt(choice == 0 ? 40_000 : 2000);
                append(buffer, end, n, random.nextBoolean());
                end += n;
            } else if (choice < 8 && end > start) {
                long from = start + random.nextLong(end - start);
                int n = (int) Math.min(end - from, random.nextInt(20_000));
                assertReads(buffer, from, n, random.nextBoolean());
            } else {
                start += end == start ? 0 : random.nextLong(Math.min(end - start, 30_000) + 1);
                start = random.nextInt(20) == 0 ? end : start;
                buffer.release(start);
            }
            assertEquals(start, buffer.start(), "seed " + seed);
            assertEquals(end, buffer.end(), "seed " + seed);
        }
        buffer.release(end);
        assertEquals(0, budget.usedBytes(), "an empty buffer holds no slab");
        buffer.close();
        assertEquals(0, budget.usedBytes());
    }

    private static void append(StreamBuffer buffer, long at, int n, boolean fromBuffer) {
        byte[] text = octets(at, n);
        if (fromBuffer) {
            buffer.append(Unpooled.wrappedBuffer(text), 0, n);
        } else {
            buffer.append(text, 0, n);
        }
    }

    private static void assertReads(StreamBuffer buffer, long from, int n, boolean intoBuffer) {
        byte[] got = new byte[n];
        if (intoBuffer) {
            ByteBuf target = Unpooled.buffer(n);
            buffer.copyTo(from, n, target);
            target.readBytes(got);
        } else {
            buffer.copyTo(from, n, got, 0);
        }
        for (int i = 0; i < n; i++) {
            long at = from + i;
            assertEquals(octet(at), got[i], () -> "octet " + at);
        }
    }

    /** Buffers handed over as they are, copies between them, and all of it told where it lies. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void ownedBuffersAndCopiesAreOneStream(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        StreamBuffer buffer = new StreamBuffer(slabs, budget);
        BufferPool packets = new BufferPool(70_000, 4);
        long start = 0;
        long end = 0;
        for (int step = 0; step < 600; step++) {
            int n = 1 + random.nextInt(60_000);
            if (random.nextBoolean()) {
                int index = random.nextInt(100);
                ByteBuf packet = packets.take().writerIndex(index).writeBytes(octets(end, n));
                buffer.appendOwned(packet, index, n, packet.capacity());
                end += n;
            } else {
                n /= 30;
                append(buffer, end, n, random.nextBoolean());
                end += n;
            }
            if (end > start) {
                int length = (int) Math.min(end - start, 1 + random.nextInt(200_000));
                assertGathers(buffer, start, length);
                start += random.nextInt(length + 1);
                buffer.release(random.nextInt(8) == 0 ? start = end : start);
            }
        }
        buffer.release(end);
        assertEquals(0, budget.usedBytes(), "nothing is held when everything was read");
        buffer.close();
    }

    private static void assertGathers(StreamBuffer buffer, long from, int length) {
        ByteBuf gathered = Unpooled.buffer(length);
        assertTrue(buffer.gather(from, length, (piece, index, n) -> {
            gathered.writeBytes(piece, index, n);
            return true;
        }));
        assertEquals(Unpooled.wrappedBuffer(octets(from, length)), gathered);
        assertFalse(buffer.gather(from, length, (piece, index, n) -> false));
    }

    /** A writer and a reader at full speed. */
    @Test
    void twoThreadsAgree() throws InterruptedException {
        long total = 16L << 20;
        StreamBuffer buffer = new StreamBuffer(slabs, budget);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread writer = thread(failure, () -> {
            SplittableRandom random = new SplittableRandom(1);
            for (long at = 0; at < total; ) {
                if (buffer.size() > 1 << 20) {
                    Thread.yield();
                    continue;
                }
                int n = (int) Math.min(total - at, 1 + random.nextInt(9000));
                buffer.append(octets(at, n), 0, n);
                at += n;
            }
        });
        Thread reader = thread(failure, () -> {
            SplittableRandom random = new SplittableRandom(2);
            for (long at = 0; at < total && failure.get() == null; ) {
                int n = (int) Math.min(buffer.size(), 1 + random.nextInt(12_000));
                if (n == 0) {
                    Thread.yield();
                    continue;
                }
                assertReads(buffer, at, n, random.nextBoolean());
                at += n;
                buffer.release(at);
            }
        });
        writer.start();
        reader.start();
        reader.join();
        writer.join();
        assertNull(failure.get());
        buffer.close();
        assertEquals(0, budget.usedBytes());
    }

    /** The reader gives up in the middle of a write: nothing is left behind, whichever comes first. */
    @Test
    void closeDuringAWriteLeavesNothing() throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        for (int round = 0; round < 300; round++) {
            StreamBuffer buffer = new StreamBuffer(slabs, budget);
            Thread writer = thread(failure, () -> {
                for (int i = 0; i < 20; i++) {
                    buffer.append(octets(0, 7000), 0, 7000);
                }
            });
            writer.start();
            while (buffer.size() < (round % 10) * 1000L && writer.isAlive()) {
                Thread.onSpinWait();
            }
            buffer.close();
            writer.join();
            assertEquals(0, budget.usedBytes(), "round " + round);
        }
        assertNull(failure.get());
    }

    private static Thread thread(AtomicReference<Throwable> failure, Runnable body) {
        Thread thread = new Thread(body);
        thread.setUncaughtExceptionHandler((t, e) -> failure.set(e));
        return thread;
    }
}
