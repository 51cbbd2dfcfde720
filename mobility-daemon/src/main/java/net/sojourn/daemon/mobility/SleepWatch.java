package net.sojourn.daemon.mobility;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * Notices that this host has slept, or that the process was stopped and continued: looked at again and again, it finds that
 * much more time has gone by than should have. Of the two clocks CLOCK_BOOTTIME alone goes on while a laptop sleeps. One
 * thread.
 */
public final class SleepWatch {

    /** How often to look. */
    public static final long PERIOD_NANOS = 1_000_000_000L;

    private static final Path UPTIME = Path.of("/proc/uptime");

    private final long leastNanos;
    private long lastBootNanos;
    private boolean looked;

    /** @param leastNanos shorter sleeps are none */
    public SleepWatch(long leastNanos) {
        this.leastNanos = leastNanos;
    }

    /** How long the host was away since the last look; empty if it was not, or not for long enough. */
    public OptionalLong look() {
        return look(bootNanos());
    }

    OptionalLong look(long bootNanos) {
        long awayNanos = bootNanos - lastBootNanos - PERIOD_NANOS;
        boolean away = looked && awayNanos >= leastNanos;
        looked = true;
        lastBootNanos = bootNanos;
        return away ? OptionalLong.of(awayNanos) : OptionalLong.empty();
    }

    /** CLOCK_BOOTTIME, in steps of 10 ms; where there is no /proc, the monotonic clock, which a sleeping host stops. */
    static long bootNanos() {
        try {
            String seconds = Files.readString(UPTIME).split(" ", 2)[0];
            return (long) (Double.parseDouble(seconds) * 1e9);
        } catch (IOException | NumberFormatException e) {
            return System.nanoTime();
        }
    }
}
