package net.sojourn.stack.socket;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import javax.net.ServerSocketFactory;
import net.sojourn.stack.NetworkStack;
import org.jspecify.annotations.Nullable;

/** Makes listening sockets on a {@link NetworkStack}, for libraries that take a {@link ServerSocketFactory}. Any thread. */
public final class SojournServerSocketFactory extends ServerSocketFactory {

    private final NetworkStack stack;

    public SojournServerSocketFactory(NetworkStack stack) {
        this.stack = stack;
    }

    @Override
    public ServerSocket createServerSocket() {
        return new SojournServerSocket(stack);
    }

    @Override
    public ServerSocket createServerSocket(int port) throws IOException {
        return createServerSocket(port, 0, null);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) throws IOException {
        return createServerSocket(port, backlog, null);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, @Nullable InetAddress address) throws IOException {
        ServerSocket listener = createServerSocket();
        try {
            listener.bind(new InetSocketAddress(address, port), backlog);
            return listener;
        } catch (IOException | RuntimeException e) {
            listener.close();
            throw e;
        }
    }
}
