package net.sojourn.stack.freeze;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.socket.Cable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link NetworkStack#freeze} as a program sees it, in real time. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class FrozenStackTest {

    private static final IpAddress CLIENT = IpAddress.parse("10.0.0.1");
    private static final IpAddress SERVER = IpAddress.parse("10.0.0.2");
    private static final String FROZEN = ConnectionFailure.FROZEN.message();

    private final Cable cable = new Cable();
    private final NetworkStack client =
            NetworkStack.builder(cable.left()).address(CLIENT).start();

    private NetworkStack server() {
        return NetworkStack.builder(cable.right()).address(SERVER).start();
    }

    private NetworkStack serverFrom(byte[] state) throws FrozenStateException {
        return NetworkStack.builder(cable.replugRight()).address(SERVER).startFrom(state, Duration.ofMillis(1));
    }

    private TcpConnection connect(NetworkStack server, TcpListener listener) throws IOException {
        client.connect(new InetSocketAddress(SERVER.toInetAddress(), 80), 5000);
        assertFalse(server.connections().isEmpty());
        return listener.accept(5000);
    }

    private static <T> FutureTask<T> meanwhile(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    /** Threads that wait are told, and how far each came is exact: a transfer goes on where it was. */
    @Test
    void aTransferGoesOnInTheNextLife() throws Exception {
        byte[] text = new byte[3_000_000];
        new Random(1).nextBytes(text);
        NetworkStack first = server();
        TcpListener listener = first.listen(null, 80, 5);
        TcpConnection here = client.connect(new InetSocketAddress(SERVER.toInetAddress(), 80), 5000);
        TcpConnection there = listener.accept(5000);
        FutureTask<byte[]> digest = meanwhile(() -> digest(here));
        FutureTask<Void> writer = meanwhile(() -> {
            there.write(text, 0, text.length);
            return null;
        });
        FutureTask<Integer> reader = meanwhile(() -> there.read(new byte[10], 0, 10));
        Thread.sleep(20);

        byte[] state = first.freeze();

        assertFrozen(assertThrows(ExecutionException.class, reader::get));
        try {
            writer.get();
            assertEquals(text.length, there.octetsWritten());
        } catch (ExecutionException e) {
            assertFrozen(e);
        }
        assertSame(ConnectionFailure.FROZEN, there.failure());
        assertThrows(SocketException.class, () -> there.write(text, 0, 1));
        there.abort();
        int done = (int) there.octetsWritten();

        try (NetworkStack second = serverFrom(state)) {
            TcpConnection again = second.thawed().get(0);
            assertEquals(there.id(), again.id());
            assertEquals(here.localAddress(), again.remoteAddress());
            assertEquals(done, again.octetsWritten());
            again.write(text, done, text.length - done);
            again.shutdownOutput();
            assertArrayEquals(MessageDigest.getInstance("SHA-256").digest(text), digest.get());
            here.close();
            again.close();
        }
        client.close();
    }

    private static void assertFrozen(ExecutionException e) {
        assertEquals("java.net.SocketException: " + FROZEN, String.valueOf(e.getCause()));
    }

    private static byte[] digest(TcpConnection from) throws IOException, NoSuchAlgorithmException {
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        byte[] chunk = new byte[16_384];
        for (int n = from.read(chunk, 0, chunk.length); n >= 0; n = from.read(chunk, 0, chunk.length)) {
            sha.update(chunk, 0, n);
        }
        return sha.digest();
    }

    /** What has arrived and was not read is read in the next life, behind what was read before. */
    @Test
    void unreadTextIsKept() throws Exception {
        NetworkStack first = server();
        TcpListener listener = first.listen(null, 80, 5);
        TcpConnection here = client.connect(new InetSocketAddress(SERVER.toInetAddress(), 80), 5000);
        TcpConnection there = listener.accept(5000);
        here.write(new byte[] {1, 2, 3, 4, 5}, 0, 5);
        here.shutdownOutput();
        while (there.available() < 5) {
            Thread.sleep(1);
        }
        assertEquals(2, there.read(new byte[2], 0, 2));
        byte[] state = first.freeze();
        assertEquals(2, there.octetsRead());
        try (NetworkStack second = serverFrom(state)) {
            TcpConnection again = second.thawed().get(0);
            assertEquals(2, again.octetsRead());
            byte[] rest = new byte[5];
            assertEquals(3, again.read(rest, 0, 5));
            assertArrayEquals(new byte[] {3, 4, 5, 0, 0}, rest);
            assertEquals(-1, again.read(rest, 0, 5));
            again.close();
            assertEquals(-1, here.read(rest, 0, 5));
        }
        client.close();
    }

    /** What its application had closed goes out and ends without anybody. */
    @Test
    void aClosedConnectionFinishesByItself() throws Exception {
        NetworkStack first = server();
        TcpListener listener = first.listen(null, 80, 5);
        TcpConnection here = client.connect(new InetSocketAddress(SERVER.toInetAddress(), 80), 5000);
        TcpConnection there = listener.accept(5000);
        there.write(new byte[200_000], 0, 200_000);
        there.close();
        byte[] state = first.freeze();
        try (NetworkStack second = serverFrom(state)) {
            assertTrue(second.thawed().isEmpty());
            byte[] expected = MessageDigest.getInstance("SHA-256").digest(new byte[200_000]);
            assertArrayEquals(expected, digest(here));
            here.close();
        }
        client.close();
    }

    /** Nobody has accepted it yet: it is there all the same. */
    @Test
    void aConnectionThatWaitsToBeAcceptedIsKept() throws Exception {
        NetworkStack first = server();
        first.listen(null, 80, 5);
        client.connect(new InetSocketAddress(SERVER.toInetAddress(), 80), 5000);
        while (first.connections().stream().noneMatch(info -> info.state() == TcpState.ESTABLISHED)) {
            Thread.sleep(1);
        }
        byte[] state = first.freeze();
        assertThrows(SocketException.class, first::freeze);
        first.close();
        try (NetworkStack second = serverFrom(state)) {
            assertEquals(80, second.thawed().get(0).localAddress().getPort());
        }
        client.close();
    }

    /** A state that cannot be read leaves the port to the caller, who starts without it. */
    @Test
    void startWithoutWhatCannotBeRead() throws Exception {
        NetworkStack.Builder builder = NetworkStack.builder(cable.right()).address(SERVER);
        assertThrows(FrozenStateException.class, () -> builder.startFrom(new byte[] {1, 2, 3}, Duration.ZERO));
        try (NetworkStack second = builder.start()) {
            assertTrue(second.thawed().isEmpty());
            TcpListener listener = second.listen(null, 80, 5);
            TcpConnection there = connect(second, listener);
            there.close();
        }
        client.close();
    }
}
