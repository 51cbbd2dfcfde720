package net.sojourn.tun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import net.sojourn.tun.syscall.EventSignal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several threads at one port: waiting, waking, closing. The devices are down, so that no packet ends a wait. */
@Timeout(120)
class TunWakeUpIT {

    private static final long MILLI = 1_000_000;

    private TunNamespace namespace;

    @BeforeEach
    void makeNamespace() throws IOException {
        namespace = TunNamespace.create();
    }

    @AfterEach
    void removeNamespace() throws IOException {
        namespace.close();
    }

    private TunPort openDown() throws IOException {
        return namespace.call(() -> TunPort.on(TunDevice.open("sj%d", true)));
    }

    @Test
    void awaitEndsAtItsTimeout() throws IOException {
        try (TunPort port = openDown()) {
            for (long timeoutNanos : new long[] {0, 300_000, 20 * MILLI, 1_050 * MILLI}) {
                long start = System.nanoTime();
                port.await(timeoutNanos);
                long waitedNanos = System.nanoTime() - start;
                assertTrue(waitedNanos >= timeoutNanos, waitedNanos + " ns of " + timeoutNanos);
                assertTrue(waitedNanos < timeoutNanos + 500 * MILLI, waitedNanos + " ns of " + timeoutNanos);
            }
        }
    }

    @Test
    void earlierWakeUpEndsTheNextAwaitAndOnlyThat() throws IOException {
        try (TunPort port = openDown()) {
            port.wakeUp();
            port.wakeUp();
            long start = System.nanoTime();
            port.await(10_000 * MILLI);
            assertTrue(System.nanoTime() - start < 5_000 * MILLI);
            start = System.nanoTime();
            port.await(50 * MILLI);
            assertTrue(System.nanoTime() - start >= 50 * MILLI);
        }
    }

    @Test
    void wakeUpOfALoopThatWorksMakesNoSystemCall() throws IOException {
        try (TunPort port = openDown()) {
            long before = OpenFiles.raised();
            for (int i = 0; i < 1000; i++) {
                port.wakeUp();
            }
            assertEquals(before, OpenFiles.raised());
        }
    }

    /** Always woken; within 50 ms but for the odd pause of a loaded machine. */
    @Test
    void sleeperIsWokenWithin50Millis() throws Exception {
        int prompt = 0;
        try (TunPort port = openDown()) {
            for (int i = 0; i < 20; i++) {
                AtomicLong returnedNanos = new AtomicLong();
                Thread loop = start(() -> {
                    port.await(-1);
                    returnedNanos.set(System.nanoTime());
                });
                Thread.sleep(20);
                assertTrue(loop.isAlive());
                long start = System.nanoTime();
                port.wakeUp();
                loop.join(5_000);
                assertTrue(!loop.isAlive(), "round " + i + " was not woken");
                prompt += returnedNanos.get() - start < 50 * MILLI ? 1 : 0;
            }
        }
        assertTrue(prompt >= 17, prompt + " of 20");
    }

    /** The loop looks for work and goes to sleep; work and wake-up come at any moment in between. */
    @Test
    void noWakeUpIsLost() throws Exception {
        int rounds = 20_000;
        AtomicInteger asked = new AtomicInteger();
        AtomicInteger answered = new AtomicInteger();
        try (TunPort port = openDown()) {
            Thread loop = start(() -> {
                while (answered.get() < rounds) {
                    if (answered.get() < asked.get()) {
                        answered.incrementAndGet();
                    } else {
                        port.await(-1);
                    }
                }
            });
            Random random = new Random(3);
            for (int i = 1; i <= rounds; i++) {
                long pauseNanos = random.nextInt(4) == 0 ? random.nextInt(30_000) : 0;
                for (long start = System.nanoTime(); System.nanoTime() - start < pauseNanos; ) {
                    Thread.onSpinWait();
                }
                asked.set(i);
                port.wakeUp();
                long start = System.nanoTime();
                while (answered.get() < i) {
                    assertTrue(System.nanoTime() - start < 10_000 * MILLI, "wake-up " + i + " was lost");
                    Thread.onSpinWait();
                }
            }
            loop.join(5_000);
            assertEquals(rounds, answered.get());
        }
    }

    @Test
    void closeEndsAnAwait() throws Exception {
        long before = OpenFiles.count();
        TunPort port = openDown();
        Thread loop = start(() -> port.await(-1));
        Thread.sleep(50);
        port.close();
        loop.join(5_000);
        assertTrue(!loop.isAlive());
        assertEquals(before, OpenFiles.count());
    }

    /**
     * Ports are closed while one thread works and sleeps with them and another wakes them, as new eventfds take the
     * numbers that were closed: a call that came too late would raise one of those.
     */
    @Test
    void noCallReachesADescriptorAfterItsClose() throws Exception {
        long before = OpenFiles.count();
        for (int round = 0; round < 300; round++) {
            TunPort port = openDown();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread loop = start(() -> {
                try {
                    while (true) {
                        port.receive((packet, vouched, segmentBytes) -> {}, 1);
                        port.transmit(packetOfZeros(), 0, false);
                        port.await(10_000);
                    }
                } catch (ClosedChannelException expected) {
                    // The only way out.
                } catch (IOException | RuntimeException e) {
                    failure.set(e);
                }
            });
            Thread waker = start(() -> {
                while (loop.isAlive()) {
                    port.wakeUp();
                }
            });
            Thread.sleep(0, 200_000);
            port.close();
            EventSignal[] bystanders = new EventSignal[8];
            for (int i = 0; i < bystanders.length; i++) {
                bystanders[i] = new EventSignal();
            }
            loop.join(5_000);
            waker.join(5_000);
            assertEquals(null, failure.get());
            assertEquals(0, OpenFiles.raised());
            for (EventSignal bystander : bystanders) {
                bystander.close();
            }
        }
        assertEquals(before, OpenFiles.count());
    }

    private static ByteBuf packetOfZeros() {
        return PooledByteBufAllocator.DEFAULT
                .directBuffer()
                .writeZero(10)
                .writeByte(0x45)
                .writeZero(39)
                .readerIndex(10);
    }

    private interface Work {
        void run() throws IOException;
    }

    private static Thread start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
