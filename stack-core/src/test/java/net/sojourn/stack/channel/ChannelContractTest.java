package net.sojourn.stack.channel;

import static net.sojourn.stack.socket.Outcome.assertThrown;
import static net.sojourn.stack.socket.Outcome.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.socket.Outcome.Waiting;
import net.sojourn.stack.socket.Sockets;
import net.sojourn.stack.socket.Sockets.Bed;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** SocketChannel and ServerSocketChannel, blocking and not, with the JDK's channels and with ours. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class ChannelContractTest {

    /** A connection by both its ends, in blocking mode. */
    private record Ends(SocketChannel client, SocketChannel server) implements AutoCloseable {

        static Ends of(Bed bed) throws IOException {
            try (ServerSocketChannel listener =
                    bed.serverChannels().openServerSocketChannel().bind(null)) {
                SocketChannel client = bed.clientChannels().openSocketChannel();
                assertTrue(client.connect(addressOf(bed, listener)));
                return new Ends(client, listener.accept());
            }
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    private static InetSocketAddress addressOf(Bed bed, ServerSocketChannel listener) throws IOException {
        return new InetSocketAddress(bed.server(), ((InetSocketAddress) listener.getLocalAddress()).getPort());
    }

    private static ByteBuffer octets(int count) {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        for (int i = 0; i < count; i++) {
            buffer.put((byte) (i * 13));
        }
        return buffer.flip();
    }

    // ---- blocking mode

    @ParameterizedTest
    @EnumSource
    void writesAndReadsInPieces(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Ends ends = Ends.of(bed)) {
            ByteBuffer[] parts = {octets(3), octets(0), octets(100_000)};
            assertEquals(100_003, ends.client().write(parts));
            ByteBuffer head = ByteBuffer.allocate(3);
            ByteBuffer rest = ByteBuffer.allocateDirect(100_000);
            ByteBuffer[] targets = {head, rest};
            while (rest.hasRemaining()) {
                assertTrue(ends.server().read(targets) > 0);
            }
            assertEquals(octets(3), head.flip());
            assertEquals(octets(100_000), rest.flip());
            assertEquals(0, ends.server().read(ByteBuffer.allocate(0)));
            ends.client().shutdownOutput();
            assertEquals(-1, ends.server().read(ByteBuffer.allocate(10)));
            // The JDK's says that the close came meanwhile.
            assertThrows(ClosedChannelException.class, () -> ends.client().write(octets(1)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeByAnotherThreadEndsAReadAndAnAccept(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Ends ends = Ends.of(bed);
                ServerSocketChannel listener =
                        bed.serverChannels().openServerSocketChannel().bind(null)) {
            Waiting<Integer> read = new Waiting<>(() -> ends.client().read(ByteBuffer.allocate(1))).assertWaits();
            ends.client().close();
            assertThrown(AsynchronousCloseException.class, read::value);
            assertThrown(ClosedChannelException.class, () -> ends.client().read(ByteBuffer.allocate(1)));
            Waiting<SocketChannel> accept = new Waiting<>(listener::accept).assertWaits();
            listener.close();
            assertThrown(AsynchronousCloseException.class, accept::value);
        }
    }

    @ParameterizedTest
    @EnumSource
    void interruptClosesTheChannel(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Ends ends = Ends.of(bed)) {
            Waiting<Integer> read = new Waiting<>(() -> ends.client().read(ByteBuffer.allocate(1))).assertWaits();
            read.thread().interrupt();
            assertThrown(ClosedByInterruptException.class, read::value);
            assertFalse(ends.client().isOpen());
            assertEquals(-1, ends.server().read(ByteBuffer.allocate(1)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void resetIsTold(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Ends ends = Ends.of(bed)) {
            ends.client().setOption(StandardSocketOptions.SO_LINGER, 0);
            ends.client().close();
            assertThrown(SocketException.class, "Connection reset", () -> ends.server()
                    .read(ByteBuffer.allocate(1)));
        }
    }

    // ---- state

    @ParameterizedTest
    @EnumSource
    void callsAtTheWrongTimeAreRefused(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Ends ends = Ends.of(bed);
                SocketChannel fresh = bed.clientChannels().openSocketChannel();
                ServerSocketChannel unbound = bed.serverChannels().openServerSocketChannel()) {
            assertThrown(NotYetConnectedException.class, () -> fresh.read(ByteBuffer.allocate(1)));
            assertThrown(NotYetConnectedException.class, () -> fresh.write(octets(1)));
            assertThrown(NoConnectionPendingException.class, fresh::finishConnect);
            assertThrown(NotYetBoundException.class, unbound::accept);
            assertThrown(AlreadyConnectedException.class, () -> ends.client()
                    .connect(ends.client().getRemoteAddress()));
            assertThrown(AlreadyBoundException.class, () -> ends.client().bind(null));
            assertNull(fresh.getRemoteAddress());
            assertNull(fresh.getLocalAddress());
            assertNull(unbound.getLocalAddress());
            fresh.bind(null);
            assertTrue(((InetSocketAddress) fresh.getLocalAddress()).getPort() > 0);
            assertTrue(fresh.socket().isBound());
            fresh.close();
            assertThrown(ClosedChannelException.class, fresh::getLocalAddress);
            assertThrown(ClosedChannelException.class, () -> fresh.setOption(StandardSocketOptions.TCP_NODELAY, true));
        }
    }

    @ParameterizedTest
    @EnumSource
    void socketViewsShowTheChannel(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Ends ends = Ends.of(bed)) {
            var socket = ends.client().socket();
            assertTrue(socket.isConnected() && socket.isBound() && !socket.isClosed());
            assertEquals(ends.client().getRemoteAddress(), socket.getRemoteSocketAddress());
            assertEquals(ends.client().getLocalAddress(), socket.getLocalSocketAddress());
            assertEquals(ends.client(), socket.getChannel());
            socket.setTcpNoDelay(true);
            socket.setSoLinger(true, 3);
            assertTrue(ends.client().getOption(StandardSocketOptions.TCP_NODELAY));
            assertEquals(3, ends.client().getOption(StandardSocketOptions.SO_LINGER));
            socket.setSoLinger(false, 0);
            ends.server().write(octets(5));
            assertEquals(5, socket.getInputStream().readNBytes(5).length);
            socket.shutdownOutput();
            assertTrue(socket.isOutputShutdown());
            socket.close();
            assertFalse(ends.client().isOpen());
        }
    }

    // ---- non-blocking mode

    @ParameterizedTest
    @EnumSource
    void nothingThereIsZero(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Ends ends = Ends.of(bed);
                ServerSocketChannel listener =
                        bed.serverChannels().openServerSocketChannel().bind(null)) {
            listener.configureBlocking(false);
            ends.server().configureBlocking(false);
            ends.client().configureBlocking(false);
            assertNull(listener.accept());
            assertEquals(0, ends.server().read(ByteBuffer.allocate(1)));
            long written = 0;
            for (int n = 1; n > 0; written += n) {
                n = ends.client().write(octets(1 << 20));
            }
            ByteBuffer target = ByteBuffer.allocate(1 << 16);
            long read = 0;
            while (read < written) {
                int n = ends.server().read(target.clear());
                assertTrue(n >= 0);
                read += n;
            }
            assertEquals(written, read);
            ends.client().close();
            until("the end", () -> ends.server().read(target.clear()) == -1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void connectGoesOnInTheBackground(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                ServerSocketChannel listener =
                        bed.serverChannels().openServerSocketChannel().bind(null);
                SocketChannel client = bed.clientChannels().openSocketChannel()) {
            client.configureBlocking(false);
            if (!client.connect(addressOf(bed, listener))) {
                assertTrue(client.isConnectionPending());
                assertThrown(ConnectionPendingException.class, () -> client.connect(addressOf(bed, listener)));
                until("connected", client::finishConnect);
            }
            assertTrue(client.isConnected() && !client.isConnectionPending());
            assertNotNull(listener.accept());
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusalIsToldWhenTheConnectIsFinished(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                SocketChannel client = bed.clientChannels().openSocketChannel()) {
            InetSocketAddress nobody;
            try (ServerSocketChannel listener =
                    bed.serverChannels().openServerSocketChannel().bind(null)) {
                nobody = addressOf(bed, listener);
            }
            client.configureBlocking(false);
            assertThrown(ConnectException.class, "Connection refused", () -> {
                client.connect(nobody);
                until("connected", client::finishConnect);
            });
            assertFalse(client.isOpen());
        }
    }
}
