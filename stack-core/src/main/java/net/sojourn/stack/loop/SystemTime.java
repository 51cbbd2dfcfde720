package net.sojourn.stack.loop;

/** The one caller of {@link System#nanoTime}; starts near zero, so that the arithmetic of deadlines never wraps. */
final class SystemTime {

    private static final long START = System.nanoTime();
    private static final StandingClock CLOCK = new StandingClock(() -> System.nanoTime() - START);

    private SystemTime() {}

    static long nanos() {
        return CLOCK.nanos();
    }

    /** @see StandingClock#awake */
    static void awake(long dueNanos) {
        CLOCK.awake(dueNanos);
    }
}
