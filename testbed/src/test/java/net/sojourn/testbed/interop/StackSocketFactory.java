package net.sojourn.testbed.interop;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Objects;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/** A factory that a driver can make from its name alone; its sockets are those of the bed that was named before. */
public final class StackSocketFactory extends SocketFactory {

    private static volatile @Nullable SocketFactory current;

    static void use(InteropBed bed) {
        current = bed.sockets();
    }

    private static SocketFactory factory() {
        return Objects.requireNonNull(current, "no bed was named");
    }

    @Override
    public Socket createSocket() throws IOException {
        return factory().createSocket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return factory().createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
        return factory().createSocket(host, port, local, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return factory().createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
        return factory().createSocket(host, port, local, localPort);
    }
}
