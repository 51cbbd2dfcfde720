package net.sojourn.stack.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.util.OptionalLong;
import java.util.Set;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.stack.loop.Interrupts;
import org.jspecify.annotations.Nullable;

/**
 * Gives {@link java.net.Socket} and {@link java.net.ServerSocket} a {@link NetworkStack} instead of the kernel. What they
 * do, refuse and say is what the JDK's own do on Linux; docs/sockets.md names the few differences.
 */
final class SojournSocketImpl extends SocketImpl {

    private static final int DEFAULT_BACKLOG = 50;

    private final NetworkStack stack;
    private final EndpointOptions options;
    private volatile @Nullable TcpConnection connection;
    private volatile @Nullable TcpListener listener;
    private @Nullable InetAddress boundAddress;
    private boolean bound;
    private volatile int timeoutMillis;
    private volatile boolean inlineUrgent;
    private volatile boolean closed;

    private SojournSocketImpl(NetworkStack stack, EndpointOptions options) {
        this.stack = stack;
        this.options = options;
    }

    static SojournSocketImpl connecting(NetworkStack stack) {
        return new SojournSocketImpl(stack, EndpointOptions.ofConnection(stack.settings()));
    }

    static SojournSocketImpl listening(NetworkStack stack) {
        return new SojournSocketImpl(stack, EndpointOptions.ofListener(stack.settings()));
    }

    @Override
    protected void create(boolean stream) {
        if (!stream) {
            throw new IllegalArgumentException("this stack has TCP only");
        }
        fd = new FileDescriptor();
    }

    // ---- beginning

    @Override
    protected void connect(String host, int port) throws IOException {
        connect(new InetSocketAddress(host, port), 0);
    }

    @Override
    protected void connect(InetAddress remote, int port) throws IOException {
        connect(new InetSocketAddress(remote, port), 0);
    }

    @Override
    protected void connect(SocketAddress endpoint, int connectTimeoutMillis) throws IOException {
        if (!(endpoint instanceof InetSocketAddress remote)) {
            throw new IllegalArgumentException("Unsupported address type");
        }
        if (remote.isUnresolved()) {
            close();
            throw new UnknownHostException(remote.getHostName());
        }
        InetAddress from = boundAddress;
        InetSocketAddress local = from == null && localport == 0 ? null : new InetSocketAddress(from, localport);
        try {
            // Known to close() while it waits.
            TcpConnection opened = stack.open(remote, local, this::adopt);
            if (closed) {
                opened.abort();
            }
            opened.awaitEstablished(connectTimeoutMillis);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private void adopt(TcpConnection made) {
        made.interrupts(Interrupts.END_WAITS_OF_VIRTUAL_THREADS);
        made.inlineUrgent(inlineUrgent);
        made.readTimeoutMillis(timeoutMillis);
        options.applyTo(made);
        address = made.remoteAddress().getAddress();
        port = made.remoteAddress().getPort();
        localport = made.localAddress().getPort();
        connection = made;
    }

    @Override
    protected void bind(InetAddress host, int wantedPort) throws IOException {
        localport = stack.bind(this, host, wantedPort, options.flag(StandardSocketOptions.SO_REUSEADDR));
        boundAddress = host.isAnyLocalAddress() ? null : host;
        bound = true;
        if (closed) {
            stack.unbind(this);
        }
    }

    @Override
    protected void listen(int queueLength) throws IOException {
        TcpListener made = stack.listen(boundAddress, localport, queueLength > 0 ? queueLength : DEFAULT_BACKLOG);
        made.interrupts(Interrupts.END_WAITS_OF_VIRTUAL_THREADS);
        listener = made;
        applyToListener();
    }

    private void applyToListener() {
        TcpListener listening = listener;
        int receiveBufferBytes = options.number(StandardSocketOptions.SO_RCVBUF);
        if (listening != null && receiveBufferBytes != stack.settings().receiveBufferBytes()) {
            listening.receiveBufferBytes(receiveBufferBytes);
        }
    }

    @Override
    protected void accept(SocketImpl accepted) throws IOException {
        TcpListener from = listener;
        if (from == null) {
            throw new SocketException("Not listening");
        }
        TcpConnection made = from.accept(timeoutMillis);
        SojournSocketImpl socket = (SojournSocketImpl) accepted;
        socket.options.set(StandardSocketOptions.SO_RCVBUF, options.get(StandardSocketOptions.SO_RCVBUF), null);
        socket.adopt(made);
    }

    OptionalLong connectionId() {
        TcpConnection current = connection;
        return current == null ? OptionalLong.empty() : OptionalLong.of(current.id());
    }

    TcpConnection connected() throws SocketException {
        TcpConnection current = connection;
        if (closed) {
            throw new SocketException("Socket closed");
        }
        if (current == null) {
            throw new SocketException("Socket is not connected");
        }
        return current;
    }

    // ---- where it is; a connection may have moved since it was made

    @Override
    protected InetAddress getInetAddress() {
        TcpConnection current = connection;
        return current == null
                ? super.getInetAddress()
                : current.remoteAddress().getAddress();
    }

    @Override
    protected int getLocalPort() {
        TcpConnection current = connection;
        return current == null ? super.getLocalPort() : current.localAddress().getPort();
    }

    private InetAddress localAddress() {
        TcpConnection current = connection;
        if (current != null) {
            return current.localAddress().getAddress();
        }
        InetAddress held = boundAddress;
        return held != null ? held : new InetSocketAddress(0).getAddress();
    }

    // ---- streams

    @Override
    protected InputStream getInputStream() throws IOException {
        return new ConnectionStreams.Input(connected(), this::close);
    }

    @Override
    protected OutputStream getOutputStream() throws IOException {
        return new ConnectionStreams.Output(connected(), this::close);
    }

    @Override
    protected int available() throws IOException {
        return connected().available();
    }

    @Override
    protected boolean supportsUrgentData() {
        return true;
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        connected().sendUrgent(data);
    }

    // ---- ending

    @Override
    protected void shutdownInput() throws IOException {
        connected().shutdownInput();
    }

    @Override
    protected void shutdownOutput() throws IOException {
        connected().shutdownOutput();
    }

    @Override
    protected void close() throws IOException {
        boolean first = !closed;
        closed = true;
        if (bound) {
            stack.unbind(this);
        }
        TcpListener listening = listener;
        if (listening != null) {
            listening.close();
        }
        TcpConnection current = connection;
        if (current != null && first) {
            close(current);
        }
    }

    private void close(TcpConnection current) throws IOException {
        int lingerSeconds = options.number(StandardSocketOptions.SO_LINGER);
        if (lingerSeconds == 0 || !current.isEstablished()) {
            current.abort();
        } else if (lingerSeconds > 0) {
            current.closeAndLinger(lingerSeconds);
        } else {
            current.close();
        }
    }

    // ---- options

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        return options.supported();
    }

    private void checkNotClosed() throws SocketException {
        if (closed) {
            throw new SocketException("Socket closed");
        }
    }

    @Override
    protected <T> void setOption(SocketOption<T> option, T value) throws IOException {
        checkNotClosed();
        options.set(option, value, connection);
        applyToListener();
    }

    @Override
    @SuppressWarnings("unchecked")
    protected <T> T getOption(SocketOption<T> option) throws IOException {
        checkNotClosed();
        return (T) options.get(option);
    }

    @Override
    public void setOption(int option, Object value) throws SocketException {
        checkNotClosed();
        switch (option) {
            case SocketOptions.SO_TIMEOUT -> {
                timeoutMillis = (Integer) value;
                TcpConnection current = connection;
                if (current != null) {
                    current.readTimeoutMillis(timeoutMillis);
                }
            }
            case SocketOptions.SO_OOBINLINE -> {
                inlineUrgent = (Boolean) value;
                TcpConnection current = connection;
                if (current != null) {
                    current.inlineUrgent(inlineUrgent);
                }
            }
            // Socket says "off" by a Boolean.
            case SocketOptions.SO_LINGER ->
                options.set(StandardSocketOptions.SO_LINGER, value instanceof Integer ? value : -1, connection);
            default -> {
                options.set(EndpointOptions.standard(option), value, connection);
                applyToListener();
            }
        }
    }

    @Override
    public Object getOption(int option) throws SocketException {
        checkNotClosed();
        return switch (option) {
            case SocketOptions.SO_TIMEOUT -> timeoutMillis;
            case SocketOptions.SO_OOBINLINE -> inlineUrgent;
            case SocketOptions.SO_BINDADDR -> localAddress();
            default -> options.get(EndpointOptions.standard(option));
        };
    }
}
