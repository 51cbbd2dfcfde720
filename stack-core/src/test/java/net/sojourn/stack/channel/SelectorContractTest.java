package net.sojourn.stack.channel;

import static net.sojourn.stack.socket.Outcome.assertThrown;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.socket.Outcome.Waiting;
import net.sojourn.stack.socket.Sockets;
import net.sojourn.stack.socket.Sockets.Bed;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Selectors: what is selected and when, with the JDK's and with ours. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class SelectorContractTest {

    private static final int CLIENTS = 100;
    private static final int OCTETS = 20_000;

    /** Returns what it gets, for many clients on one thread, as NIO servers are written. */
    private static final class Echo implements AutoCloseable {

        private final Selector selector;
        private final ServerSocketChannel listener;
        private final Waiting<Integer> end;

        Echo(Bed bed) throws IOException {
            selector = bed.serverChannels().openSelector();
            listener = bed.serverChannels().openServerSocketChannel().bind(null, CLIENTS);
            listener.configureBlocking(false);
            listener.register(selector, SelectionKey.OP_ACCEPT);
            end = new Waiting<>(this::run);
        }

        InetSocketAddress address(Bed bed) throws IOException {
            return new InetSocketAddress(bed.server(), ((InetSocketAddress) listener.getLocalAddress()).getPort());
        }

        private int run() throws IOException {
            int accepted = 0;
            while (true) {
                selector.select();
                if (!selector.isOpen()) {
                    return accepted;
                }
                for (SelectionKey key : selector.selectedKeys()) {
                    if (key.isAcceptable()) {
                        for (SocketChannel c = listener.accept(); c != null; c = listener.accept()) {
                            accepted++;
                            c.configureBlocking(false);
                            c.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(1000));
                        }
                    } else {
                        serve(key, (SocketChannel) key.channel(), (ByteBuffer) key.attachment());
                    }
                }
                selector.selectedKeys().clear();
            }
        }

        private static void serve(SelectionKey key, SocketChannel channel, ByteBuffer buffer) throws IOException {
            try {
                echo(key, channel, buffer);
            } catch (SocketException | ClosedChannelException over) {
                // A client that had enough, or the end of the test.
                channel.close();
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
        public void close() throws Exception {
            for (SelectionKey key : List.copyOf(selector.keys())) {
                key.channel().close();
            }
            selector.close();
            try {
                end.value();
            } catch (ClosedSelectorException
                    | CancelledKeyException
                    | ClosedChannelException
                    | ConcurrentModificationException e) {
                // It was closed between two calls, or while it went through the keys.
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneThreadServesManyClients(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Echo echo = new Echo(bed);
                Selector selector = bed.clientChannels().openSelector()) {
            for (int i = 0; i < CLIENTS; i++) {
                SocketChannel client = bed.clientChannels().openSocketChannel();
                client.configureBlocking(false);
                boolean done = client.connect(echo.address(bed));
                client.register(selector, done ? SelectionKey.OP_WRITE : SelectionKey.OP_CONNECT, new int[2]);
            }
            ByteBuffer target = ByteBuffer.allocate(4096);
            for (int done = 0; done < CLIENTS; ) {
                selector.select(10_000);
                assertFalse(selector.selectedKeys().isEmpty(), "nothing for 10 s");
                for (SelectionKey key : selector.selectedKeys()) {
                    done += serve(key, (SocketChannel) key.channel(), (int[]) key.attachment(), target) ? 1 : 0;
                }
                selector.selectedKeys().clear();
            }
        }
    }

    /** @return whether the channel has got back all that it sent, and is closed */
    private static boolean serve(SelectionKey key, SocketChannel channel, int[] sentAndGot, ByteBuffer target)
            throws IOException {
        if (key.isConnectable()) {
            assertTrue(channel.finishConnect());
            key.interestOps(SelectionKey.OP_WRITE | SelectionKey.OP_READ);
            return false;
        }
        if (key.isWritable()) {
            ByteBuffer source = ByteBuffer.allocate(Math.min(3000, OCTETS - sentAndGot[0]));
            while (source.hasRemaining()) {
                source.put((byte) ((sentAndGot[0] + source.position()) * 7));
            }
            sentAndGot[0] += channel.write(source.flip());
        }
        if (key.isReadable()) {
            int n = channel.read(target.clear());
            for (int i = 0; i < n; i++) {
                assertEquals((byte) (sentAndGot[1]++ * 7), target.get(i));
            }
        }
        if (sentAndGot[1] == OCTETS) {
            channel.close();
            return true;
        }
        key.interestOps(SelectionKey.OP_READ | (sentAndGot[0] < OCTETS ? SelectionKey.OP_WRITE : 0));
        return false;
    }

    /** Readiness is a state: it is told again until the text is taken, and at once to who asks for it later. */
    @ParameterizedTest
    @EnumSource
    void readinessStays(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Echo echo = new Echo(bed);
                Selector selector = bed.clientChannels().openSelector();
                SocketChannel client = bed.clientChannels().openSocketChannel()) {
            client.connect(echo.address(bed));
            client.write(ByteBuffer.wrap(new byte[10]));
            client.configureBlocking(false);
            SelectionKey key = client.register(selector, SelectionKey.OP_READ);
            assertEquals(1, selector.select(10_000));
            assertTrue(key.isReadable() && !key.isWritable());
            // Still in the selected set: nothing new about it.
            assertEquals(0, selector.selectNow());
            key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            assertEquals(1, selector.selectNow());
            assertTrue(key.isReadable() && key.isWritable());
            selector.selectedKeys().clear();
            assertEquals(1, selector.selectNow());
            selector.selectedKeys().clear();
            key.interestOps(SelectionKey.OP_READ);
            assertEquals(10, client.read(ByteBuffer.allocate(100)));
            assertEquals(0, selector.selectNow());
            key.interestOps(0);
            client.write(ByteBuffer.wrap(new byte[1]));
            Thread.sleep(50);
            assertEquals(0, selector.selectNow());
            key.interestOps(SelectionKey.OP_READ);
            assertEquals(1, selector.select(10_000));
        }
    }

    @ParameterizedTest
    @EnumSource
    void selectionEndsByWakeupTimeoutInterruptAndClose(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Selector selector = bed.clientChannels().openSelector()) {
            long start = System.nanoTime();
            assertEquals(0, selector.select(50));
            assertTrue(System.nanoTime() - start >= 45_000_000L);
            selector.wakeup();
            assertEquals(0, selector.select());
            Waiting<Integer> woken = new Waiting<>(selector::select).assertWaits();
            selector.wakeup();
            assertEquals(0, woken.value());
            List<Boolean> status = new ArrayList<>();
            Waiting<Integer> interrupted = new Waiting<>(() -> {
                        int n = selector.select();
                        status.add(Thread.interrupted());
                        return n;
                    })
                    .assertWaits();
            interrupted.thread().interrupt();
            assertEquals(0, interrupted.value());
            assertEquals(List.of(true), status);
            Waiting<Integer> closed = new Waiting<>(selector::select).assertWaits();
            selector.close();
            closed.value();
            assertThrown(ClosedSelectorException.class, selector::select);
            assertThrown(ClosedSelectorException.class, selector::keys);
        }
    }

    @ParameterizedTest
    @EnumSource
    void keysEndWithTheirChannel(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Echo echo = new Echo(bed);
                Selector selector = bed.clientChannels().openSelector()) {
            SocketChannel client = bed.clientChannels().openSocketChannel();
            client.connect(echo.address(bed));
            assertThrown(IllegalBlockingModeException.class, () -> client.register(selector, SelectionKey.OP_READ));
            client.configureBlocking(false);
            assertThrown(IllegalArgumentException.class, () -> client.register(selector, SelectionKey.OP_ACCEPT));
            SelectionKey key = client.register(selector, SelectionKey.OP_READ);
            assertEquals(key, client.keyFor(selector));
            assertThrown(IllegalBlockingModeException.class, () -> client.configureBlocking(true));
            assertThrown(UnsupportedOperationException.class, () -> selector.selectedKeys()
                    .add(key));
            client.close();
            assertFalse(key.isValid());
            assertThrown(CancelledKeyException.class, key::interestOps);
            assertEquals(1, selector.keys().size());
            selector.selectNow();
            assertTrue(selector.keys().isEmpty());
        }
    }
}
