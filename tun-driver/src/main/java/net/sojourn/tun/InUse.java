package net.sojourn.tun;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the threads that are inside calls with some descriptors, so that the last one to leave after {@link #end} closes
 * them and nobody's number is closed, and given to another file, under his feet. Any thread; a thread may enter again
 * while inside.
 */
public final class InUse {

    private static final int ENDED = 1 << 30;

    private final AtomicInteger state = new AtomicInteger();
    private final Runnable release;

    /** {@code release} runs once: in {@link #end}, or in the {@link #leave} that comes last after it. */
    public InUse(Runnable release) {
        this.release = release;
    }

    /** Whether the caller is in; if so, {@link #leave} must follow. */
    public boolean enter() {
        int before = state.get();
        while ((before & ENDED) == 0) {
            int found = state.compareAndExchange(before, before + 1);
            if (found == before) {
                return true;
            }
            before = found;
        }
        return false;
    }

    public void leave() {
        if (state.decrementAndGet() == ENDED) {
            release.run();
        }
    }

    public boolean isEnded() {
        return (state.get() & ENDED) != 0;
    }

    /** Nobody enters from now on. Only from inside, after {@link #enter}, so that what is inside still can be woken. */
    public void end() {
        state.getAndUpdate(now -> now | ENDED);
    }
}
