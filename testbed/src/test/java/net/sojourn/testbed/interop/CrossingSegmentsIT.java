package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.machine.Counter;
import net.sojourn.testbed.interop.InteropBed.Pair;
import net.sojourn.testbed.link.LinkSettings;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** SYNs that cross and FINs that cross (RFC 9293 figures 8 and 14), on a link slow enough for both to be under way. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class CrossingSegmentsIT {

    private static final Duration ONE_WAY = Duration.ofMillis(150);
    private static final int BYTES = 64 << 10;

    @ParameterizedTest
    @EnumSource
    void simultaneousOpenAndClose(Family family) throws IOException {
        try (InteropBed bed = InteropBed.beyondLink(LinkSettings.delay(ONE_WAY), InteropBed.settings(), 1)) {
            Set<TcpState> seen = EnumSet.noneOf(TcpState.class);
            long start = System.nanoTime();
            // Nobody listens, so each SYN must meet a SYN-SENT.
            try (Pair pair = crossingOpen(bed, family, seen)) {
                double openSeconds = (System.nanoTime() - start) / 1e9;
                assertTrue(seen.contains(TcpState.SYN_RECEIVED), seen::toString);
                assertEquals(0, bed.stack().count(Counter.PASSIVE_OPENS));
                few(pair.stack(), pair.kernel());
                few(pair.kernel(), pair.stack());
                start = System.nanoTime();
                crossingClose(bed, pair, seen);
                double closeSeconds = (System.nanoTime() - start) / 1e9;
                assertTrue(seen.contains(TcpState.CLOSING), seen::toString);
                assertTrue(seen.contains(TcpState.TIME_WAIT), seen::toString);
                // Both ends wait only if neither closed second.
                String waiting = bed.peer()
                        .run(
                                "ss",
                                "-tanH",
                                "state",
                                "time-wait",
                                "sport",
                                "=",
                                ":" + pair.kernel().getLocalPort())
                        .orFail()
                        .output();
                assertTrue(waiting.contains(family.stack.toString()), "the kernel is not in TIME-WAIT: " + waiting);
                System.out.printf(
                        "interop simultaneous, %s, %d ms one way: open %.3f s, close %.3f s, states seen %s%n",
                        family, ONE_WAY.toMillis(), openSeconds, closeSeconds, seen);
            } catch (IOException | RuntimeException e) {
                throw new AssertionError(bed.describe(), e);
            }
            bed.assertNothingLeft();
        }
    }

    private static Pair crossingOpen(InteropBed bed, Family family, Set<TcpState> seen) throws IOException {
        int kernelPort = bed.freshPort();
        int stackPort = bed.freshPort();
        InetSocketAddress kernel =
                new InetSocketAddress(bed.kernelAddress(family).toInetAddress(), kernelPort);
        InetSocketAddress stack = new InetSocketAddress(family.stack.toInetAddress(), stackPort);
        CompletableFuture<Socket> kernelSide = Delivery.inBackground(
                "kernel-connect", () -> bed.peer().call(() -> connect(new Socket(), kernel, stack)));
        CompletableFuture<Socket> stackSide = Delivery.inBackground(
                "stack-connect", () -> connect(bed.sockets().createSocket(), stack, kernel));
        watch(bed, seen, () -> kernelSide.isDone() && stackSide.isDone());
        return InteropBed.pair(stackSide.join(), kernelSide.join());
    }

    private static Socket connect(Socket socket, InetSocketAddress local, InetSocketAddress remote) throws IOException {
        socket.bind(local);
        socket.connect(remote, (int) InteropBed.SOON.toMillis());
        return socket;
    }

    private static void few(Socket from, Socket to) throws IOException {
        byte[] octets = Octets.few(from.getLocalPort(), BYTES);
        CompletableFuture<Boolean> written = Delivery.inBackground("writer", () -> {
            from.getOutputStream().write(octets);
            return true;
        });
        assertArrayEquals(octets, to.getInputStream().readNBytes(BYTES));
        written.join();
    }

    private static void crossingClose(InteropBed bed, Pair pair, Set<TcpState> seen) throws IOException {
        pair.kernel().shutdownOutput();
        pair.stack().shutdownOutput();
        CompletableFuture<Integer> kernelEnd = Delivery.inBackground(
                "kernel-end", () -> pair.kernel().getInputStream().read());
        CompletableFuture<Integer> stackEnd = Delivery.inBackground(
                "stack-end", () -> pair.stack().getInputStream().read());
        watch(
                bed,
                seen,
                () -> kernelEnd.isDone()
                        && stackEnd.isDone()
                        // Not what holds by now: it may have changed since it was watched.
                        && seen.contains(TcpState.TIME_WAIT));
        assertEquals(-1, kernelEnd.join());
        assertEquals(-1, stackEnd.join());
    }

    private static void watch(InteropBed bed, Set<TcpState> seen, Callable<Boolean> until) {
        Waiting.until(
                "both ends are done",
                () -> {
                    bed.stack().connections().stream()
                            .map(ConnectionInfo::state)
                            .forEach(seen::add);
                    return until.call();
                },
                bed::describe);
    }
}
