package net.sojourn.stack.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import net.sojourn.stack.ConnectionEvents;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.loop.Interrupts;
import net.sojourn.stack.socket.EndpointOptions;
import org.jspecify.annotations.Nullable;

/** A {@link SocketChannel} whose connection lives on a {@link NetworkStack}. Any thread. */
public final class SojournSocketChannel extends SocketChannel implements Selectable {

    private enum Stage {
        UNCONNECTED,
        PENDING,
        CONNECTED
    }

    private final NetworkStack stack;
    private final EndpointOptions options;
    private final List<SojournSelectionKey> keys = new CopyOnWriteArrayList<>();
    private final ConnectionEvents tellKeys = new ConnectionEvents() {
        @Override
        public void established() {
            lookAtKeys();
        }

        @Override
        public void readable() {
            lookAtKeys();
        }

        @Override
        public void writable() {
            lookAtKeys();
        }

        @Override
        public void ended(ConnectionFailure failure) {
            lookAtKeys();
        }
    };
    private final Object stageLock = new Object();
    private volatile Stage stage = Stage.UNCONNECTED;
    private volatile @Nullable TcpConnection connection;
    private volatile @Nullable InetSocketAddress bound;
    private volatile boolean inputShut;
    private volatile boolean outputShut;
    private @Nullable ChannelSocket socket;

    SojournSocketChannel(SojournSelectorProvider provider, NetworkStack stack) {
        super(provider);
        this.stack = stack;
        this.options = EndpointOptions.ofConnection(stack.settings());
    }

    /** Of a connection that was accepted. */
    SojournSocketChannel(SojournSelectorProvider provider, NetworkStack stack, TcpConnection accepted) {
        this(provider, stack);
        adopt(accepted);
        stage = Stage.CONNECTED;
    }

    private void adopt(TcpConnection made) {
        made.interrupts(Interrupts.END_WAITS_OF_VIRTUAL_THREADS);
        options.applyTo(made);
        made.events(tellKeys);
        connection = made;
    }

    /** The connection beneath, for what channels have no call for; null before {@link #connect}. */
    public @Nullable TcpConnection connection() {
        return connection;
    }

    // ---- selection

    private void lookAtKeys() {
        for (SojournSelectionKey key : keys) {
            ((SojournSelector) key.selector()).lookAt(key);
        }
    }

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
        TcpConnection current = connection;
        if (current == null) {
            return 0;
        }
        if (stage == Stage.PENDING) {
            return current.isEstablished() || current.isEnded() ? SelectionKey.OP_CONNECT : 0;
        }
        int ready = 0;
        if ((interest & SelectionKey.OP_READ) != 0 && (inputShut || current.isReadable())) {
            ready |= SelectionKey.OP_READ;
        }
        if ((interest & SelectionKey.OP_WRITE) != 0 && (outputShut || current.isWritable())) {
            ready |= SelectionKey.OP_WRITE;
        }
        return ready;
    }

    // ---- being opened

    @Override
    public SocketChannel bind(@Nullable SocketAddress local) throws IOException {
        checkOpen();
        synchronized (stageLock) {
            if (stage == Stage.PENDING) {
                throw new ConnectionPendingException();
            }
            if (bound != null || stage == Stage.CONNECTED) {
                throw new AlreadyBoundException();
            }
            InetSocketAddress wanted = local == null ? new InetSocketAddress(0) : Addresses.checked(local);
            boolean reuse = options.flag(StandardSocketOptions.SO_REUSEADDR);
            int port = stack.bind(this, wanted.getAddress(), wanted.getPort(), reuse);
            bound = new InetSocketAddress(wanted.getAddress(), port);
        }
        return this;
    }

    @Override
    public boolean connect(SocketAddress remote) throws IOException {
        InetSocketAddress peer = Addresses.checked(remote);
        checkOpen();
        synchronized (stageLock) {
            if (stage == Stage.CONNECTED) {
                throw new AlreadyConnectedException();
            }
            if (stage == Stage.PENDING) {
                throw new ConnectionPendingException();
            }
            stage = Stage.PENDING;
        }
        try {
            TcpConnection opened = stack.open(peer, bound, this::adopt);
            if (!isOpen()) {
                opened.abort();
                throw new AsynchronousCloseException();
            }
            return finishConnect();
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    @Override
    public boolean finishConnect() throws IOException {
        checkOpen();
        TcpConnection current = connection;
        if (stage == Stage.CONNECTED) {
            return true;
        }
        if (current == null) {
            throw new NoConnectionPendingException();
        }
        boolean done = false;
        try {
            if (isBlocking()) {
                begin();
                try {
                    current.awaitEstablished(0);
                    done = true;
                } finally {
                    end(done);
                }
            } else {
                done = current.finishOpening();
            }
        } catch (IOException e) {
            close();
            throw e;
        }
        if (done) {
            stage = Stage.CONNECTED;
        }
        return done;
    }

    @Override
    public boolean isConnected() {
        return stage == Stage.CONNECTED;
    }

    @Override
    public boolean isConnectionPending() {
        return stage == Stage.PENDING;
    }

    private void checkOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    private TcpConnection connected() throws ClosedChannelException {
        checkOpen();
        TcpConnection current = connection;
        if (current == null || stage != Stage.CONNECTED) {
            throw new NotYetConnectedException();
        }
        return current;
    }

    // ---- reading and writing

    private interface Transfer {
        /** @return octets moved; 0 if it would have to wait */
        int attempt() throws IOException;
    }

    private interface Wait {
        void forReadiness() throws IOException;
    }

    private int transfer(Transfer transfer, Wait wait) throws IOException {
        int n = 0;
        boolean blocking = isBlocking();
        if (blocking) {
            begin();
        }
        try {
            n = transfer.attempt();
            while (n == 0 && blocking) {
                wait.forReadiness();
                n = transfer.attempt();
            }
        } catch (SocketException e) {
            if (!isOpen() && !blocking) {
                throw new AsynchronousCloseException();
            }
            throw e;
        } finally {
            if (blocking) {
                end(n != 0);
            }
        }
        return n;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        TcpConnection from = connected();
        Objects.requireNonNull(target);
        if (inputShut) {
            return -1;
        }
        return target.hasRemaining() ? transfer(() -> from.tryRead(target), from::awaitReadable) : 0;
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, targets.length);
        TcpConnection from = connected();
        long sum = 0;
        for (int i = offset; i < offset + length; i++) {
            while (targets[i].hasRemaining()) {
                // Only the first may wait.
                int n = sum == 0 ? read(targets[i]) : from.tryRead(targets[i]);
                if (n <= 0) {
                    return sum == 0 ? n : sum;
                }
                sum += n;
            }
        }
        return sum;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        TcpConnection to = connected();
        Objects.requireNonNull(source);
        if (outputShut) {
            throw new ClosedChannelException();
        }
        int sum = 0;
        while (source.hasRemaining()) {
            int n = transfer(() -> to.tryWrite(source), to::awaitWritable);
            if (n == 0) {
                return sum;
            }
            sum += n;
        }
        return sum;
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        connected();
        long sum = 0;
        for (int i = offset; i < offset + length; i++) {
            sum += write(sources[i]);
            if (sources[i].hasRemaining()) {
                return sum;
            }
        }
        return sum;
    }

    // ---- ending

    @Override
    public SocketChannel shutdownInput() throws IOException {
        connected().shutdownInput();
        inputShut = true;
        lookAtKeys();
        return this;
    }

    @Override
    public SocketChannel shutdownOutput() throws IOException {
        connected().shutdownOutput();
        outputShut = true;
        lookAtKeys();
        return this;
    }

    @Nullable
    InetSocketAddress bound() {
        return bound;
    }

    boolean isInputShut() {
        return inputShut;
    }

    boolean isOutputShut() {
        return outputShut;
    }

    @Override
    protected void implCloseSelectableChannel() throws IOException {
        if (bound != null) {
            stack.unbind(this);
        }
        TcpConnection current = connection;
        if (current == null) {
            return;
        }
        int lingerSeconds = options.number(StandardSocketOptions.SO_LINGER);
        if (lingerSeconds == 0 || !current.isEstablished()) {
            current.abort();
        } else if (lingerSeconds > 0 && isBlocking()) {
            current.closeAndLinger(lingerSeconds);
        } else {
            current.close();
        }
    }

    @Override
    protected void implConfigureBlocking(boolean block) {
        // Each call asks for the mode.
    }

    // ---- addresses and options

    @Override
    public @Nullable SocketAddress getRemoteAddress() throws IOException {
        checkOpen();
        TcpConnection current = connection;
        return current == null || stage != Stage.CONNECTED ? null : current.remoteAddress();
    }

    @Override
    public @Nullable SocketAddress getLocalAddress() throws IOException {
        checkOpen();
        TcpConnection current = connection;
        return current == null ? bound : current.localAddress();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return options.supported();
    }

    @Override
    public <T> SocketChannel setOption(SocketOption<T> option, T value) throws IOException {
        checkOpen();
        options.set(option, value, connection);
        return this;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(SocketOption<T> option) throws IOException {
        checkOpen();
        return (T) options.get(option);
    }

    @Override
    public Socket socket() {
        synchronized (stageLock) {
            ChannelSocket view = socket;
            if (view == null) {
                view = ChannelSocket.of(this);
                socket = view;
            }
            return view;
        }
    }
}
