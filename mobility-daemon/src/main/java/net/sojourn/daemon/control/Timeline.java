package net.sojourn.daemon.control;

import java.io.Closeable;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import net.sojourn.daemon.control.TimelineEvent.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where events go: the log, and whoever listens. Whoever tells goes on at once: an event has the time it was told at, and
 * reaches log and listeners on a thread of the timeline's, in the order of the telling. Listeners must not block. Any thread.
 */
public final class Timeline implements Closeable {

    private static final long CLOSE_MILLIS = 500;
    private static final Logger LOG = LoggerFactory.getLogger(Timeline.class);

    private final List<Consumer<TimelineEvent>> listeners = new CopyOnWriteArrayList<>();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
        Thread made = new Thread(task, "sojourn-timeline");
        made.setDaemon(true);
        return made;
    });

    /** One without a log: only listeners hear of it. */
    public static Timeline unlogged() {
        return new Timeline();
    }

    /** One whose events are in the log. */
    public static Timeline logged() {
        Timeline timeline = new Timeline();
        timeline.listen(Timeline::log);
        return timeline;
    }

    private Timeline() {}

    public void tell(Kind kind, long connection, String subject, String detail, long elapsedMicros) {
        TimelineEvent event = TimelineEvent.now(kind, connection, subject, detail, elapsedMicros);
        try {
            thread.execute(() -> listeners.forEach(listener -> listener.accept(event)));
        } catch (RejectedExecutionException e) {
            LOG.debug("timeline=closed event={}", kind);
        }
    }

    private static void log(TimelineEvent event) {
        LOG.info(
                "event={} connection={} subject=\"{}\" detail=\"{}\" elapsedMicros={}",
                event.kind(),
                event.connection(),
                event.subject(),
                event.detail(),
                event.elapsedMicros());
    }

    /** @return ends the listening */
    public Runnable listen(Consumer<TimelineEvent> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** What was told before still gets to log and listeners, if they do not take long. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_MILLIS, TimeUnit.MILLISECONDS)) {
                LOG.warn("timeline=closed left=\"events that nobody has heard\"");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
