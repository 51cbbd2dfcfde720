package net.sojourn.stack.loop;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/** What an interrupt does to a thread that waits for the network. */
public enum Interrupts {
    /** Ends the wait of every thread. */
    END_EVERY_WAIT,
    /** Ends the wait of virtual threads only, as with {@link java.net.Socket}; others wait on and stay interrupted. */
    END_WAITS_OF_VIRTUAL_THREADS;

    /** {@code Thread.isVirtual}, which JDK 17 does not have. */
    private static final @Nullable MethodHandle IS_VIRTUAL = findIsVirtual();

    private static @Nullable MethodHandle findIsVirtual() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (NoSuchMethodException | IllegalAccessException e) {
            return null;
        }
    }

    boolean end(Thread waiter) {
        return this == END_EVERY_WAIT || isVirtual(waiter);
    }

    /** False before JDK 21. */
    static boolean isVirtual(Thread thread) {
        MethodHandle isVirtual = IS_VIRTUAL;
        if (isVirtual == null) {
            return false;
        }
        try {
            return (boolean) isVirtual.invokeExact(thread);
        } catch (Throwable e) {
            throw new AssertionError("Thread.isVirtual does not throw", e);
        }
    }
}
