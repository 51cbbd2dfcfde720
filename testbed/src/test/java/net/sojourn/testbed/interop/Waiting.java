package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/** Waits for what another thread, or the kernel, is about to bring about. */
public final class Waiting {

    private static final long LOOK_EVERY_MILLIS = 2;

    private Waiting() {}

    /** Fails with {@code what} and {@code details} unless {@code condition} holds within ten seconds. */
    public static void until(String what, Callable<Boolean> condition, Supplier<String> details) {
        until(what, InteropBed.SOON, condition, details);
    }

    /** As {@link #until(String, Callable, Supplier)}, for what takes longer. */
    public static void until(String what, Duration patience, Callable<Boolean> condition, Supplier<String> details) {
        long deadlineNanos = System.nanoTime() + patience.toNanos();
        try {
            while (!condition.call()) {
                if (System.nanoTime() > deadlineNanos) {
                    fail("still not so: " + what + "\n" + details.get());
                }
                Thread.sleep(LOOK_EVERY_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail("interrupted while waiting: " + what);
        } catch (Exception e) {
            fail("while waiting: " + what, e);
        }
    }
}
