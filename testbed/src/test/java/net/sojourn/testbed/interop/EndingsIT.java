package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.machine.Counter;
import net.sojourn.testbed.interop.InteropBed.Pair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every way in which a connection with the kernel ends, or does not begin, and what the application hears of it. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class EndingsIT {

    private static final String RESET = "Connection reset";
    private static final int CONNECT_TIMEOUT_MILLIS = 300;
    private static final byte[] WORDS = Octets.few(1, 1000);

    private InteropBed bed;

    @BeforeEach
    void makeBed() throws IOException {
        bed = InteropBed.sameHost(InteropBed.TUN, InteropBed.settings());
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        try (InteropBed ending = bed) {
            ending.assertNothingLeft();
        }
    }

    // ---- half close

    @ParameterizedTest
    @EnumSource
    void kernelAnswersAfterTheStackHasShutItsDirection(Family family) throws IOException {
        try (Pair pair = bed.active(family)) {
            Delivery.run(pair.stack(), pair.kernel(), 1 << 20);
            Waiting.until("FIN-WAIT-2", () -> stateIs(TcpState.FIN_WAIT_2), bed::describe);
            Delivery.run(pair.kernel(), pair.stack(), 1 << 20);
        }
    }

    @ParameterizedTest
    @EnumSource
    void stackAnswersAfterTheKernelHasShutItsDirection(Family family) throws IOException {
        try (Pair pair = bed.passive(family)) {
            Delivery.run(pair.kernel(), pair.stack(), 1 << 20);
            assertTrue(stateIs(TcpState.CLOSE_WAIT), bed::describe);
            Delivery.run(pair.stack(), pair.kernel(), 1 << 20);
        }
    }

    private boolean stateIs(TcpState state) throws IOException {
        return bed.stack().connections().stream().allMatch(info -> info.state() == state);
    }

    // ---- resets

    @ParameterizedTest
    @EnumSource
    void kernelsResetEndsTheStacksReadAndWrite(Family family) throws IOException {
        try (Pair pair = bed.active(family)) {
            CompletableFuture<Integer> blocked = Delivery.inBackground(
                    "reader", () -> pair.stack().getInputStream().read());
            resets(pair.kernel());
            assertReset(() -> join(blocked));
            assertThrows(
                    SocketException.class, () -> pair.stack().getOutputStream().write(1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void stacksResetEndsTheKernelsReadAndWrite(Family family) throws IOException {
        try (Pair pair = bed.passive(family)) {
            CompletableFuture<Integer> blocked = Delivery.inBackground(
                    "reader", () -> pair.kernel().getInputStream().read());
            resets(pair.stack());
            assertReset(() -> join(blocked));
            assertThrows(
                    SocketException.class, () -> pair.kernel().getOutputStream().write(1));
        }
    }

    /** Closes with a reset, as SO_LINGER 0 asks for. */
    private static void resets(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** RFC 1122 4.2.2.13. */
    @Test
    void unreadTextAtTheStacksCloseResetsTheKernel() throws IOException {
        try (Pair pair = bed.active(Family.IPV4)) {
            pair.kernel().getOutputStream().write(WORDS);
            Waiting.until(
                    "the text is here", () -> pair.stack().getInputStream().available() == WORDS.length, bed::describe);
            pair.stack().close();
            assertReset(() -> pair.kernel().getInputStream().read());
        }
    }

    @Test
    void unreadTextAtTheKernelsCloseResetsTheStack() throws IOException {
        try (Pair pair = bed.passive(Family.IPV4)) {
            pair.stack().getOutputStream().write(WORDS);
            Waiting.until(
                    "the text is there",
                    () -> pair.kernel().getInputStream().available() == WORDS.length,
                    bed::describe);
            // Java shuts the socket's output first, so that a FIN comes just before the reset.
            pair.kernel().close();
            Waiting.until("the reset", () -> bed.stack().connections().isEmpty(), bed::describe);
            assertEquals(1, bed.stack().count(Counter.ESTABLISHED_RESETS));
            assertThrows(
                    SocketException.class, () -> pair.stack().getOutputStream().write(1));
        }
    }

    /** Text that comes when the application has closed finds nobody (RFC 9293 3.6.1). */
    @Test
    void textAfterTheStacksCloseResetsTheKernel() throws IOException {
        try (Pair pair = bed.active(Family.IPV4)) {
            pair.stack().close();
            assertEquals(-1, pair.kernel().getInputStream().read());
            pair.kernel().getOutputStream().write(WORDS);
            Waiting.until("the reset", () -> bed.stack().connections().isEmpty(), bed::describe);
            assertThrows(SocketException.class, () -> {
                while (true) {
                    pair.kernel().getOutputStream().write(WORDS);
                }
            });
        }
    }

    /** What was written before the close still arrives, and then the end of the stream. */
    @Test
    void closeAfterWriteLosesNothing() throws IOException {
        try (Pair pair = bed.active(Family.IPV6)) {
            pair.stack().getOutputStream().write(WORDS);
            pair.stack().close();
            assertArrayEquals(WORDS, pair.kernel().getInputStream().readAllBytes());
        }
        try (Pair pair = bed.passive(Family.IPV6)) {
            pair.kernel().getOutputStream().write(WORDS);
            pair.kernel().close();
            assertArrayEquals(WORDS, pair.stack().getInputStream().readAllBytes());
        }
    }

    // ---- no beginning

    @ParameterizedTest
    @EnumSource
    void portWithoutListenerRefuses(Family family) throws IOException {
        int port = bed.freshPort();
        ConnectException byKernel = assertThrows(ConnectException.class, () -> bed.sockets()
                .createSocket(bed.kernelAddress(family).toInetAddress(), port));
        assertEquals("Connection refused", byKernel.getMessage());
        ConnectException byStack =
                assertThrows(ConnectException.class, () -> bed.peer().connect(family.stack, port, InteropBed.SOON));
        assertTrue(("" + byStack.getMessage()).startsWith("Connection refused"), byStack::toString);
        assertEquals(1, bed.stack().count(Counter.ATTEMPT_FAILS));
    }

    @ParameterizedTest
    @EnumSource
    void connectWithoutAnswerTimesOut(Family family) throws IOException {
        int port = bed.freshPort();
        // Neighbours need not be asked for on a TUN, so the kernel is silent about one that is not there.
        bed.near().ip("route add blackhole " + family.nobody + " metric 1");
        long start = System.nanoTime();
        SocketTimeoutException fromStack = assertThrows(SocketTimeoutException.class, () -> {
            try (Socket socket = bed.sockets().createSocket()) {
                socket.connect(new InetSocketAddress(family.nobody.toInetAddress(), port), CONNECT_TIMEOUT_MILLIS);
            }
        });
        double seconds = (System.nanoTime() - start) / 1e9;
        assertEquals("Connect timed out", fromStack.getMessage());
        assertTrue(seconds >= 0.3 && seconds < 3, () -> "timed out after " + seconds + " s");
        bed.stack().addresses(Set.of());
        assertThrows(SocketTimeoutException.class, () -> bed.peer()
                .connect(family.stack, port, Duration.ofMillis(CONNECT_TIMEOUT_MILLIS)));
    }

    private interface Call {
        Object call() throws IOException;
    }

    private static void assertReset(Call call) {
        assertEquals(RESET, assertThrows(SocketException.class, call::call).getMessage());
    }

    private static int join(CompletableFuture<Integer> read) throws IOException {
        try {
            return read.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e);
        }
    }
}
