package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.machine.Counter;
import net.sojourn.testbed.interop.InteropBed.Pair;
import net.sojourn.testbed.link.LinkSettings;
import net.sojourn.testbed.netns.Host;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;

/** Kernels that lack an option, and readers that do not read. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 90, threadMode = ThreadMode.SEPARATE_THREAD)
class LimitedPeerIT {

    private static final long BYTES = 32 << 20;
    private static final long BYTES_WITH_LOSS = 1 << 20;
    private static final int SMALL_BUFFER_BYTES = 4096;
    private static final int STALLED_BYTES = 512 << 10;
    /** Longer than the least retransmission time-outs of both ends, so that each must probe the other's shut window. */
    private static final long STALL_MILLIS = 1_200;

    private static void without(Host kernel, String option) {
        kernel.sysctl("net.ipv4.tcp_" + option, "0");
    }

    private static ConnectionInfo only(InteropBed bed) throws IOException {
        return bed.stack().connections().get(0);
    }

    @Test
    void kernelWithoutTimestamps() throws IOException {
        try (InteropBed bed = InteropBed.sameHost(InteropBed.TUN, InteropBed.settings())) {
            without(bed.peer(), "timestamps");
            try (Pair pair = bed.active(Family.IPV4)) {
                assertFalse(only(bed).timestamps());
                assertTrue(only(bed).sack());
                System.out.println("interop kernel without timestamps: " + Delivery.bothWays(pair, BYTES));
            }
            bed.assertNothingLeft();
        }
    }

    @Test
    void kernelWithoutWindowScaling() throws IOException {
        try (InteropBed bed = InteropBed.sameHost(InteropBed.TUN, InteropBed.settings())) {
            without(bed.peer(), "window_scaling");
            try (Pair pair = bed.passive(Family.IPV6)) {
                assertEquals(-1, only(bed).sndWndScale());
                assertEquals(-1, only(bed).rcvWndScale());
                System.out.println("interop kernel without window scaling: " + Delivery.bothWays(pair, BYTES));
                // Who closes first decides whether the connection is still there.
                for (ConnectionInfo info : bed.stack().connections()) {
                    assertTrue(info.rcvWndBytes() <= 65_535, bed::describe);
                }
            }
            bed.assertNothingLeft();
        }
    }

    /** Without any of the three, loss is repaired by duplicate ACKs and partial acknowledgements (RFC 6582) alone. */
    @Test
    void kernelWithoutAnyOfThemBeyondALossyLink() throws IOException {
        LinkSettings each = LinkSettings.parse("delay=5ms,loss=1%,reorder=1%/2ms");
        try (InteropBed bed = InteropBed.beyondLink(each, InteropBed.settings(), 30_001)) {
            without(bed.peer(), "timestamps");
            without(bed.peer(), "sack");
            without(bed.peer(), "window_scaling");
            try (Pair active = bed.active(Family.IPV4);
                    Pair passive = bed.passive(Family.IPV6)) {
                for (ConnectionInfo info : bed.stack().connections()) {
                    assertFalse(info.timestamps() || info.sack() || info.sndWndScale() >= 0, info::toString);
                }
                CompletableFuture<Delivery.BothWays> other =
                        Delivery.inBackground("kernel-opened", () -> Delivery.bothWays(passive, BYTES_WITH_LOSS));
                System.out.println("interop kernel without any of them, " + each + ": "
                        + Delivery.bothWays(active, BYTES_WITH_LOSS) + "; " + other.join());
            }
            bed.assertNothingLeft();
        }
    }

    @Test
    void kernelThatDoesNotReadIsProbedUntilItDoes() throws Exception {
        try (InteropBed bed = InteropBed.sameHost(InteropBed.TUN, InteropBed.settings())) {
            int port = bed.freshPort();
            try (ServerSocket listener = bed.peer().call(() -> smallListener(port));
                    Pair pair = InteropBed.pair(
                            bed.sockets().createSocket(Family.IPV4.near.toInetAddress(), port), listener.accept())) {
                readLate(pair.stack(), pair.kernel());
            }
            long probes = bed.stack().count(Counter.ZERO_WINDOW_PROBES);
            System.out.println("interop kernel that does not read: " + probes + " zero-window probes");
            assertTrue(probes > 0, bed::describe);
            bed.assertNothingLeft();
        }
    }

    private static ServerSocket smallListener(int port) throws IOException {
        ServerSocket listener = new ServerSocket();
        listener.setReceiveBufferSize(SMALL_BUFFER_BYTES);
        listener.bind(new InetSocketAddress(port));
        return listener;
    }

    @Test
    void stackThatDoesNotReadIsProbedUntilItDoes() throws Exception {
        var small = InteropBed.settings().toBuilder()
                .receiveBufferBytes(SMALL_BUFFER_BYTES)
                .build();
        try (InteropBed bed = InteropBed.sameHost(InteropBed.TUN, small)) {
            try (Pair pair = bed.passive(Family.IPV6)) {
                CompletableFuture<Boolean> watched = Delivery.inBackground("watch", () -> {
                    Waiting.until("the window is shut", () -> only(bed).rcvWndBytes() == 0, bed::describe);
                    return true;
                });
                readLate(pair.kernel(), pair.stack());
                watched.join();
            }
            bed.assertNothingLeft();
        }
    }

    private static void readLate(Socket from, Socket to) throws Exception {
        byte[] octets = Octets.few(7, STALLED_BYTES);
        CompletableFuture<Boolean> written = Delivery.inBackground("writer", () -> {
            from.getOutputStream().write(octets);
            from.shutdownOutput();
            return true;
        });
        Thread.sleep(STALL_MILLIS);
        InputStream in = to.getInputStream();
        byte[] arrived = in.readAllBytes();
        assertArrayEquals(octets, arrived);
        written.join();
    }
}
