package net.sojourn.stack.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.function.Executable;

/** What came of a call: a value, or the class and message of what it threw; both worlds must give the same. */
public final class Outcome {

    private static final long SOON_SECONDS = 20;

    private Outcome() {}

    /** Without a message. */
    public static void assertThrown(Class<? extends Exception> type, Executable call) {
        assertThrown(type, "null", call);
    }

    public static void assertThrown(Class<? extends Exception> type, String message, Executable call) {
        try {
            call.execute();
        } catch (Throwable e) {
            assertEquals(type.getName() + ": " + message, e.getClass().getName() + ": " + e.getMessage());
            return;
        }
        throw new AssertionError("nothing thrown; expected " + type.getName() + ": " + message);
    }

    /** A call that waits on a thread of its own. */
    public static final class Waiting<T> {

        private final CompletableFuture<T> result = new CompletableFuture<>();
        private final Thread thread;

        public Waiting(Callable<T> call) {
            thread = new Thread(
                    () -> {
                        try {
                            result.complete(call.call());
                        } catch (Throwable e) {
                            result.completeExceptionally(e);
                        }
                    },
                    "waiting");
            thread.setDaemon(true);
            thread.start();
        }

        public Thread thread() {
            return thread;
        }

        /** Gives the call time to get where it waits; it must not be done then. */
        public Waiting<T> assertWaits() throws InterruptedException {
            Thread.sleep(100);
            assertTrue(!result.isDone(), () -> "did not wait: " + result);
            return this;
        }

        public T value() throws Exception {
            try {
                return result.get(SOON_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Exception cause) {
                    throw cause;
                }
                throw new AssertionError(e.getCause());
            }
        }
    }

    public interface Condition {
        boolean holds() throws Exception;
    }

    /** Waits for something that the other end, or the network, brings about soon. */
    public static void until(String what, Condition condition) throws Exception {
        long start = System.nanoTime();
        while (!condition.holds()) {
            assertTrue(System.nanoTime() - start < SOON_SECONDS * 1_000_000_000L, () -> "never: " + what);
            Thread.sleep(2);
        }
    }
}
