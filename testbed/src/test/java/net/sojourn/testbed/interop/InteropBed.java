package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.socket.SojournServerSocket;
import net.sojourn.stack.socket.SojournSocketFactory;
import net.sojourn.testbed.link.EmulatedLink;
import net.sojourn.testbed.link.LinkSettings;
import net.sojourn.testbed.netns.Cidr;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.TestNetwork;
import net.sojourn.tun.TunPort;
import net.sojourn.tun.TunSettings;
import org.jspecify.annotations.Nullable;

/**
 * A stack on a real TUN device in a namespace of its own, and the kernel's TCP as its peer: in the same namespace, or in
 * another one beyond an emulated link. The stack's buffers come from a pool of their own, so that none can be overlooked.
 */
final class InteropBed implements AutoCloseable {

    static final Duration SOON = Duration.ofSeconds(10);
    static final TunSettings TUN = TunSettings.named("sj0");

    private static final int FIRST_PORT = 5000;
    /** No transfer here stands still for so long unless something is wrong. */
    private static final int STALL_MILLIS = 30_000;

    private final TestNetwork network;
    private final Host near;
    private final Host peer;
    private final boolean beyondLink;
    private final NetworkStack stack;
    private final PooledByteBufAllocator allocator = new PooledByteBufAllocator(true);
    private final AtomicInteger nextPort = new AtomicInteger(FIRST_PORT);
    private @Nullable EmulatedLink link;

    private InteropBed(TunSettings tun, StackSettings settings, @Nullable LinkSettings eachWay, long seed)
            throws IOException {
        network = TestNetwork.create();
        try {
            near = network.host("near");
            TunPort port = near.call(() -> TunPort.open(tun));
            // A whole window of packets as on a wire must fit the device's queue, as it would fit a router's.
            near.ip("link set sj0 txqueuelen 4096");
            addresses(near, "sj0", Family.IPV4.near, Family.IPV6.near);
            beyondLink = eachWay != null;
            if (eachWay == null) {
                peer = near;
                congestionControl("cubic");
            } else {
                peer = network.host("far");
                link = network.link(near, "up0", peer, "up0", eachWay, eachWay, seed);
                addresses(near.forwarding(), "up0", Family.IPV4.router, Family.IPV6.router);
                addresses(peer, "up0", Family.IPV4.far, Family.IPV6.far);
                congestionControl("cubic");
            }
            stack = network.own(NetworkStack.builder(port)
                    .address(Family.IPV4.stack)
                    .address(Family.IPV6.stack)
                    .settings(settings)
                    .allocator(allocator)
                    .start());
        } catch (IOException | RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private static void addresses(Host host, String device, IpAddress ipv4, IpAddress ipv6) {
        host.address(device, Cidr.parse(ipv4 + Family.IPV4.prefix));
        host.address(device, Cidr.parse(ipv6 + Family.IPV6.prefix));
    }

    /** How the kernel sends to the stack; at first as Debian does, whatever this machine prefers. */
    void congestionControl(String name) {
        for (Family family : Family.values()) {
            String towards = beyondLink ? "via " + family.router : "dev sj0";
            peer.ip("route replace " + family.stack + " " + towards + " congctl " + name);
        }
    }

    /** The kernel at the other end of the stack's own device. */
    static InteropBed sameHost(TunSettings tun, StackSettings settings) throws IOException {
        return new InteropBed(tun, settings, null, 0);
    }

    /** The kernel beyond a router and an emulated link. @param seed of the link's chance */
    static InteropBed beyondLink(LinkSettings eachWay, StackSettings settings, long seed) throws IOException {
        return new InteropBed(TUN, settings, eachWay, seed);
    }

    /** The defaults, with a TIME-WAIT short enough to be waited for. */
    static StackSettings settings() {
        return StackSettings.defaults().toBuilder()
                .timeWait(Duration.ofMillis(300))
                .build();
    }

    NetworkStack stack() {
        return stack;
    }

    SojournSocketFactory sockets() {
        return new SojournSocketFactory(stack);
    }

    /** The host whose kernel is the peer. */
    Host peer() {
        return peer;
    }

    /** The host of the stack's device. */
    Host near() {
        return near;
    }

    EmulatedLink link() {
        if (link == null) {
            throw new IllegalStateException("this bed has no link");
        }
        return link;
    }

    /** A port that this bed has not used yet. */
    int freshPort() {
        return nextPort.getAndIncrement();
    }

    IpAddress kernelAddress(Family family) {
        return beyondLink ? family.far : family.near;
    }

    /** A connection that the stack opened. */
    Pair active(Family family) throws IOException {
        int port = freshPort();
        try (ServerSocket listener = peer.listen(port)) {
            Socket stackSide = sockets().createSocket(kernelAddress(family).toInetAddress(), port);
            return pair(stackSide, listener.accept());
        }
    }

    /** A connection that the kernel opened. */
    Pair passive(Family family) throws IOException {
        int port = freshPort();
        try (ServerSocket listener = listen(port, 50)) {
            Socket kernelSide = peer.connect(family.stack, port, SOON);
            return pair(listener.accept(), kernelSide);
        }
    }

    /** A listening socket of the stack, on all its addresses. */
    ServerSocket listen(int port, int backlog) throws IOException {
        ServerSocket listener = new SojournServerSocket(stack);
        listener.bind(new InetSocketAddress(port), backlog);
        listener.setSoTimeout((int) SOON.toMillis());
        return listener;
    }

    static Pair pair(Socket stackSide, Socket kernelSide) throws IOException {
        stackSide.setSoTimeout(STALL_MILLIS);
        kernelSide.setSoTimeout(STALL_MILLIS);
        return new Pair(stackSide, kernelSide);
    }

    /** One connection, by both its ends. */
    record Pair(Socket stack, Socket kernel) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            kernel.close();
            stack.close();
        }
    }

    /** Waits until everything the stack had is gone: connections, timers, buffers. */
    void assertNothingLeft() throws IOException {
        Waiting.until("no connection left", () -> stack.connections().isEmpty(), this::describe);
        Waiting.until("no buffer left", () -> allocator.pinnedDirectMemory() == 0, this::describe);
        assertEquals(0, stack.deadlineCount(), this::describe);
    }

    /** What a failed test needs to be understood. */
    String describe() {
        StringBuilder text = new StringBuilder();
        try {
            text.append(stack.deadlineCount()).append(" timers, ");
            text.append(allocator.pinnedDirectMemory()).append(" octets of buffers\n");
            stack.connections().stream().limit(5).forEach(info -> text.append(info)
                    .append('\n'));
        } catch (IOException e) {
            text.append(e).append('\n');
        }
        for (Counter counter : Counter.values()) {
            if (stack.count(counter) != 0) {
                text.append(counter).append(' ').append(stack.count(counter)).append("  ");
            }
        }
        for (DropReason reason : DropReason.values()) {
            if (stack.count(reason) != 0) {
                text.append(reason).append(' ').append(stack.count(reason)).append("  ");
            }
        }
        return text.toString();
    }

    @Override
    public void close() {
        network.close();
    }
}
