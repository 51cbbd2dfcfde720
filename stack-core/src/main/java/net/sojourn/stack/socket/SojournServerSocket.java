package net.sojourn.stack.socket;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import net.sojourn.stack.NetworkStack;

/** A {@link ServerSocket} whose port is one of a {@link NetworkStack}. */
public final class SojournServerSocket extends ServerSocket {

    private final NetworkStack stack;

    /** Not bound. */
    public SojournServerSocket(NetworkStack stack) {
        super(SojournSocketImpl.listening(stack));
        this.stack = stack;
    }

    @Override
    public Socket accept() throws IOException {
        if (isClosed()) {
            throw new SocketException("Socket is closed");
        }
        if (!isBound()) {
            throw new SocketException("Socket is not bound yet");
        }
        Socket socket = new SojournSocket(stack);
        implAccept(socket);
        return socket;
    }
}
