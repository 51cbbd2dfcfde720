package net.sojourn.stack.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.sojourn.stack.ConnectionEvents;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.socket.Outcome;
import net.sojourn.stack.socket.Sockets.StackBed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Connections used by events, without a thread that waits and without a copy. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class ReadinessTest {

    private static final int SMALL_BUFFER_BYTES = 64 * 1024;
    private static final long MANY_OCTETS = 5_000_000;

    private final StackBed bed = new StackBed(StackSettings.defaults().toBuilder()
            .timeWait(Duration.ofMillis(100))
            .sendBufferBytes(SMALL_BUFFER_BYTES)
            .receiveBufferBytes(SMALL_BUFFER_BYTES)
            .build());

    @AfterEach
    void closeBed() {
        bed.close();
    }

    private record Ends(TcpConnection client, TcpConnection server) {}

    private Ends ends() throws IOException {
        try (TcpListener listener = bed.server.listen(null, 0, 5)) {
            TcpConnection client = bed.client.connect(
                    new InetSocketAddress(bed.server(), listener.localAddress().getPort()), 5_000);
            return new Ends(client, listener.accept(5_000));
        }
    }

    private static byte octet(long i) {
        return (byte) (i * 31 + (i >> 9));
    }

    /** Sends as much as there is room for, each time it hears of room; never waits. */
    private static final class Source implements ConnectionEvents {

        private final TcpConnection connection;
        private final AtomicInteger refusals = new AtomicInteger();
        private long sent;

        Source(TcpConnection connection) {
            this.connection = connection;
        }

        @Override
        public void writable() {
            try {
                boolean room = true;
                while (room && sent < MANY_OCTETS) {
                    ByteBuf piece = PooledByteBufAllocator.DEFAULT.directBuffer(10_000);
                    for (int i = 0; i < 10_000; i++) {
                        piece.writeByte(octet(sent + i));
                    }
                    sent += 10_000;
                    room = connection.send(piece);
                }
                if (room) {
                    connection.close();
                } else {
                    refusals.incrementAndGet();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Takes what comes, without a copy, and looks at every octet. */
    private static final class Sink implements ConnectionEvents {

        private final TcpConnection connection;
        private final CompletableFuture<Long> received = new CompletableFuture<>();
        private long count;

        Sink(TcpConnection connection) {
            this.connection = connection;
        }

        @Override
        public void readable() {
            try {
                for (ByteBuf piece = connection.receive(9_999); piece != null; piece = connection.receive(9_999)) {
                    assertTrue(piece.isReadable() && piece.isReadOnly());
                    while (piece.isReadable()) {
                        assertEquals(octet(count++), piece.readByte());
                    }
                    piece.release();
                }
                if (connection.isAtEnd()) {
                    received.complete(count);
                    connection.close();
                }
            } catch (IOException | AssertionError e) {
                received.completeExceptionally(e);
            }
        }
    }

    @Test
    void millionsOfOctetsWithoutAThreadThatWaits() throws Exception {
        Ends ends = ends();
        Sink sink = new Sink(ends.server());
        Source source = new Source(ends.client());
        ends.server().events(sink);
        ends.client().events(source);
        bed.client.onLoop(now -> {
            source.writable();
            return true;
        });
        assertEquals(MANY_OCTETS, sink.received.get(30, TimeUnit.SECONDS));
        assertTrue(source.refusals.get() > 10, "never had to wait for room");
    }

    @Test
    void eventsTellOfEachTurnOfAConnection() throws Exception {
        try (TcpListener listener = bed.server.listen(null, 0, 5)) {
            CompletableFuture<Boolean> arrived = new CompletableFuture<>();
            listener.arrivals(() -> arrived.complete(true));
            CompletableFuture<Boolean> established = new CompletableFuture<>();
            CompletableFuture<ConnectionFailure> ended = new CompletableFuture<>();
            InetSocketAddress address =
                    new InetSocketAddress(bed.server(), listener.localAddress().getPort());
            TcpConnection client = bed.client.open(
                    address,
                    null,
                    made -> made.events(new ConnectionEvents() {
                        @Override
                        public void established() {
                            established.complete(true);
                        }

                        @Override
                        public void ended(ConnectionFailure failure) {
                            ended.complete(failure);
                        }
                    }));
            assertTrue(established.get(5, TimeUnit.SECONDS));
            assertTrue(client.finishOpening());
            arrived.get(5, TimeUnit.SECONDS);
            TcpConnection server = listener.tryAccept();
            assertNotNull(server);
            assertNull(listener.tryAccept());
            server.abort();
            assertEquals(ConnectionFailure.RESET, ended.get(5, TimeUnit.SECONDS));
            CompletableFuture<ConnectionFailure> again = new CompletableFuture<>();
            client.events(new ConnectionEvents() {
                @Override
                public void ended(ConnectionFailure failure) {
                    again.complete(failure);
                }
            });
            assertEquals(ConnectionFailure.RESET, again.get(5, TimeUnit.SECONDS));
            client.close();
        }
    }

    /** Whoever has taken octets keeps them, whatever becomes of the connection. */
    @Test
    void receivedOctetsOutliveTheConnection() throws Exception {
        Ends ends = ends();
        ends.client().tryWrite(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}));
        Outcome.until("text", ends.server()::isReadable);
        ByteBuf two = ends.server().receive(2);
        assertNotNull(two);
        ends.server().abort();
        bed.close();
        assertEquals(2, two.readableBytes());
        assertEquals(1, two.readByte());
        assertEquals(2, two.readByte());
        assertThrows(RuntimeException.class, () -> two.setByte(0, 9));
        assertTrue(two.release());
    }

    /** The connection owns what it is given, also when it cannot send it. */
    @Test
    void octetsForAClosedConnectionAreReleased() throws Exception {
        Ends ends = ends();
        ends.client().close();
        ByteBuf large = Unpooled.directBuffer().writeZero(5_000);
        ByteBuf small = Unpooled.directBuffer().writeZero(5);
        assertThrows(SocketException.class, () -> ends.client().send(large));
        assertThrows(SocketException.class, () -> ends.client().send(small));
        assertEquals(0, large.refCnt());
        assertEquals(0, small.refCnt());
        ends.server().close();
    }

    /** What is sent but never acknowledged is released when the connection dies. */
    @Test
    void unacknowledgedOctetsAreReleasedWithTheConnection() throws Exception {
        Ends ends = ends();
        ByteBuf octets = Unpooled.directBuffer().writeZero(200_000);
        assertFalse(ends.client().send(octets));
        assertFalse(ends.client().isWritable());
        assertEquals(0, ends.client().tryWrite(ByteBuffer.allocate(10)));
        assertEquals(1, octets.refCnt());
        ends.client().abort();
        Outcome.until("released", () -> octets.refCnt() == 0);
        assertThrows(SocketException.class, () -> ends.client().tryRead(ByteBuffer.allocate(1)));
        ends.server().close();
    }
}
