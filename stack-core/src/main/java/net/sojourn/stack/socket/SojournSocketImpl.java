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
import java.util.Set;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import org.jspecify.annotations.Nullable;

/** Gives {@link java.net.Socket} and {@link java.net.ServerSocket} a {@link NetworkStack} instead of the kernel. */
final class SojournSocketImpl extends SocketImpl {

    private static final int DEFAULT_BACKLOG = 50;

    private final NetworkStack stack;
    private volatile @Nullable TcpConnection connection;
    private volatile @Nullable TcpListener listener;
    private @Nullable InetAddress boundAddress;
    private int backlog = DEFAULT_BACKLOG;
    private int timeoutMillis;
    private int lingerSeconds = -1;
    private boolean noDelay;
    private boolean keepAlive;
    private boolean closed;

    SojournSocketImpl(NetworkStack stack) {
        this.stack = stack;
    }

    @Override
    protected void create(boolean stream) {
        if (!stream) {
            throw new IllegalArgumentException("this stack has TCP only");
        }
        fd = new FileDescriptor();
    }

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
            adopt(stack.connect(remote, local, connectTimeoutMillis));
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private void adopt(TcpConnection made) {
        connection = made;
        address = made.remoteAddress().getAddress();
        port = made.remoteAddress().getPort();
        localport = made.localAddress().getPort();
        made.readTimeoutMillis(timeoutMillis);
        if (noDelay) {
            made.noDelay(true);
        }
        if (keepAlive) {
            made.keepAlive(true);
        }
    }

    @Override
    protected void bind(InetAddress host, int localPort) {
        boundAddress = host.isAnyLocalAddress() ? null : host;
        localport = localPort;
    }

    @Override
    protected void listen(int queueLength) throws IOException {
        backlog = queueLength > 0 ? queueLength : DEFAULT_BACKLOG;
        if (localport == 0) {
            throw new SocketException("a listener of this stack needs a port of its own: bind to one above 0");
        }
        listener = stack.listen(boundAddress, localport, backlog);
    }

    @Override
    protected void accept(SocketImpl accepted) throws IOException {
        TcpListener from = listener;
        if (from == null) {
            throw new SocketException("Socket is not bound");
        }
        ((SojournSocketImpl) accepted).adopt(from.accept(timeoutMillis));
    }

    private TcpConnection connected() throws SocketException {
        TcpConnection current = connection;
        if (current == null) {
            throw new SocketException(closed ? "Socket closed" : "Socket is not connected");
        }
        return current;
    }

    @Override
    protected InputStream getInputStream() throws IOException {
        TcpConnection from = connected();
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return from.read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] target, int index, int length) throws IOException {
                return from.read(target, index, length);
            }

            @Override
            public int available() {
                return from.available();
            }

            @Override
            public void close() throws IOException {
                SojournSocketImpl.this.close();
            }
        };
    }

    @Override
    protected OutputStream getOutputStream() throws IOException {
        TcpConnection to = connected();
        return new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                to.write(new byte[] {(byte) octet}, 0, 1);
            }

            @Override
            public void write(byte[] source, int index, int length) throws IOException {
                to.write(source, index, length);
            }

            @Override
            public void close() throws IOException {
                SojournSocketImpl.this.close();
            }
        };
    }

    @Override
    protected int available() throws IOException {
        return connected().available();
    }

    @Override
    protected void close() throws IOException {
        closed = true;
        TcpConnection current = connection;
        if (current != null) {
            if (lingerSeconds == 0) {
                current.abort();
            } else {
                current.close();
            }
        }
        TcpListener listening = listener;
        if (listening != null) {
            listening.close();
        }
    }

    @Override
    protected void shutdownInput() throws IOException {
        connected().shutdownInput();
    }

    @Override
    protected void shutdownOutput() throws IOException {
        connected().shutdownOutput();
    }

    /** RFC 6093 6: new applications should not use urgent data; this stack does not send it. */
    @Override
    protected void sendUrgentData(int data) throws IOException {
        throw new SocketException("Urgent data not supported");
    }

    @Override
    protected boolean supportsUrgentData() {
        return false;
    }

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        return Set.of(
                StandardSocketOptions.TCP_NODELAY,
                StandardSocketOptions.SO_KEEPALIVE,
                StandardSocketOptions.SO_LINGER,
                StandardSocketOptions.SO_RCVBUF,
                StandardSocketOptions.SO_SNDBUF,
                StandardSocketOptions.SO_REUSEADDR);
    }

    @Override
    public void setOption(int option, Object value) throws SocketException {
        if (closed) {
            throw new SocketException("Socket closed");
        }
        TcpConnection current = connection;
        switch (option) {
            case SocketOptions.SO_TIMEOUT -> {
                timeoutMillis = (Integer) value;
                if (current != null) {
                    current.readTimeoutMillis(timeoutMillis);
                }
            }
            case SocketOptions.TCP_NODELAY -> {
                noDelay = (Boolean) value;
                if (current != null) {
                    current.noDelay(noDelay);
                }
            }
            case SocketOptions.SO_KEEPALIVE -> {
                keepAlive = (Boolean) value;
                if (current != null) {
                    current.keepAlive(keepAlive);
                }
            }
            case SocketOptions.SO_LINGER -> lingerSeconds = value instanceof Integer seconds ? seconds : -1;
            // Hints, which the stack's settings overrule.
            case SocketOptions.SO_RCVBUF,
                    SocketOptions.SO_SNDBUF,
                    SocketOptions.SO_REUSEADDR,
                    SocketOptions.SO_REUSEPORT,
                    SocketOptions.IP_TOS,
                    SocketOptions.SO_OOBINLINE -> {}
            default -> throw new SocketException("unknown option: " + option);
        }
    }

    @Override
    public Object getOption(int option) throws SocketException {
        if (closed) {
            throw new SocketException("Socket closed");
        }
        TcpConnection current = connection;
        return switch (option) {
            case SocketOptions.SO_TIMEOUT -> timeoutMillis;
            case SocketOptions.TCP_NODELAY -> noDelay;
            case SocketOptions.SO_KEEPALIVE -> keepAlive;
            case SocketOptions.SO_LINGER -> lingerSeconds;
            case SocketOptions.SO_RCVBUF -> stack.settings().receiveBufferBytes();
            case SocketOptions.SO_SNDBUF -> stack.settings().sendBufferBytes();
            case SocketOptions.SO_REUSEADDR, SocketOptions.SO_OOBINLINE -> true;
            case SocketOptions.IP_TOS -> 0;
            case SocketOptions.SO_BINDADDR -> localAddress(current);
            default -> throw new SocketException("unknown option: " + option);
        };
    }

    private InetAddress localAddress(@Nullable TcpConnection current) throws SocketException {
        if (current != null) {
            return current.localAddress().getAddress();
        }
        InetAddress bound = boundAddress;
        return bound != null ? bound : new InetSocketAddress(0).getAddress();
    }
}
