package net.sojourn.dns.reconcile;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Real time: one thread for the state machine, others for blocking work. */
public final class ThreadAgenda implements Agenda, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ThreadAgenda.class);

    private final ScheduledThreadPoolExecutor machine = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "dns-updater");
        thread.setDaemon(true);
        return thread;
    });
    private final ExecutorService io = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "dns-updater-io");
        thread.setDaemon(true);
        return thread;
    });

    public ThreadAgenda() {
        machine.setRemoveOnCancelPolicy(true);
    }

    @Override
    public long nowNanos() {
        return System.nanoTime();
    }

    @Override
    public Runnable after(Duration delay, Runnable task) {
        try {
            Future<?> future = machine.schedule(guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> future.cancel(false);
        } catch (RejectedExecutionException e) {
            LOG.debug("the updater is closed, a task is dropped");
            return () -> {};
        }
    }

    @Override
    public <T> void away(Supplier<T> work, Consumer<T> then) {
        try {
            io.execute(guarded(() -> {
                T result = work.get();
                after(Duration.ZERO, () -> then.accept(result));
            }));
        } catch (RejectedExecutionException e) {
            LOG.debug("the updater is closed, a question is dropped");
        }
    }

    /** For blocking work whose result the caller waits for itself. */
    public ExecutorService io() {
        return io;
    }

    /** No callback begins after this returns. Answers still waited for are dropped. */
    @Override
    public void close() {
        machine.shutdownNow();
        io.shutdownNow();
        try {
            machine.awaitTermination(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                LOG.error("the name updater failed in a way that it should not", e);
            }
        };
    }
}
