package net.sojourn.stack.socket;

import static net.sojourn.stack.socket.Outcome.assertThrown;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.socket.Outcome.Waiting;
import net.sojourn.stack.socket.Sockets.Bed;
import net.sojourn.stack.socket.Sockets.Pair;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls that wait: what ends them, and what they say then, with the JDK's sockets and with ours. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class SocketWaitingContractTest {

    private static final int SHORT_MILLIS = 150;

    // ---- time-outs

    @ParameterizedTest
    @EnumSource
    void readTimesOutAndGoesOnAfterwards(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            InputStream in = pair.client().getInputStream();
            pair.client().setSoTimeout(SHORT_MILLIS);
            long start = System.nanoTime();
            assertThrown(SocketTimeoutException.class, "Read timed out", in::read);
            assertTrue(System.nanoTime() - start >= (SHORT_MILLIS - 5) * 1_000_000L);
            pair.server().getOutputStream().write(5);
            assertEquals(5, in.read());
            assertThrown(SocketTimeoutException.class, "Read timed out", in::read);
            pair.client().setSoTimeout(0);
            Waiting<Integer> read = new Waiting<>(in::read).assertWaits();
            pair.server().getOutputStream().write(6);
            assertEquals(6, read.value());
        }
    }

    @ParameterizedTest
    @EnumSource
    void acceptTimesOutAndGoesOnAfterwards(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                ServerSocket listener = bed.listening()) {
            listener.setSoTimeout(SHORT_MILLIS);
            assertThrown(SocketTimeoutException.class, "Accept timed out", listener::accept);
            listener.setSoTimeout(0);
            Waiting<Socket> accept = new Waiting<>(listener::accept).assertWaits();
            try (Socket client = bed.socket()) {
                client.connect(new InetSocketAddress(bed.server(), listener.getLocalPort()), 5_000);
                accept.value().close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void negativeTimeOutsAreRefused(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Socket socket = bed.socket()) {
            assertThrown(IllegalArgumentException.class, "timeout can't be negative", () -> socket.setSoTimeout(-1));
            assertThrown(
                    IllegalArgumentException.class,
                    "connect: timeout can't be negative",
                    () -> socket.connect(new InetSocketAddress(bed.server(), 1), -1));
        }
    }

    // ---- closed by another thread

    @ParameterizedTest
    @EnumSource
    void closeEndsAWaitingRead(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            Waiting<Integer> read =
                    new Waiting<>(() -> pair.client().getInputStream().read()).assertWaits();
            pair.client().close();
            assertThrown(SocketException.class, "Socket closed", read::value);
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeEndsAWaitingWrite(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            Waiting<Void> write = new Waiting<Void>(() -> {
                        while (true) {
                            pair.client().getOutputStream().write(new byte[1 << 20]);
                        }
                    })
                    .assertWaits();
            Thread.sleep(300);
            pair.client().close();
            assertThrown(SocketException.class, "Socket closed", write::value);
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeEndsAWaitingAccept(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                ServerSocket listener = bed.listening()) {
            Waiting<Socket> accept = new Waiting<>(listener::accept).assertWaits();
            listener.close();
            assertThrown(SocketException.class, "Socket closed", accept::value);
            assertThrown(SocketException.class, "Socket is closed", listener::accept);
        }
    }

    // ---- interrupted

    /** A platform thread waits on and stays interrupted, whether it was interrupted before or during the wait. */
    @ParameterizedTest
    @EnumSource
    void interruptDoesNotEndAReadOfAPlatformThread(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            List<Boolean> status = new ArrayList<>();
            Waiting<Integer> read = new Waiting<>(() -> {
                        Thread.currentThread().interrupt();
                        int octet = pair.client().getInputStream().read();
                        status.add(Thread.currentThread().isInterrupted());
                        return octet;
                    })
                    .assertWaits();
            read.thread().interrupt();
            read.assertWaits();
            pair.server().getOutputStream().write(3);
            assertEquals(3, read.value());
            assertEquals(List.of(true), status);
        }
    }

    @ParameterizedTest
    @EnumSource
    void interruptDoesNotEndAnAcceptOfAPlatformThread(Sockets sockets) throws Exception {
        try (Bed bed = sockets.open();
                ServerSocket listener = bed.listening()) {
            Waiting<Socket> accept = new Waiting<>(listener::accept).assertWaits();
            accept.thread().interrupt();
            accept.assertWaits();
            try (Socket client = bed.socket()) {
                client.connect(new InetSocketAddress(bed.server(), listener.getLocalPort()));
                accept.value().close();
            }
        }
    }

    /** The interrupt of a virtual thread closes the socket; JDK 17 has none, so there the list is of platform threads. */
    @ParameterizedTest
    @MethodSource
    void interruptClosesTheSocketOfAVirtualThread(Sockets sockets, ThreadStarter starter) throws Exception {
        try (Bed bed = sockets.open();
                Pair pair = bed.pair()) {
            var read = new java.util.concurrent.CompletableFuture<Integer>();
            Thread thread = starter.start(() -> {
                try {
                    read.complete(pair.client().getInputStream().read());
                } catch (Throwable e) {
                    read.completeExceptionally(e);
                }
            });
            Thread.sleep(100);
            thread.interrupt();
            if (starter.isVirtual()) {
                assertThrown(SocketException.class, "Closed by interrupt", () -> {
                    try {
                        read.get();
                    } catch (java.util.concurrent.ExecutionException e) {
                        throw e.getCause();
                    }
                });
                assertTrue(pair.client().isClosed());
            } else {
                pair.server().getOutputStream().write(4);
                assertEquals(4, read.get());
                assertFalse(pair.client().isClosed());
            }
        }
    }

    record ThreadStarter(boolean isVirtual) {
        Thread start(Runnable run) throws ReflectiveOperationException {
            if (!isVirtual) {
                Thread thread = new Thread(run);
                thread.start();
                return thread;
            }
            return (Thread)
                    Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, run);
        }
    }

    static Stream<Arguments> interruptClosesTheSocketOfAVirtualThread() {
        boolean virtual = Runtime.version().feature() >= 21;
        return Stream.of(Sockets.values()).map(sockets -> Arguments.of(sockets, new ThreadStarter(virtual)));
    }
}
