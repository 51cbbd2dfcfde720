package net.sojourn.dns.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import net.sojourn.dns.transport.AnswerFilter.Fit;
import org.junit.jupiter.api.Test;

/** Real sockets on loopback. */
final class SocketTransportTest {

    private static final Duration LONG = Duration.ofSeconds(10);
    private static final byte[] QUERY = message(7, false, 1);

    private final SocketTransport transport = new SocketTransport();

    /** A wrong ID, a question, and what the filter skips do not end the wait for the true answer. */
    @Test
    void wrongDatagramsAreSkipped() throws Exception {
        byte[] truth = message(7, true, 2);
        try (DatagramSocket server =
                answering(message(8, true, 1), message(7, false, 1), new byte[] {0}, message(7, true, 9), truth)) {
            byte[] answer = transport.exchange(
                    QUERY, Target.udp(at(server)), LONG, octets -> octets[11] == 9 ? Fit.SKIP : Fit.TAKE);
            assertArrayEquals(truth, answer);
        }
    }

    @Test
    void betterAnswerBeatsTheLastResort() throws Exception {
        AnswerFilter filter = octets -> octets[11] == 1 ? Fit.LAST_RESORT : Fit.TAKE;
        try (DatagramSocket server = answering(message(7, true, 1), message(7, true, 2))) {
            assertEquals(2, transport.exchange(QUERY, Target.udp(at(server)), LONG, filter)[11]);
        }
        try (DatagramSocket server = answering(message(7, true, 1))) {
            assertEquals(1, transport.exchange(QUERY, Target.udp(at(server)), LONG, filter)[11]);
        }
    }

    @Test
    void silenceAndClosedPortsAreSaidInWords() throws Exception {
        InetSocketAddress silent;
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            silent = at(server);
            assertThrows(
                    SocketTimeoutException.class,
                    () -> transport.exchange(QUERY, Target.udp(at(server)), Duration.ofMillis(50), AnswerFilter.ANY));
        }
        for (Protocol protocol : Protocol.values()) {
            Target target = new Target(silent, protocol, Optional.empty());
            ConnectException e = assertThrows(
                    ConnectException.class, () -> transport.exchange(QUERY, target, LONG, AnswerFilter.ANY));
            assertTrue(String.valueOf(e.getMessage()).contains("nobody listens"), e.getMessage());
        }
    }

    @Test
    void tcpAnswerInPieces() throws Exception {
        byte[] truth = message(7, true, 2);
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> served = CompletableFuture.runAsync(() -> serveInPieces(server, truth));
            Target target = new Target(
                    new InetSocketAddress(server.getInetAddress(), server.getLocalPort()),
                    Protocol.TCP,
                    Optional.of(InetAddress.getLoopbackAddress()));
            assertArrayEquals(truth, transport.exchange(QUERY, target, LONG, AnswerFilter.ANY));
            served.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void interruptEndsTheWait() throws Exception {
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            CompletableFuture<byte[]> result = new CompletableFuture<>();
            Thread waiting = new Thread(() -> {
                try {
                    result.complete(transport.exchange(QUERY, Target.udp(at(server)), LONG, AnswerFilter.ANY));
                } catch (IOException e) {
                    result.completeExceptionally(e);
                }
            });
            waiting.start();
            server.receive(new DatagramPacket(new byte[64], 64));
            waiting.interrupt();
            ExecutionException e = assertThrows(ExecutionException.class, () -> result.get(5, TimeUnit.SECONDS));
            assertInstanceOf(InterruptedIOException.class, e.getCause());
        }
    }

    private static void serveInPieces(ServerSocket server, byte[] truth) {
        try (Socket connection = server.accept()) {
            connection.setTcpNoDelay(true);
            DataInputStream in = new DataInputStream(connection.getInputStream());
            in.readFully(new byte[in.readUnsignedShort()]);
            connection.getOutputStream().write(new byte[] {0});
            connection.getOutputStream().write(new byte[] {(byte) truth.length, truth[0]});
            connection.getOutputStream().write(truth, 1, truth.length - 1);
            assertEquals(-1, in.read(), "the connection is not kept");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static DatagramSocket answering(byte[]... answers) throws IOException {
        DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(() -> {
            try {
                DatagramPacket question = new DatagramPacket(new byte[512], 512);
                server.receive(question);
                for (byte[] answer : answers) {
                    server.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
                }
            } catch (IOException e) {
                server.close();
            }
        });
        thread.setDaemon(true);
        thread.start();
        return server;
    }

    private static byte[] message(int id, boolean answer, int mark) {
        byte[] octets = new byte[12];
        octets[1] = (byte) id;
        octets[2] = (byte) (answer ? 0x80 : 0);
        octets[11] = (byte) mark;
        return octets;
    }

    private static InetSocketAddress at(DatagramSocket server) {
        return new InetSocketAddress(server.getLocalAddress(), server.getLocalPort());
    }
}
