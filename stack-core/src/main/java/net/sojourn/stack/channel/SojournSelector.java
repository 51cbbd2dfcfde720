package net.sojourn.stack.channel;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.IllegalSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelectionKey;
import java.nio.channels.spi.AbstractSelector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import net.sojourn.stack.loop.Interrupts;
import net.sojourn.stack.loop.Signal;
import net.sojourn.stack.loop.StackLoop;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Selector} for channels of a stack.
 *
 * <p>Theory of operation: nobody asks all keys each time. A key is looked at when its channel has told that something
 * happened, when its interest has changed, or when it was ready the last time; so the cost of a selection is that of the keys
 * that are busy, not of those that are registered.
 */
public final class SojournSelector extends AbstractSelector {

    private final Set<SelectionKey> keys = ConcurrentHashMap.newKeySet();
    private final Set<SelectionKey> publicKeys = Collections.unmodifiableSet(keys);
    private final Set<SelectionKey> selected = new HashSet<>();
    private final Set<SelectionKey> publicSelected = new RemovalOnlySet(selected);
    private final ConcurrentLinkedQueue<SojournSelectionKey> toLookAt = new ConcurrentLinkedQueue<>();
    private final List<SojournSelectionKey> stillReady = new ArrayList<>();
    private final Signal signal = new Signal();
    private volatile boolean woken;

    SojournSelector(SojournSelectorProvider provider) {
        super(provider);
    }

    // ---- keys

    @Override
    public Set<SelectionKey> keys() {
        checkOpen();
        return publicKeys;
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        checkOpen();
        return publicSelected;
    }

    private void checkOpen() {
        if (!isOpen()) {
            throw new ClosedSelectorException();
        }
    }

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int ops, @Nullable Object attachment) {
        if (!(channel instanceof Selectable selectable)) {
            throw new IllegalSelectorException();
        }
        checkOpen();
        SojournSelectionKey key = new SojournSelectionKey(this, channel);
        key.attach(attachment);
        keys.add(key);
        selectable.attachKey(key);
        key.interestOps(ops);
        return key;
    }

    /** Something may have changed for {@code key}. Any thread. */
    void lookAt(SojournSelectionKey key) {
        if (key.queued.compareAndSet(false, true)) {
            toLookAt.add(key);
            signal.raise();
        }
    }

    private void forgetCancelled() {
        Set<SelectionKey> cancelled = cancelledKeys();
        synchronized (cancelled) {
            for (SelectionKey key : cancelled) {
                forget((SojournSelectionKey) key);
            }
            cancelled.clear();
        }
    }

    private void forget(SojournSelectionKey key) {
        keys.remove(key);
        selected.remove(key);
        ((Selectable) key.channel()).detachKey(key);
        deregister((AbstractSelectionKey) key);
    }

    // ---- selection

    @Override
    public int selectNow() throws IOException {
        return select(true, 0);
    }

    @Override
    public int select() throws IOException {
        return select(false, 0);
    }

    @Override
    public int select(long timeoutMillis) throws IOException {
        if (timeoutMillis < 0) {
            throw new IllegalArgumentException("Negative timeout");
        }
        return select(false, timeoutMillis);
    }

    private synchronized int select(boolean now, long timeoutMillis) throws IOException {
        checkOpen();
        synchronized (publicSelected) {
            forgetCancelled();
            long startNanos = StackLoop.nowNanos();
            int ready = lookAtQueued();
            begin();
            try {
                while (ready == 0 && !now && !woken && isOpen()) {
                    long left = timeoutMillis - (StackLoop.nowNanos() - startNanos) / 1_000_000;
                    if (timeoutMillis > 0 && left <= 0) {
                        break;
                    }
                    sleep(timeoutMillis == 0 ? 0 : left);
                    ready = lookAtQueued();
                }
            } finally {
                end();
            }
            woken = false;
            if (isOpen()) {
                forgetCancelled();
            }
            return ready;
        }
    }

    private void sleep(long timeoutMillis) {
        try {
            boolean due = signal.await(
                    () -> woken || !toLookAt.isEmpty() || !isOpen(), timeoutMillis, Interrupts.END_EVERY_WAIT);
            woken |= due && toLookAt.isEmpty();
        } catch (InterruptedIOException e) {
            // A selection returns when its thread is interrupted, and leaves it so.
            woken = true;
        }
    }

    /** @return how many keys have become ready for more than they were */
    private int lookAtQueued() {
        int changed = 0;
        for (SojournSelectionKey key = toLookAt.poll(); key != null; key = toLookAt.poll()) {
            // Before the look, so that what happens during it queues the key again.
            key.queued.set(false);
            if (key.isValid() && key.channel().isOpen()) {
                changed += lookAtOne(key) ? 1 : 0;
            }
        }
        for (SojournSelectionKey key : stillReady) {
            if (key.queued.compareAndSet(false, true)) {
                toLookAt.add(key);
            }
        }
        stillReady.clear();
        return changed;
    }

    private boolean lookAtOne(SojournSelectionKey key) {
        int ready = key.look();
        if (ready == 0) {
            return false;
        }
        stillReady.add(key);
        if (selected.add(key)) {
            key.readyOps(ready);
            return true;
        }
        // In the selected set already: what it was ready for stays said until the application takes it out.
        int former = key.formerReadyOps();
        key.readyOps(former | ready);
        return (ready & ~former) != 0;
    }

    @Override
    public Selector wakeup() {
        woken = true;
        signal.raise();
        return this;
    }

    @Override
    protected void implCloseSelector() {
        wakeup();
        synchronized (this) {
            synchronized (publicSelected) {
                for (SelectionKey key : keys) {
                    key.cancel();
                    forget((SojournSelectionKey) key);
                }
                selected.clear();
                toLookAt.clear();
            }
        }
    }
}
