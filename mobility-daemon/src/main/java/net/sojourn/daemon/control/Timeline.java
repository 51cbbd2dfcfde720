package net.sojourn.daemon.control;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import net.sojourn.daemon.control.TimelineEvent.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where events go: the log, and whoever listens. Any thread; listeners are called on the teller's and must not block. */
public final class Timeline {

    private static final Logger LOG = LoggerFactory.getLogger(Timeline.class);

    private final List<Consumer<TimelineEvent>> listeners = new CopyOnWriteArrayList<>();

    public void tell(Kind kind, long connection, String subject, String detail, long elapsedMicros) {
        TimelineEvent event = TimelineEvent.now(kind, connection, subject, detail, elapsedMicros);
        LOG.info(
                "event={} connection={} subject=\"{}\" detail=\"{}\" elapsedMicros={}",
                kind,
                connection,
                subject,
                detail,
                elapsedMicros);
        listeners.forEach(listener -> listener.accept(event));
    }

    /** @return ends the listening */
    public Runnable listen(Consumer<TimelineEvent> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }
}
