package net.sojourn.testbed.dns;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import net.sojourn.dns.UpdateEvent;
import net.sojourn.dns.UpdateListener;

/** Collects an updater's events and waits for one. */
final class Observed implements UpdateListener {

    private static final long WAIT_SECONDS = 15;

    private final BlockingQueue<UpdateEvent> events = new LinkedBlockingQueue<>();
    private final List<UpdateEvent> seen = new ArrayList<>();

    @Override
    public void happened(UpdateEvent event) {
        events.add(event);
    }

    /** The next event of this kind; others before it are passed over. */
    <E extends UpdateEvent> E next(Class<E> kind) throws InterruptedException {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (true) {
            UpdateEvent event = events.poll(endNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (event == null) {
                return fail("no " + kind.getSimpleName() + " within " + WAIT_SECONDS + " s; seen: " + seen);
            }
            seen.add(event);
            if (kind.isInstance(event)) {
                return kind.cast(event);
            }
        }
    }

    /** All that {@link #next} has passed. */
    List<UpdateEvent> seen() {
        return seen;
    }
}
