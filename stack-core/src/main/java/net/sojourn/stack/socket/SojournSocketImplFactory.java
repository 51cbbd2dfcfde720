package net.sojourn.stack.socket;

import java.net.SocketImpl;
import java.net.SocketImplFactory;
import net.sojourn.stack.NetworkStack;

/**
 * Puts every {@code new Socket()} of a program on a stack, for code that takes no factory: {@code
 * Socket.setSocketImplFactory(new SojournSocketImplFactory(stack))}, once in the life of the program. Any thread.
 */
public final class SojournSocketImplFactory implements SocketImplFactory {

    private final NetworkStack stack;

    public SojournSocketImplFactory(NetworkStack stack) {
        this.stack = stack;
    }

    @Override
    public SocketImpl createSocketImpl() {
        return SojournSocketImpl.connecting(stack);
    }
}
