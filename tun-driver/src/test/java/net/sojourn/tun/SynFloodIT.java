package net.sojourn.tun;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.wire.Checksum;
import net.sojourn.stack.wire.Ipv4View;
import net.sojourn.stack.wire.Protocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * RFC 4987 over the kernel: SYNs of invented sources come in by a second TUN, are forwarded to the stack's, and the kernel's
 * own clients connect meanwhile. 100,000 a second are tried, or as many as the machine carries (the stack itself answers millions); the
 * rate that was reached is printed, not demanded.
 */
@Timeout(120)
class SynFloodIT {

    private static final int PORT = 7000;
    private static final long NANOS_PER_SYN = 1_000_000_000 / 100_000;
    /** Fewer than the kernel's queue towards the stack holds: what it drops there is no matter of ours. */
    private static final int MOST_UNANSWERED = 3000;

    private static final int CONNECTS = 20;
    private static final int DIFFERENT_SYNS = 1 << 14;
    private static final int SYN_BUFFER_BYTES = 64;
    private static final int SYNS_AT_ONCE = 32;
    private static final double SECONDS = 2;
    private static final long MOST_MEMORY_BYTES = 16 << 20;
    /** Without leak detection, whose cost for each packet is a multiple of the stack's own. */
    private static final UnpooledByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(true, true);

    private static final IpAddress STACK = IpAddress.parse("10.99.0.2");

    private TunNamespace namespace;

    @BeforeEach
    void makeNamespace() throws IOException {
        namespace = TunNamespace.create();
        namespace.inside("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
    }

    @AfterEach
    void removeNamespace() throws IOException {
        namespace.close();
    }

    private TunPort open(String name, String address) throws IOException {
        TunPort port = namespace.call(() -> TunPort.open(TunSettings.named(name).mtuBytes(1500)));
        namespace.ip("addr add " + address + " dev " + name);
        return port;
    }

    @Test
    void kernelConnectsWithinASecondDuringAFlood() throws Exception {
        TunPort port = open("sj0", "10.99.0.1/24");
        AtomicBoolean flooding = new AtomicBoolean(true);
        AtomicLong sent = new AtomicLong();
        try (TunPort outside = open("sjflood", "10.98.0.1/24");
                NetworkStack stack = NetworkStack.builder(port)
                        .address(STACK)
                        .allocator(ALLOCATOR)
                        .start();
                TcpListener listener = stack.listen(null, PORT, 64)) {
            namespace.ip("route add 11.0.0.0/8 dev sjflood");
            CompletableFuture<Void> flood = CompletableFuture.runAsync(() -> flood(outside, stack, flooding, sent));
            long longestNanos = 0;
            long mostBytes = 0;
            int connects = 0;
            long beganNanos = System.nanoTime();
            try {
                while (stack.count(Counter.SYN_COOKIES_SENT) < 1000) {
                    Thread.sleep(1);
                }
                long formerBytes = directBytes();
                for (int i = 0; i < CONNECTS || System.nanoTime() - beganNanos < SECONDS * 1e9; i++) {
                    longestNanos = Math.max(longestNanos, oneConnection(listener));
                    mostBytes = Math.max(mostBytes, directBytes() - formerBytes);
                    connects++;
                }
            } finally {
                flooding.set(false);
                flood.join();
            }
            double seconds = (System.nanoTime() - beganNanos) / 1e9;
            long arrived = stack.count(Counter.SYN_COOKIES_SENT);
            System.out.printf(
                    "SYN flood: %.0f sent and %.0f answered a second for %.1f s; the slowest of %d connections took %.1f ms;"
                            + " at most %d KiB more than before it outside the heap%n",
                    sent.get() / seconds, arrived / seconds, seconds, connects, longestNanos / 1e6, mostBytes >> 10);
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

    private static void flood(TunPort outside, NetworkStack stack, AtomicBoolean flooding, AtomicLong sent) {
        SplittableRandom random = new SplittableRandom(1);
        ByteBuf[] syns = new ByteBuf[DIFFERENT_SYNS];
        Arrays.setAll(syns, i -> syn(outside, random));
        long beganNanos = System.nanoTime();
        int next = 0;
        try {
            while (flooding.get()) {
                // Nobody reads the answers: the kernel drops them when its queue is full.
                long unanswered = sent.get() - stack.count(Counter.SYN_COOKIES_SENT);
                boolean early = sent.get() >= (System.nanoTime() - beganNanos) / NANOS_PER_SYN;
                if (early || unanswered > MOST_UNANSWERED) {
                    LockSupport.parkNanos(20_000);
                    continue;
                }
                for (int i = 0; i < SYNS_AT_ONCE; i++) {
                    ByteBuf syn = syns[next++ & DIFFERENT_SYNS - 1];
                    outside.transmit(syn.retainedDuplicate(), 0, false);
                }
                sent.addAndGet(SYNS_AT_ONCE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            for (ByteBuf syn : syns) {
                syn.release();
            }
        }
    }

    private static ByteBuf syn(TunPort outside, SplittableRandom random) {
        IpAddress source = IpAddress.ofIpv4(0x0B00_0000 | random.nextInt(1 << 24));
        int front = outside.headroomBytes() + Ipv4View.MIN_HEADER_BYTES;
        ByteBuf packet = ALLOCATOR.directBuffer(SYN_BUFFER_BYTES).setIndex(front, front);
        packet.writeShort(1024 + random.nextInt(60_000)).writeShort(PORT);
        packet.writeInt(random.nextInt()).writeInt(0);
        packet.writeShort(6 << 12 | 2).writeShort(1024).writeInt(0);
        packet.writeInt(0x0204_0000 | 1460);
        long sum = Checksum.pseudoHeaderSum(source, STACK, Protocol.TCP, 24);
        packet.setShort(front + 16, Checksum.complement(sum + Checksum.sum(packet, front, 24)));
        Ipv4View.prepend(packet, 0, source, STACK, Protocol.TCP, 0, 0, 64);
        return packet;
    }
}
