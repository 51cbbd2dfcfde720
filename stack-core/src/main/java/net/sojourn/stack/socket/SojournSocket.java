package net.sojourn.stack.socket;

import java.net.Socket;
import java.net.SocketException;
import java.util.OptionalLong;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.TcpConnection;

/**
 * A {@link Socket} whose connection lives on a {@link NetworkStack}. Everything is as with the kernel's sockets, but that
 * the addresses may change while it is open.
 */
public final class SojournSocket extends Socket {

    private final SojournSocketImpl impl;

    /** Not connected. */
    public SojournSocket(NetworkStack stack) throws SocketException {
        this(SojournSocketImpl.connecting(stack));
    }

    private SojournSocket(SojournSocketImpl impl) throws SocketException {
        super(impl);
        this.impl = impl;
    }

    /** The number of its connection, as in {@link net.sojourn.stack.ConnectionInfo}; empty before there is one. */
    public OptionalLong connectionId() {
        return impl.connectionId();
    }

    /**
     * What it is below, with more to ask.
     *
     * @throws SocketException if it is not connected
     */
    public TcpConnection connection() throws SocketException {
        return impl.connected();
    }
}
