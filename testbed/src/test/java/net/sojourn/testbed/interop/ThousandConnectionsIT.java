package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.machine.Counter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;

/** 1,000 connections at once, each with text both ways; afterwards the stack holds nothing. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class ThousandConnectionsIT {

    private static final int CONNECTIONS = 1000;
    private static final int BYTES_EACH_WAY = 64 * 1024;
    private static final int STALL_MILLIS = 30_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final CountDownLatch echoed = new CountDownLatch(CONNECTIONS);
    private final CountDownLatch mayClose = new CountDownLatch(1);

    @Test
    void theStackOpensThem() throws Exception {
        try (InteropBed bed = InteropBed.sameHost(InteropBed.TUN, InteropBed.settings());
                KernelEcho kernel = new KernelEcho(bed.peer())) {
            int port = bed.freshPort();
            kernel.listen(port, CONNECTIONS);
            List<CompletableFuture<Boolean>> clients = new ArrayList<>();
            long start = System.nanoTime();
            for (int i = 0; i < CONNECTIONS; i++) {
                Family family = i % 2 == 0 ? Family.IPV4 : Family.IPV6;
                clients.add(Delivery.inBackground("client-" + i, () -> {
                    exchange(
                            bed.sockets().createSocket(bed.kernelAddress(family).toInetAddress(), port));
                    return true;
                }));
            }
            awaitAndClose(bed, "the stack opens", clients, start);
        }
    }

    @Test
    void theKernelOpensThem() throws Exception {
        try (InteropBed bed = InteropBed.sameHost(InteropBed.TUN, InteropBed.settings());
                KernelEcho kernel = new KernelEcho(bed.peer())) {
            int port = bed.freshPort();
            List<CompletableFuture<Boolean>> servers = new ArrayList<>();
            long start = System.nanoTime();
            try (ServerSocket listener = bed.listen(port, CONNECTIONS)) {
                kernel.connect(new InetSocketAddress(Family.IPV4.stack.toInetAddress(), port), CONNECTIONS / 2);
                kernel.connect(new InetSocketAddress(Family.IPV6.stack.toInetAddress(), port), CONNECTIONS / 2);
                for (int i = 0; i < CONNECTIONS; i++) {
                    Socket accepted = listener.accept();
                    servers.add(Delivery.inBackground("server-" + i, () -> {
                        exchange(accepted);
                        return true;
                    }));
                }
            }
            awaitAndClose(bed, "the kernel opens", servers, start);
        }
    }

    private void exchange(Socket socket) throws IOException, InterruptedException {
        try (socket) {
            socket.setSoTimeout(STALL_MILLIS);
            byte[] octets = Octets.few(socket.getLocalPort() * 65_536L + socket.getPort(), BYTES_EACH_WAY);
            socket.getOutputStream().write(octets);
            assertArrayEquals(octets, socket.getInputStream().readNBytes(BYTES_EACH_WAY));
            echoed.countDown();
            mayClose.await();
            socket.shutdownOutput();
            assertEquals(-1, socket.getInputStream().read());
        }
    }

    private void awaitAndClose(InteropBed bed, String what, List<CompletableFuture<Boolean>> tasks, long start)
            throws Exception {
        Waiting.until("all is echoed", PATIENCE, () -> echoed.getCount() == 0 || anyFailed(tasks), bed::describe);
        double echoSeconds = (System.nanoTime() - start) / 1e9;
        if (!anyFailed(tasks)) {
            long established = bed.stack().connections().stream()
                    .filter(info -> info.state() == TcpState.ESTABLISHED)
                    .count();
            assertEquals(CONNECTIONS, established);
        }
        mayClose.countDown();
        tasks.forEach(CompletableFuture::join);
        bed.assertNothingLeft();
        System.out.printf(
                "interop %d connections, %s: all open and %d KiB echoed on each in %.3f s; all gone after %.3f s;"
                        + " retransmitted %d%n",
                CONNECTIONS,
                what,
                BYTES_EACH_WAY >> 10,
                echoSeconds,
                (System.nanoTime() - start) / 1e9,
                bed.stack().count(Counter.SEGMENTS_RETRANSMITTED));
    }

    private static boolean anyFailed(List<CompletableFuture<Boolean>> tasks) {
        return tasks.stream().anyMatch(CompletableFuture::isCompletedExceptionally);
    }
}
