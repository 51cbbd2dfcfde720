package net.sojourn.tun;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.Counter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * RFC 4987 over the kernel: it sends the stack SYNs of invented sources, and its own clients connect meanwhile. 110,000 a
 * second are tried, or as many as the machine carries (the stack itself answers millions); the rate that was reached is
 * printed, not demanded.
 */
@Timeout(120)
class SynFloodIT {

    private static final int PORT = 7000;
    private static final int SYNS_PER_SECOND = 110_000;
    /** Until the code that answers is compiled. */
    private static final int WARM_UP_SYNS = 200_000;

    /** Fewer than the kernel's queue towards the stack holds: what it drops there is no matter of ours. */
    private static final int MOST_UNANSWERED = 3000;

    private static final int CONNECTS = 20;
    /** Between two: who connects takes part of the processors that are to carry the flood. */
    private static final int PAUSE_MILLIS = 2;

    private static final double SECONDS = 5;
    private static final long MOST_MEMORY_BYTES = 16 << 20;
    /** Without leak detection, whose cost for each packet is a multiple of the stack's own. */
    private static final UnpooledByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(true, true);

    private static final IpAddress STACK = IpAddress.parse("10.99.0.2");

    private TunNamespace namespace;

    @BeforeEach
    void makeNamespace() throws IOException {
        namespace = TunNamespace.create();
    }

    @AfterEach
    void removeNamespace() throws IOException {
        namespace.close();
    }

    @Test
    void kernelConnectsWithinASecondDuringAFlood() throws Exception {
        TunPort port =
                namespace.call(() -> TunPort.open(TunSettings.named("sj0").mtuBytes(1500)));
        namespace.ip("addr add 10.99.0.1/24 dev sj0");
        // Nobody wants the answers.
        namespace.ip("route add blackhole 11.0.0.0/8");
        AtomicBoolean flooding = new AtomicBoolean(true);
        try (SynFlood flood = namespace.call(() -> new SynFlood(STACK, PORT));
                NetworkStack stack = NetworkStack.builder(port)
                        .address(STACK)
                        .allocator(ALLOCATOR)
                        .start();
                TcpListener listener = stack.listen(null, PORT, 64)) {
            CompletableFuture<Void> running = CompletableFuture.runAsync(() -> flood.run(
                    SYNS_PER_SECOND, MOST_UNANSWERED, () -> stack.count(Counter.SYN_COOKIES_SENT), flooding::get));
            long longestNanos = 0;
            long mostBytes = 0;
            int connects = 0;
            long formerSent;
            long formerAnswered;
            long beganNanos;
            long sent;
            long answered;
            double seconds;
            try {
                while (stack.count(Counter.SYN_COOKIES_SENT) < WARM_UP_SYNS && !running.isDone()) {
                    Thread.sleep(1);
                }
                long formerBytes = directBytes();
                formerSent = flood.sent();
                formerAnswered = stack.count(Counter.SYN_COOKIES_SENT);
                beganNanos = System.nanoTime();
                for (int i = 0; i < CONNECTS || System.nanoTime() - beganNanos < SECONDS * 1e9; i++) {
                    longestNanos = Math.max(longestNanos, oneConnection(listener));
                    mostBytes = Math.max(mostBytes, directBytes() - formerBytes);
                    connects++;
                    Thread.sleep(PAUSE_MILLIS);
                }
                seconds = (System.nanoTime() - beganNanos) / 1e9;
                sent = flood.sent() - formerSent;
                answered = stack.count(Counter.SYN_COOKIES_SENT) - formerAnswered;
            } finally {
                flooding.set(false);
                running.join();
            }
            System.out.printf(
                    "SYN flood: %.0f sent and %.0f answered a second for %.1f s; the slowest of %d connections took %.1f ms;"
                            + " at most %d KiB more than before it outside the heap%n",
                    sent / seconds, answered / seconds, seconds, connects, longestNanos / 1e6, mostBytes >> 10);
            assertTrue(mostBytes < MOST_MEMORY_BYTES, mostBytes + " octets more outside the heap");
            long halfOpen = stack.connections().stream()
                    .map(ConnectionInfo::state)
                    .filter(TcpState.SYN_RECEIVED::equals)
                    .count();
            assertTrue(halfOpen <= stack.settings().floodLimits().halfOpenPerListener(), halfOpen + " half open");
            assertTrue(longestNanos < 1_000_000_000L, longestNanos / 1e6 + " ms");
            assertTrue(stack.count(Counter.SYN_COOKIES_ACCEPTED) >= CONNECTS);
        }
    }

    /** @return how long it took until an octet had gone there and back */
    private long oneConnection(TcpListener listener) throws Exception {
        long beganNanos = System.nanoTime();
        try (Socket client = namespace.call(() -> new Socket(STACK.toInetAddress(), PORT))) {
            client.getOutputStream().write(42);
            byte[] octet = new byte[1];
            try (TcpConnection served = listener.accept(5000)) {
                assertTrue(served.read(octet, 0, 1) == 1 && octet[0] == 42);
                served.write(octet, 0, 1);
                assertTrue(client.getInputStream().read() == 42);
            }
            return System.nanoTime() - beganNanos;
        }
    }

    /** Octets outside the heap, of the stack and of everybody else. */
    private static long directBytes() {
        return ALLOCATOR.metric().usedDirectMemory()
                + ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum();
    }
}
