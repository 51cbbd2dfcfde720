package net.sojourn.migrate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.sojourn.stack.spi.ConnectionControl.Deadline;
import net.sojourn.stack.spi.ConnectionControl.DeadlineTask;

/** Virtual time and what was asked to happen in it. */
final class FakeClock {

    private record Timer(long deadlineNanos, DeadlineTask task) {}

    private final List<Timer> timers = new ArrayList<>();
    private long nowNanos = 1_000_000_000_000L;

    long nowNanos() {
        return nowNanos;
    }

    Deadline callAt(long deadlineNanos, DeadlineTask task) {
        Timer timer = new Timer(deadlineNanos, task);
        timers.add(timer);
        return () -> timers.removeIf(t -> t == timer);
    }

    int pending() {
        return timers.size();
    }

    void advanceMillis(long millis) {
        long end = nowNanos + millis * 1_000_000L;
        while (true) {
            Timer next = timers.stream()
                    .min(Comparator.comparingLong(Timer::deadlineNanos))
                    .filter(t -> t.deadlineNanos <= end)
                    .orElse(null);
            if (next == null) {
                nowNanos = end;
                return;
            }
            nowNanos = Math.max(nowNanos, next.deadlineNanos);
            timers.removeIf(t -> t == next);
            next.task.deadlinePasses(nowNanos);
        }
    }

    /** Time goes on and nobody looks at the timers: those that were due come late. */
    void holdUpMillis(long millis) {
        nowNanos += millis * 1_000_000L;
    }

    void advanceSeconds(double seconds) {
        advanceMillis((long) (seconds * 1_000));
    }
}
