package net.sojourn.testbed.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import net.sojourn.testbed.netns.Host;

/** Kernel sockets of one host that return what they get and close when the peer has, all on one thread. */
final class KernelEcho implements AutoCloseable {

    private static final int BUFFER_BYTES = 16 * 1024;

    private final Host host;
    private final Selector selector;
    private final Thread thread;

    KernelEcho(Host host) throws IOException {
        this.host = host;
        selector = Selector.open();
        thread = new Thread(this::run, "kernel-echo");
        thread.setDaemon(true);
        thread.start();
    }

    void listen(int port, int backlog) throws IOException {
        ServerSocketChannel listener =
                host.call(() -> ServerSocketChannel.open().bind(new InetSocketAddress(port), backlog));
        register(listener.configureBlocking(false), SelectionKey.OP_ACCEPT);
    }

    /** Begins to open {@code count} connections, all at once. */
    void connect(InetSocketAddress target, int count) throws IOException {
        host.call(() -> {
            for (int i = 0; i < count; i++) {
                SocketChannel channel = SocketChannel.open();
                channel.configureBlocking(false);
                boolean done = channel.connect(target);
                register(channel, done ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT);
            }
            return count;
        });
    }

    private void register(SelectableChannel channel, int interest) throws IOException {
        channel.register(selector, interest, ByteBuffer.allocate(BUFFER_BYTES));
        selector.wakeup();
    }

    private void run() {
        try {
            while (selector.isOpen()) {
                selector.select(key -> {
                    try {
                        serve(key);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
            }
        } catch (ClosedSelectorException closed) {
            // As asked.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve(SelectionKey key) throws IOException {
        if (key.channel() instanceof ServerSocketChannel listener) {
            for (SocketChannel channel = listener.accept(); channel != null; channel = listener.accept()) {
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(BUFFER_BYTES));
            }
        } else if (key.isConnectable()) {
            ((SocketChannel) key.channel()).finishConnect();
            key.interestOps(SelectionKey.OP_READ);
        } else {
            echo(key, (SocketChannel) key.channel(), (ByteBuffer) key.attachment());
        }
    }

    private static void echo(SelectionKey key, SocketChannel channel, ByteBuffer buffer) throws IOException {
        if (key.isReadable() && channel.read(buffer) < 0) {
            channel.close();
            return;
        }
        buffer.flip();
        channel.write(buffer);
        buffer.compact();
        key.interestOps(buffer.position() > 0 ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
