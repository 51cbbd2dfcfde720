package net.sojourn.stack.channel;

import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectionKey;
import java.util.concurrent.atomic.AtomicBoolean;

/** One channel's registration with one selector. Any thread, but for what says otherwise. */
final class SojournSelectionKey extends AbstractSelectionKey {

    private final SojournSelector selector;
    private final SelectableChannel channel;
    /** It is in the selector's queue of keys to look at. */
    final AtomicBoolean queued = new AtomicBoolean();

    private volatile int interestOps;
    private volatile int readyOps;

    SojournSelectionKey(SojournSelector selector, SelectableChannel channel) {
        this.selector = selector;
        this.channel = channel;
    }

    @Override
    public SelectableChannel channel() {
        return channel;
    }

    @Override
    public Selector selector() {
        return selector;
    }

    private void checkValid() {
        if (!isValid()) {
            throw new CancelledKeyException();
        }
    }

    @Override
    public int interestOps() {
        checkValid();
        return interestOps;
    }

    @Override
    public SelectionKey interestOps(int ops) {
        checkValid();
        if ((ops & ~channel.validOps()) != 0) {
            throw new IllegalArgumentException("operations " + ops + " are not among " + channel.validOps());
        }
        interestOps = ops;
        selector.lookAt(this);
        return this;
    }

    @Override
    public int readyOps() {
        checkValid();
        return readyOps;
    }

    /** What it is ready for at present, of what was asked for. By the selecting thread. */
    int look() {
        return ((Selectable) channel).readyOps(interestOps) & interestOps;
    }

    void readyOps(int ops) {
        readyOps = ops;
    }

    int formerReadyOps() {
        return readyOps;
    }
}
