package net.sojourn.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Echoes over kernel TCP on one thread, whatever the number of connections. For little text: it waits for slow readers. */
final class SelectorEcho {

    private final Selector selector = Selector.open();
    private final ServerSocketChannel listener = ServerSocketChannel.open();
    private final ByteBuffer text = ByteBuffer.allocateDirect(2048);

    private SelectorEcho() throws IOException {}

    static void start(int port, int backlog) throws IOException {
        SelectorEcho echo = new SelectorEcho();
        echo.listener.bind(new InetSocketAddress(port), backlog);
        echo.listener.configureBlocking(false);
        echo.listener.register(echo.selector, SelectionKey.OP_ACCEPT);
        Thread thread = new Thread(echo::run, "echo");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                selector.select(key -> {
                    try {
                        if (key.isAcceptable()) {
                            accept();
                        } else {
                            echo((SocketChannel) key.channel());
                        }
                    } catch (IOException e) {
                        key.cancel();
                    }
                });
            }
        } catch (IOException e) {
            throw new IllegalStateException("the echo service ends", e);
        }
    }

    private void accept() throws IOException {
        for (SocketChannel each = listener.accept(); each != null; each = listener.accept()) {
            each.configureBlocking(false);
            each.setOption(StandardSocketOptions.TCP_NODELAY, true);
            each.register(selector, SelectionKey.OP_READ);
        }
    }

    private void echo(SocketChannel channel) throws IOException {
        if (channel.read(text.clear()) < 0) {
            channel.close();
            return;
        }
        text.flip();
        while (text.hasRemaining()) {
            channel.write(text);
        }
    }
}
