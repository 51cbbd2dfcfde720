package net.sojourn.stack.channel;

import java.net.ProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.spi.SelectorProvider;
import net.sojourn.stack.NetworkStack;
import org.jspecify.annotations.Nullable;

/**
 * Opens channels and selectors of a {@link NetworkStack} for code that takes a {@link SelectorProvider}: Netty's {@code
 * NioEventLoopGroup} and {@code NioSocketChannel} do. Any thread. Channels and selectors of other providers cannot be mixed
 * with these.
 */
public final class SojournSelectorProvider extends SelectorProvider {

    private static final String TCP_ONLY = "this stack has TCP only";

    private static volatile @Nullable NetworkStack stackOfTheProgram;

    private final @Nullable NetworkStack stack;

    public SojournSelectorProvider(NetworkStack stack) {
        this.stack = stack;
    }

    /**
     * For {@code -Djava.nio.channels.spi.SelectorProvider=net.sojourn.stack.channel.SojournSelectorProvider}, which puts every
     * channel of a program on the stack that {@link #stackOfTheProgram} names.
     */
    public SojournSelectorProvider() {
        this.stack = null;
    }

    /** The stack of the program's default provider; to be named before its first channel is opened. */
    public static void stackOfTheProgram(NetworkStack stack) {
        stackOfTheProgram = stack;
    }

    private NetworkStack stack() {
        NetworkStack known = stack != null ? stack : stackOfTheProgram;
        if (known == null) {
            throw new IllegalStateException("no stack yet: call SojournSelectorProvider.stackOfTheProgram first");
        }
        return known;
    }

    @Override
    public SojournSocketChannel openSocketChannel() {
        return new SojournSocketChannel(this, stack());
    }

    @Override
    public SojournServerSocketChannel openServerSocketChannel() {
        return new SojournServerSocketChannel(this, stack());
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
