package net.sojourn.stack.socket;

import java.net.Socket;
import java.net.SocketException;
import net.sojourn.stack.NetworkStack;

/**
 * A {@link Socket} whose connection lives on a {@link NetworkStack}. Everything is as with the kernel's sockets, but that
 * the addresses may change while it is open.
 */
public final class SojournSocket extends Socket {

    /** Not connected. */
    public SojournSocket(NetworkStack stack) throws SocketException {
        super(SojournSocketImpl.connecting(stack));
    }
}
