package net.sojourn.stack.loop;

/** The one caller of {@link System#nanoTime}; starts near zero, so that the arithmetic of deadlines never wraps. */
final class SystemTime {

    private static final long START = System.nanoTime();

    private SystemTime() {}

    static long nanos() {
        return System.nanoTime() - START;
    }
}
