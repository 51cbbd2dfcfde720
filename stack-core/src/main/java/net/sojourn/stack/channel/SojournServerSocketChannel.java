package net.sojourn.stack.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.stack.loop.Interrupts;
import net.sojourn.stack.socket.EndpointOptions;
import org.jspecify.annotations.Nullable;

/** A {@link ServerSocketChannel} whose port is one of a {@link NetworkStack}. Any thread. */
public final class SojournServerSocketChannel extends ServerSocketChannel implements Selectable {

    private static final int DEFAULT_BACKLOG = 50;

    private final SojournSelectorProvider provider;
    private final NetworkStack stack;
    private final EndpointOptions options;
    private final List<SojournSelectionKey> keys = new CopyOnWriteArrayList<>();
    private final Object bindLock = new Object();
    private volatile @Nullable TcpListener listener;
    private @Nullable ChannelServerSocket socket;

    SojournServerSocketChannel(SojournSelectorProvider provider, NetworkStack stack) {
        super(provider);
        this.provider = provider;
        this.stack = stack;
        this.options = EndpointOptions.ofListener(stack.settings());
    }

    // ---- selection

    @Override
    public void attachKey(SojournSelectionKey key) {
        keys.add(key);
    }

    @Override
    public void detachKey(SojournSelectionKey key) {
        keys.remove(key);
    }

    @Override
    public int readyOps(int interest) {
        TcpListener from = listener;
        return from != null && from.isAcceptable() ? SelectionKey.OP_ACCEPT : 0;
    }

    private void lookAtKeys() {
        for (SojournSelectionKey key : keys) {
            ((SojournSelector) key.selector()).lookAt(key);
        }
    }

    // ---- listening

    @Override
    public ServerSocketChannel bind(@Nullable SocketAddress local, int backlog) throws IOException {
        checkOpen();
        synchronized (bindLock) {
            if (listener != null) {
                throw new AlreadyBoundException();
            }
            InetSocketAddress wanted = local == null ? new InetSocketAddress(0) : Addresses.checked(local);
            boolean reuse = options.flag(StandardSocketOptions.SO_REUSEADDR);
            int port = stack.bind(this, wanted.getAddress(), wanted.getPort(), reuse);
            try {
                TcpListener made = stack.listen(wanted.getAddress(), port, backlog > 0 ? backlog : DEFAULT_BACKLOG);
                made.interrupts(Interrupts.END_WAITS_OF_VIRTUAL_THREADS);
                made.arrivals(this::lookAtKeys);
                listener = made;
            } catch (IOException e) {
                stack.unbind(this);
                throw e;
            }
            tellReceiveBuffer();
        }
        lookAtKeys();
        return this;
    }

    @Override
    public @Nullable SocketChannel accept() throws IOException {
        checkOpen();
        TcpListener from = listener;
        if (from == null) {
            throw new NotYetBoundException();
        }
        TcpConnection accepted = isBlocking() ? acceptBlocking(from) : acceptNow(from);
        return accepted == null ? null : new SojournSocketChannel(provider, stack, accepted);
    }

    private @Nullable TcpConnection acceptNow(TcpListener from) throws IOException {
        try {
            return from.tryAccept();
        } catch (SocketException e) {
            checkOpen();
            throw e;
        }
    }

    private TcpConnection acceptBlocking(TcpListener from) throws IOException {
        boolean done = false;
        begin();
        try {
            TcpConnection accepted = from.accept(0);
            done = true;
            return accepted;
        } finally {
            end(done);
        }
    }

    @Override
    protected void implCloseSelectableChannel() {
        TcpListener listening = listener;
        if (listening != null) {
            listening.close();
        }
        stack.unbind(this);
    }

    @Override
    protected void implConfigureBlocking(boolean block) {
        // Each call asks for the mode.
    }

    private void checkOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    // ---- address and options

    @Nullable
    InetSocketAddress bound() {
        TcpListener listening = listener;
        return listening == null ? null : listening.localAddress();
    }

    @Override
    public @Nullable SocketAddress getLocalAddress() throws IOException {
        checkOpen();
        return bound();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return options.supported();
    }

    @Override
    public <T> ServerSocketChannel setOption(SocketOption<T> option, T value) throws IOException {
        checkOpen();
        options.set(option, value, null);
        tellReceiveBuffer();
        return this;
    }

    private void tellReceiveBuffer() {
        TcpListener listening = listener;
        int bytes = options.number(StandardSocketOptions.SO_RCVBUF);
        if (listening != null && bytes != stack.settings().receiveBufferBytes()) {
            listening.receiveBufferBytes(bytes);
        }
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(SocketOption<T> option) throws IOException {
        checkOpen();
        return (T) options.get(option);
    }

    @Override
    public ServerSocket socket() {
        synchronized (bindLock) {
            ChannelServerSocket view = socket;
            if (view == null) {
                view = ChannelServerSocket.of(this);
                socket = view;
            }
            return view;
        }
    }
}
