package net.sojourn.stack.socket;

import static net.sojourn.stack.socket.Outcome.assertThrown;
import static net.sojourn.stack.socket.Outcome.until;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.socket.Sockets.Bed;
import net.sojourn.stack.socket.Sockets.Pair;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Closing, resetting, shutting halves: what a Java developer sees of it, with the JDK's sockets and with ours. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class SocketEndingsContractTest {

    // ---- no connection yet

    @ParameterizedTest
    @EnumSource
    void unconnectedSocketHasNoStreams(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Socket socket = bed.socket()) {
            assertThrown(SocketException.class, "Socket is not connected", socket::getInputStream);
            assertThrown(SocketException.class, "Socket is not connected", socket::getOutputStream);
            assertThrown(SocketException.class, "Socket is not connected", socket::shutdownInput);
            assertThrown(SocketException.class, "Socket is not connected", socket::shutdownOutput);
        }
    }

    @ParameterizedTest
    @EnumSource
    void portWithoutListenerRefuses(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open()) {
            int port;
            try (ServerSocket listener = bed.listening()) {
                port = listener.getLocalPort();
            }
            Socket socket = bed.socket();
            assertThrown(
                    ConnectException.class,
                    "Connection refused",
                    () -> socket.connect(new InetSocketAddress(bed.server(), port)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void unresolvedNameIsUnknown(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open()) {
            assertThrown(UnknownHostException.class, "no.such.invalid", () -> bed.socket()
                    .connect(InetSocketAddress.createUnresolved("no.such.invalid", 80)));
        }
    }

    // ---- reset

    /** Text that came before the reset is still given; then the reset, as often as one asks. */
    @ParameterizedTest
    @EnumSource
    void readAfterResetGivesTheTextFirst(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            InputStream in = pair.server().getInputStream();
            pair.client().getOutputStream().write(new byte[10]);
            until("the text is there", () -> in.available() == 10);
            reset(pair.client());
            Thread.sleep(100);
            assertEquals(10, in.available());
            assertEquals(10, in.read(new byte[100]));
            assertThrown(SocketException.class, "Connection reset", () -> in.read(new byte[100]));
            assertThrown(SocketException.class, "Connection reset", in::read);
            assertEquals(0, in.available());
            assertThrown(SocketException.class, "Broken pipe", () -> pair.server()
                    .getOutputStream()
                    .write(1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void writeAfterResetTellsOfItOnceThenOfABrokenPipe(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            OutputStream out = pair.server().getOutputStream();
            reset(pair.client());
            Thread.sleep(100);
            assertThrown(SocketException.class, "Connection reset by peer", () -> out.write(1));
            assertThrown(SocketException.class, "Broken pipe", () -> out.write(1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void resetEndsAWaitingRead(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            var read =
                    new Outcome.Waiting<>(() -> pair.server().getInputStream().read()).assertWaits();
            reset(pair.client());
            assertThrown(SocketException.class, "Connection reset", read::value);
        }
    }

    private static void reset(Socket socket) throws Exception {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** RFC 1122 4.2.2.13: text that nobody has read turns the close into a reset. */
    @ParameterizedTest
    @EnumSource
    void closeWithUnreadTextResets(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            pair.client().getOutputStream().write(1);
            until("the text is there", () -> pair.server().getInputStream().available() == 1);
            pair.server().close();
            until("an error", () -> {
                try {
                    pair.client().getOutputStream().write(1);
                    return false;
                } catch (SocketException e) {
                    return true;
                }
            });
        }
    }

    // ---- the peer has closed

    @ParameterizedTest
    @EnumSource
    void writeToAClosedPeerBreaksThePipe(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            OutputStream out = pair.server().getOutputStream();
            InputStream in = pair.server().getInputStream();
            pair.client().close();
            assertEquals(-1, in.read());
            out.write(1);
            Thread.sleep(100);
            assertThrown(SocketException.class, "Broken pipe", () -> out.write(1));
            assertThrown(SocketException.class, "Broken pipe", () -> out.write(1));
            assertEquals(-1, in.read());
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeAfterWriteLosesNothing(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            byte[] octets = new byte[300_000];
            for (int i = 0; i < octets.length; i++) {
                octets[i] = (byte) (i * 7);
            }
            pair.client().getOutputStream().write(octets);
            pair.client().close();
            assertArrayEquals(octets, pair.server().getInputStream().readAllBytes());
        }
    }

    // ---- halves

    @ParameterizedTest
    @EnumSource
    void shutdownOutputEndsTheOtherReadAndLeavesTheOtherDirection(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            OutputStream out = pair.client().getOutputStream();
            out.write(7);
            pair.client().shutdownOutput();
            assertEquals(7, pair.server().getInputStream().read());
            assertEquals(-1, pair.server().getInputStream().read());
            pair.server().getOutputStream().write(8);
            assertEquals(8, pair.client().getInputStream().read());
            assertThrown(SocketException.class, "Broken pipe", () -> out.write(1));
            assertThrown(SocketException.class, "Socket output is shutdown", pair.client()::getOutputStream);
            assertThrown(SocketException.class, "Socket output is already shutdown", pair.client()::shutdownOutput);
            assertTrue(pair.client().isOutputShutdown());
            assertFalse(pair.client().isInputShutdown());
        }
    }

    @ParameterizedTest
    @EnumSource
    void shutdownInputEndsReadsHere(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            InputStream in = pair.client().getInputStream();
            var read = new Outcome.Waiting<>(in::read).assertWaits();
            pair.client().shutdownInput();
            assertEquals(-1, read.value());
            assertEquals(-1, in.read());
            assertEquals(0, in.available());
            assertThrown(SocketException.class, "Socket input is shutdown", pair.client()::getInputStream);
            pair.client().getOutputStream().write(9);
            assertEquals(9, pair.server().getInputStream().read());
        }
    }

    // ---- closed here

    @ParameterizedTest
    @EnumSource
    void closedSocketSaysSo(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            Socket socket = pair.client();
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            int localPort = socket.getLocalPort();
            int port = socket.getPort();
            InetAddress peer = socket.getInetAddress();
            socket.close();
            socket.close();
            assertThrown(SocketException.class, "Socket closed", in::read);
            assertThrown(SocketException.class, "Socket closed", in::available);
            assertThrown(SocketException.class, "Socket closed", () -> out.write(1));
            assertEquals(0, in.read(new byte[0]));
            out.write(new byte[0]);
            assertThrown(SocketException.class, "Socket is closed", socket::getInputStream);
            assertThrown(SocketException.class, "Socket is closed", socket::getTcpNoDelay);
            assertThrown(SocketException.class, "Socket is closed", () -> socket.setSoTimeout(1));
            assertTrue(socket.isConnected() && socket.isBound() && socket.isClosed());
            assertEquals(localPort, socket.getLocalPort());
            assertEquals(port, socket.getPort());
            assertEquals(peer, socket.getInetAddress());
            assertTrue(socket.getLocalAddress().isAnyLocalAddress());
        }
    }

    /** The end that was seen once stays the end, even when the socket is closed. */
    @ParameterizedTest
    @EnumSource
    void endOfStreamIsRemembered(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            InputStream in = pair.client().getInputStream();
            pair.server().close();
            assertEquals(-1, in.read());
            pair.client().close();
            assertEquals(-1, in.read());
        }
    }

    @ParameterizedTest
    @EnumSource
    void closingAStreamClosesTheSocket(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            pair.client().getInputStream().close();
            assertTrue(pair.client().isClosed());
            pair.server().getOutputStream().close();
            assertTrue(pair.server().isClosed());
        }
    }

    // ---- SO_LINGER

    /** The close returns when everything has arrived, long before the time is up. */
    @ParameterizedTest
    @EnumSource
    void lingeringCloseWaitsForTheLastAcknowledgement(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            pair.client().setSoLinger(true, 30);
            pair.client().getOutputStream().write(new byte[200_000]);
            var arrived =
                    new Outcome.Waiting<>(() -> pair.server().getInputStream().readAllBytes().length);
            long start = System.nanoTime();
            pair.client().close();
            assertTrue((System.nanoTime() - start) / 1e9 < 10);
            assertEquals(200_000, arrived.value());
        }
    }

    /** A peer that does not read keeps the close waiting for as long as was asked, and no longer. */
    @ParameterizedTest
    @EnumSource
    void lingeringCloseWaitsNoLongerThanAsked(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                ServerSocket listener = bed.serverSocket();
                Socket client = bed.socket()) {
            listener.setReceiveBufferSize(4096);
            listener.bind(null);
            client.setSendBufferSize(512 << 10);
            client.connect(new InetSocketAddress(bed.server(), listener.getLocalPort()));
            Socket server = listener.accept();
            client.getOutputStream().write(new byte[300_000]);
            client.setSoLinger(true, 1);
            long start = System.nanoTime();
            client.close();
            double seconds = (System.nanoTime() - start) / 1e9;
            assertTrue(seconds > 0.8 && seconds < 5, () -> "closed after " + seconds + " s");
            reset(server);
        }
    }
}
