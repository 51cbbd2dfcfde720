package net.sojourn.stack.channel;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A {@link SojournServerSocketChannel} as a {@link ServerSocket}, without its time-out. */
final class ChannelServerSocket extends ServerSocket {

    private final SojournServerSocketChannel channel;

    private ChannelServerSocket(SojournServerSocketChannel channel) {
        super(new ChannelSocketImpl(channel));
        this.channel = channel;
    }

    static ChannelServerSocket of(SojournServerSocketChannel channel) {
        return new ChannelServerSocket(channel);
    }

    @Override
    public ServerSocketChannel getChannel() {
        return channel;
    }

    @Override
    public void bind(@Nullable SocketAddress local) throws IOException {
        channel.bind(local, 0);
    }

    @Override
    public void bind(@Nullable SocketAddress local, int backlog) throws IOException {
        channel.bind(local, backlog);
    }

    @Override
    public Socket accept() throws IOException {
        if (!channel.isBlocking()) {
            throw new IllegalBlockingModeException();
        }
        SocketChannel accepted = channel.accept();
        if (accepted == null) {
            throw new IllegalBlockingModeException();
        }
        return accepted.socket();
    }

    @Override
    public @Nullable InetAddress getInetAddress() {
        InetSocketAddress bound = channel.bound();
        return bound == null ? null : bound.getAddress();
    }

    @Override
    public int getLocalPort() {
        InetSocketAddress bound = channel.bound();
        return bound == null ? -1 : bound.getPort();
    }

    @Override
    public @Nullable SocketAddress getLocalSocketAddress() {
        return channel.bound();
    }

    @Override
    public boolean isBound() {
        return channel.bound() != null;
    }

    @Override
    public boolean isClosed() {
        return !channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
