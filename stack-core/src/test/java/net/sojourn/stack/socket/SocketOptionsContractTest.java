package net.sojourn.stack.socket;

import static net.sojourn.stack.socket.Outcome.assertThrown;
import static net.sojourn.stack.socket.Outcome.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.socket.Sockets.Bed;
import net.sojourn.stack.socket.Sockets.Pair;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Options, binding and urgent data, with the JDK's sockets and with ours. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class SocketOptionsContractTest {

    // ---- options

    @ParameterizedTest
    @EnumSource
    void defaults(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Socket socket = bed.socket();
                ServerSocket server = bed.serverSocket()) {
            assertFalse(socket.getTcpNoDelay());
            assertFalse(socket.getKeepAlive());
            assertFalse(socket.getReuseAddress());
            assertFalse(socket.getOOBInline());
            assertEquals(-1, socket.getSoLinger());
            assertEquals(0, socket.getSoTimeout());
            assertEquals(0, socket.getTrafficClass());
            assertEquals(7200, socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE));
            assertEquals(75, socket.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL));
            assertEquals(9, socket.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT));
            assertTrue(server.getReuseAddress());
            assertEquals(0, server.getSoTimeout());
        }
    }

    /** Before there is a connection and while there is one. */
    @ParameterizedTest
    @EnumSource
    void whatIsSetIsGot(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Socket fresh = bed.socket();
                Pair pair = bed.pair()) {
            for (Socket socket : Set.of(fresh, pair.client(), pair.server())) {
                socket.setTcpNoDelay(true);
                socket.setKeepAlive(true);
                socket.setSoLinger(true, 7);
                socket.setSoTimeout(1234);
                socket.setTrafficClass(0x28);
                socket.setReuseAddress(true);
                socket.setOOBInline(true);
                socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 100);
                socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 10);
                socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 3);
                assertTrue(socket.getTcpNoDelay() && socket.getKeepAlive());
                assertTrue(socket.getReuseAddress() && socket.getOOBInline());
                assertEquals(7, socket.getSoLinger());
                assertEquals(1234, socket.getSoTimeout());
                assertEquals(0x28, socket.getTrafficClass());
                assertEquals(100, socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE));
                assertEquals(10, socket.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL));
                assertEquals(3, socket.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT));
                assertEquals(true, socket.getOption(StandardSocketOptions.TCP_NODELAY));
                socket.setSoLinger(false, 0);
                assertEquals(-1, socket.getSoLinger());
                assertEquals(-1, socket.getOption(StandardSocketOptions.SO_LINGER));
                socket.setOption(StandardSocketOptions.SO_LINGER, -5);
                assertEquals(-1, socket.getSoLinger());
                socket.setOption(StandardSocketOptions.SO_LINGER, 70_000);
                assertEquals(65_535, socket.getSoLinger());
                socket.setSoLinger(false, 0);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void bufferSizesAreTaken(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair();
                ServerSocket listener = bed.serverSocket()) {
            pair.client().setReceiveBufferSize(64 << 10);
            pair.client().setSendBufferSize(96 << 10);
            listener.setReceiveBufferSize(32 << 10);
            // Linux says twice what it was told.
            assertTrue(pair.client().getReceiveBufferSize() >= 64 << 10);
            assertTrue(pair.client().getReceiveBufferSize() <= 128 << 10);
            assertTrue(pair.client().getSendBufferSize() >= 96 << 10);
            assertTrue(pair.client().getSendBufferSize() <= 192 << 10);
            assertTrue(listener.getReceiveBufferSize() >= 32 << 10);
            assertTrue(listener.getReceiveBufferSize() <= 64 << 10);
        }
    }

    @ParameterizedTest
    @EnumSource
    void valuesOutOfRangeAreRefused(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Socket socket = bed.socket()) {
            assertThrown(
                    IllegalArgumentException.class,
                    "Invalid send/receive buffer size",
                    () -> socket.setOption(StandardSocketOptions.SO_RCVBUF, -5));
            assertThrown(
                    IllegalArgumentException.class,
                    "Invalid IP_TOS value",
                    () -> socket.setOption(StandardSocketOptions.IP_TOS, 300));
            assertThrown(
                    IllegalArgumentException.class,
                    "Invalid value 'null'",
                    () -> socket.setOption(StandardSocketOptions.IP_TOS, null));
            assertThrown(
                    UnsupportedOperationException.class,
                    "'IP_MULTICAST_TTL' not supported",
                    () -> socket.getOption(StandardSocketOptions.IP_MULTICAST_TTL));
            assertThrown(IllegalArgumentException.class, "invalid receive size", () -> socket.setReceiveBufferSize(0));
        }
    }

    @ParameterizedTest
    @EnumSource
    void supportedOptionsCanBeSetAndGot(Sockets sockets) throws Exception {
        Set<SocketOption<?>> least = Set.of(
                StandardSocketOptions.SO_RCVBUF,
                StandardSocketOptions.SO_SNDBUF,
                StandardSocketOptions.SO_REUSEADDR,
                StandardSocketOptions.SO_KEEPALIVE,
                StandardSocketOptions.SO_LINGER,
                StandardSocketOptions.IP_TOS,
                StandardSocketOptions.TCP_NODELAY,
                ExtendedSocketOptions.TCP_KEEPIDLE,
                ExtendedSocketOptions.TCP_KEEPINTERVAL,
                ExtendedSocketOptions.TCP_KEEPCOUNT);
        try (Bed bed = sockets.open();
                Socket socket = bed.socket();
                ServerSocket listener = bed.serverSocket()) {
            assertTrue(socket.supportedOptions().containsAll(least));
            assertTrue(listener.supportedOptions()
                    .containsAll(Set.of(StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_REUSEADDR)));
            assertThrown(
                    UnsupportedOperationException.class,
                    "'TCP_NODELAY' not supported",
                    () -> listener.setOption(StandardSocketOptions.TCP_NODELAY, true));
            for (SocketOption<?> option : least) {
                assertNotEquals(null, socket.getOption(option), option::name);
            }
        }
    }

    // ---- binding

    @ParameterizedTest
    @EnumSource
    void bindChoosesAPortAndKeepsIt(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                ServerSocket listener = bed.listening();
                Socket socket = bed.socket()) {
            assertFalse(socket.isBound());
            assertEquals(-1, socket.getLocalPort());
            socket.bind(null);
            int port = socket.getLocalPort();
            assertTrue(port > 0 && socket.isBound());
            assertThrown(SocketException.class, "Already bound", () -> socket.bind(null));
            socket.connect(new InetSocketAddress(bed.server(), listener.getLocalPort()));
            assertEquals(port, socket.getLocalPort());
            try (Socket accepted = listener.accept()) {
                assertEquals(port, accepted.getPort());
                assertEquals(listener.getLocalPort(), accepted.getLocalPort());
                assertEquals(socket.getLocalAddress(), accepted.getInetAddress());
                assertEquals(bed.server(), accepted.getLocalAddress());
                assertEquals(socket.getRemoteSocketAddress(), accepted.getLocalSocketAddress());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void portInUseIsRefused(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                ServerSocket listener = bed.listening();
                ServerSocket second = bed.serverSocket()) {
            InetSocketAddress same = new InetSocketAddress(listener.getLocalPort());
            assertThrown(BindException.class, "Address already in use", () -> second.bind(same));
            listener.close();
            until("the port is free", () -> {
                try {
                    second.bind(same);
                    return true;
                } catch (BindException e) {
                    return false;
                }
            });
        }
    }

    /** SO_REUSEADDR, which a ServerSocket has by itself: a restarted server takes the port of its dying connections. */
    @ParameterizedTest
    @EnumSource
    void portOfDyingConnectionsCanBeListenedToAgain(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open()) {
            ServerSocket listener = bed.listening();
            Socket client = bed.socket();
            client.connect(new InetSocketAddress(bed.server(), listener.getLocalPort()));
            Socket accepted = listener.accept();
            // The server closes first, so that TIME-WAIT is on its side.
            accepted.close();
            client.close();
            listener.close();
            try (ServerSocket again = bed.serverSocket()) {
                again.bind(new InetSocketAddress(listener.getLocalPort()));
                assertEquals(listener.getLocalPort(), again.getLocalPort());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void foreignAddressCannotBeBound(Sockets sockets) throws Exception {
        InetSocketAddress foreign = new InetSocketAddress(InetAddress.getByName("192.0.2.77"), 0);
        try (Bed bed = sockets.open();
                Socket socket = bed.socket();
                ServerSocket listener = bed.serverSocket()) {
            assertThrown(BindException.class, "Cannot assign requested address", () -> socket.bind(foreign));
            assertThrown(BindException.class, "Cannot assign requested address", () -> listener.bind(foreign));
        }
    }

    @ParameterizedTest
    @EnumSource
    void unboundListenerDoesNotAccept(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                ServerSocket listener = bed.serverSocket()) {
            assertThrown(SocketException.class, "Socket is not bound yet", listener::accept);
            assertEquals(-1, listener.getLocalPort());
        }
    }

    // ---- urgent data

    @ParameterizedTest
    @EnumSource
    void urgentOctetIsLeftOutUnlessAskedFor(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            InputStream in = pair.server().getInputStream();
            pair.client().getOutputStream().write('a');
            until("the first", () -> in.available() == 1);
            pair.client().sendUrgentData('x');
            Thread.sleep(50);
            pair.client().getOutputStream().write('b');
            assertEquals("ab", new String(in.readNBytes(2), "US-ASCII"));
            assertEquals(0, in.available());
        }
    }

    @ParameterizedTest
    @EnumSource
    void urgentOctetStaysInTheStreamWhenAskedFor(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            pair.server().setOOBInline(true);
            InputStream in = pair.server().getInputStream();
            pair.client().getOutputStream().write('a');
            pair.client().sendUrgentData('x');
            pair.client().getOutputStream().write('b');
            assertEquals("axb", new String(in.readNBytes(3), "US-ASCII"));
        }
    }
}
