package net.sojourn.stack.channel;

import java.net.ProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.spi.SelectorProvider;
import net.sojourn.stack.NetworkStack;

/**
 * Opens channels and selectors of a {@link NetworkStack} for code that takes a {@link SelectorProvider}: Netty's {@code
 * NioEventLoopGroup} and {@code NioSocketChannel} do. Any thread. Channels and selectors of other providers cannot be mixed
 * with these.
 */
public final class SojournSelectorProvider extends SelectorProvider {

    private static final String TCP_ONLY = "this stack has TCP only";

    private final NetworkStack stack;

    public SojournSelectorProvider(NetworkStack stack) {
        this.stack = stack;
    }

    @Override
    public SojournSocketChannel openSocketChannel() {
        return new SojournSocketChannel(this, stack);
    }

    @Override
    public SojournServerSocketChannel openServerSocketChannel() {
        return new SojournServerSocketChannel(this, stack);
    }

    @Override
    public SojournSelector openSelector() {
        return new SojournSelector(this);
    }

    @Override
    public DatagramChannel openDatagramChannel() {
        throw new UnsupportedOperationException(TCP_ONLY);
    }

    @Override
    public DatagramChannel openDatagramChannel(ProtocolFamily family) {
        throw new UnsupportedOperationException(TCP_ONLY);
    }

    @Override
    public Pipe openPipe() {
        throw new UnsupportedOperationException(TCP_ONLY);
    }
}
