package net.sojourn.dns.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;

/** Time that passes only when told to; runs due tasks in order, ties in the order of their making. */
final class VirtualTime implements Scheduler {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final PriorityQueue<Task> tasks = new PriorityQueue<>(
            Comparator.comparingLong((Task task) -> task.atNanos).thenComparingLong(task -> task.number));
    private long nowNanos;
    private long made;

    private static final class Task {
        private final long atNanos;
        private final long number;
        private final Runnable what;

        Task(long atNanos, long number, Runnable what) {
            this.atNanos = atNanos;
            this.number = number;
            this.what = what;
        }
    }

    @Override
    public long nowNanos() {
        return nowNanos;
    }

    long nowMillis() {
        return nowNanos / 1_000_000;
    }

    @Override
    public Instant wallClock() {
        return START.plusNanos(nowNanos);
    }

    @Override
    public void execute(Runnable task) {
        after(Duration.ZERO, task);
    }

    @Override
    public Alarm after(Duration delay, Runnable task) {
        Task added = new Task(nowNanos + delay.toNanos(), made++, task);
        tasks.add(added);
        return () -> tasks.remove(added);
    }

    void pass(Duration time) {
        long endNanos = nowNanos + time.toNanos();
        Task next = tasks.peek();
        while (next != null && next.atNanos <= endNanos) {
            tasks.remove();
            nowNanos = next.atNanos;
            next.what.run();
            next = tasks.peek();
        }
        nowNanos = endNanos;
    }

    void passMillis(long millis) {
        pass(Duration.ofMillis(millis));
    }
}
