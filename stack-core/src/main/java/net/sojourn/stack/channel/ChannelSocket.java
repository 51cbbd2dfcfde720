package net.sojourn.stack.channel;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.Channels;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.SocketChannel;
import net.sojourn.stack.TcpConnection;
import org.jspecify.annotations.Nullable;

/**
 * A {@link SojournSocketChannel} as a {@link Socket}: state, addresses, options and, in blocking mode, streams. It has no read
 * time-out and no urgent data; {@link net.sojourn.stack.socket.SojournSocket} has.
 */
final class ChannelSocket extends Socket {

    private final SojournSocketChannel channel;

    private ChannelSocket(SojournSocketChannel channel) throws SocketException {
        super(new ChannelSocketImpl(channel));
        this.channel = channel;
    }

    static ChannelSocket of(SojournSocketChannel channel) {
        try {
            return new ChannelSocket(channel);
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public SocketChannel getChannel() {
        return channel;
    }

    @Override
    public void connect(SocketAddress remote) throws IOException {
        connect(remote, 0);
    }

    @Override
    public void connect(SocketAddress remote, int timeoutMillis) throws IOException {
        if (!channel.isBlocking()) {
            throw new IllegalBlockingModeException();
        }
        if (timeoutMillis != 0) {
            throw new IllegalArgumentException("a channel's socket connects without time-out: use SojournSocket");
        }
        channel.connect(remote);
    }

    @Override
    public void bind(@Nullable SocketAddress local) throws IOException {
        channel.bind(local);
    }

    private InetSocketAddress local() {
        TcpConnection connection = channel.connection();
        InetSocketAddress bound = connection == null ? channel.bound() : connection.localAddress();
        return bound == null ? new InetSocketAddress(0) : bound;
    }

    @Override
    public @Nullable InetAddress getInetAddress() {
        TcpConnection connection = channel.connection();
        return isConnected() && connection != null ? connection.remoteAddress().getAddress() : null;
    }

    @Override
    public int getPort() {
        TcpConnection connection = channel.connection();
        return isConnected() && connection != null ? connection.remoteAddress().getPort() : 0;
    }

    @Override
    public InetAddress getLocalAddress() {
        return isClosed() ? new InetSocketAddress(0).getAddress() : local().getAddress();
    }

    @Override
    public int getLocalPort() {
        return isBound() ? local().getPort() : -1;
    }

    @Override
    public InputStream getInputStream() throws IOException {
        checkConnected();
        if (isInputShutdown()) {
            throw new SocketException("Socket input is shutdown");
        }
        return Channels.newInputStream(channel);
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        checkConnected();
        if (isOutputShutdown()) {
            throw new SocketException("Socket output is shutdown");
        }
        return Channels.newOutputStream(channel);
    }

    private void checkConnected() throws SocketException {
        if (isClosed()) {
            throw new SocketException("Socket is closed");
        }
        if (!isConnected()) {
            throw new SocketException("Socket is not connected");
        }
    }

    @Override
    public void shutdownInput() throws IOException {
        channel.shutdownInput();
    }

    @Override
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    @Override
    public boolean isConnected() {
        return channel.isConnected();
    }

    @Override
    public boolean isBound() {
        return channel.bound() != null || channel.connection() != null;
    }

    @Override
    public boolean isClosed() {
        return !channel.isOpen();
    }

    @Override
    public boolean isInputShutdown() {
        return channel.isInputShut();
    }

    @Override
    public boolean isOutputShutdown() {
        return channel.isOutputShut();
    }
}
