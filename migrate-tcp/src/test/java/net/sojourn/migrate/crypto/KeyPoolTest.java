package net.sojourn.migrate.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class KeyPoolTest {

    private final Queue<Runnable> tasks = new ArrayDeque<>();

    /** The loop does not make keys while the pool has some. */
    @Test
    void fillsToItsCapacityOffTheLoop() {
        KeyPool<EphemeralKey> pool = new KeyPool<>(keys(), tasks::add, 4);
        assertEquals(0, pool.readyKeys());
        runTasks();
        assertEquals(4, pool.readyKeys());
        pool.next();
        assertEquals(3, pool.readyKeys());
        runTasks();
        assertEquals(4, pool.readyKeys());
    }

    /** An empty pool makes the key on the spot. */
    @Test
    void neverRunsDry() {
        KeyPool<EphemeralKey> pool = new KeyPool<>(keys(), tasks::add, 1);
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            keys.add(HexFormat.of().formatHex(pool.next().publicOctets()));
        }
        assertEquals(10, keys.size());
    }

    /** One task at a time, however many keys are taken meanwhile. */
    @Test
    void asksForOneRefillAtATime() {
        KeyPool<EphemeralKey> pool = new KeyPool<>(keys(), tasks::add, 2);
        pool.next();
        pool.next();
        assertEquals(1, tasks.size());
    }

    @Test
    void closedPoolKeepsNothing() {
        KeyPool<EphemeralKey> pool = new KeyPool<>(keys(), tasks::add, 2);
        runTasks();
        pool.close();
        assertEquals(0, pool.readyKeys());
        assertNotNull(pool.next());
    }

    /** An executor that was shut down first does not take the loop with it. */
    @Test
    void survivesAnExecutorThatIsGone() {
        KeyPool<EphemeralKey> pool = new KeyPool<>(
                keys(),
                task -> {
                    throw new RejectedExecutionException("shut down");
                },
                2);
        assertNotNull(pool.next());
    }

    private static Supplier<EphemeralKey> keys() {
        SeededRandom random = new SeededRandom(1);
        return () -> Curve.P192.generate(random);
    }

    private void runTasks() {
        Runnable task;
        while ((task = tasks.poll()) != null) {
            task.run();
        }
    }
}
