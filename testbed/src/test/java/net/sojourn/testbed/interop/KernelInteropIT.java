package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.socket.SojournServerSocket;
import net.sojourn.stack.socket.SojournSocketFactory;
import net.sojourn.testbed.link.LinkSettings;
import net.sojourn.testbed.netns.Cidr;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.TestNetwork;
import net.sojourn.tun.TunSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The stack and the kernel's TCP, in both roles, over a real TUN. Needs root. */
@ExtendWith(LeakCheck.class)
@Timeout(180)
class KernelInteropIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long GIB = 1L << 30;
    private static final long MIB = 1L << 20;
    private static final TunSettings TUN = TunSettings.named("sj0");
    private static final StackSettings QUICK_TIME_WAIT = StackSettings.defaults().toBuilder()
            .timeWait(Duration.ofMillis(500))
            .build();

    /** Prints the exact figure of a run. */
    private static void tell(String what, Transfer.Result result) {
        System.out.printf(
                Locale.ROOT,
                "%s: %d MiB each way at once in %.2f s, %.0f Mbit/s each way%n",
                what,
                result.bytesEachWay() / MIB,
                result.seconds(),
                result.megabitsPerSecondEachWay());
    }

    private static ServerSocket listen(NetworkStack stack, int port) throws IOException {
        ServerSocket listener = new SojournServerSocket(stack);
        listener.bind(new InetSocketAddress(port));
        return listener;
    }

    @ParameterizedTest
    @CsvSource({"true, 1024", "false, 128"})
    void kernelConnectsAndBothSend(boolean offload, long mebibytes) throws Exception {
        try (TestNetwork network = TestNetwork.create();
                StackHost stack = StackHost.start(network.host("a"), TUN.offload(offload), QUICK_TIME_WAIT);
                ServerSocket listener = listen(stack.stack(), 80);
                Socket kernel = stack.host().connect(stack.address(), 80, PATIENCE);
                Socket ours = listener.accept()) {
            Transfer.Result result = Transfer.bothWays(kernel, ours, mebibytes * MIB);
            tell("kernel connects, offload " + offload, result);
            assertTrue(result.equal(), result::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.77.0.1", "fd77::1"})
    void stackConnectsAndBothSend(String kernelAddress) throws Exception {
        long bytes = kernelAddress.contains(":") ? GIB / 4 : GIB;
        try (TestNetwork network = TestNetwork.create();
                StackHost stack = StackHost.start(network.host("a"), TUN, QUICK_TIME_WAIT);
                ServerSocket listener = stack.host().listen(8080);
                Socket ours = new SojournSocketFactory(stack.stack())
                        .createSocket(IpAddress.parse(kernelAddress).toInetAddress(), 8080);
                Socket kernel = listener.accept()) {
            Transfer.Result result = Transfer.bothWays(ours, kernel, bytes);
            tell("stack connects to " + kernelAddress, result);
            assertTrue(result.equal(), result::toString);
        }
    }

    /** The kernel without what RFC 7323 and 2018 brought, and with a window of a few segments. */
    @ParameterizedTest
    @CsvSource({"0, 1, 1", "1, 0, 1", "0, 0, 0"})
    void oldFashionedKernel(String timestamps, String sack, String scaling) throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            Host host = network.host("a");
            host.sysctl("net.ipv4.tcp_timestamps", timestamps)
                    .sysctl("net.ipv4.tcp_sack", sack)
                    .sysctl("net.ipv4.tcp_window_scaling", scaling)
                    .sysctl("net.ipv4.tcp_rmem", "4096 8192 16384");
            try (StackHost stack = StackHost.start(host, TUN, QUICK_TIME_WAIT);
                    ServerSocket listener = listen(stack.stack(), 80);
                    Socket kernel = host.connect(stack.address(), 80, PATIENCE);
                    Socket ours = listener.accept()) {
                Transfer.Result result = Transfer.bothWays(kernel, ours, 16 * MIB);
                tell("timestamps " + timestamps + ", SACK " + sack + ", scaling " + scaling, result);
                assertTrue(result.equal(), result::toString);
            }
        }
    }

    // ---- over an emulated path

    private static final LinkSettings LOSSY = LinkSettings.parse("delay=20ms,loss=1%,reorder=1%/5ms,rate=200mbit");

    /** The stack's host forwards between its TUN and an emulated link; the kernel's host is at its far end. */
    private static Host behindLink(TestNetwork network, Host stackHost, LinkSettings link) {
        Host far = network.host("far");
        stackHost.forwarding();
        network.link(stackHost, "path", far, "path", link, link, 42);
        stackHost.address("path", Cidr.parse("10.78.0.1/24"));
        far.address("path", Cidr.parse("10.78.0.2/24"));
        far.ip("route add 10.77.0.0/24 via 10.78.0.1");
        return far;
    }

    private static final IpAddress FAR = IpAddress.parse("10.78.0.2");

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void lossDelayAndReordering(boolean kernelConnects) throws Exception {
        try (TestNetwork network = TestNetwork.create();
                StackHost stack = StackHost.start(network.host("a"), TUN, QUICK_TIME_WAIT)) {
            Host far = behindLink(network, stack.host(), LOSSY);
            try (ServerSocket listener = kernelConnects ? listen(stack.stack(), 80) : far.listen(80);
                    Socket active = kernelConnects
                            ? far.connect(stack.address(), 80, PATIENCE)
                            : new SojournSocketFactory(stack.stack()).createSocket(FAR.toInetAddress(), 80);
                    Socket passive = listener.accept()) {
                Transfer.Result result = Transfer.bothWays(active, passive, 32 * MIB);
                tell((kernelConnects ? "kernel" : "stack") + " connects over " + LOSSY, result);
                assertTrue(result.equal(), result::toString);
            }
        }
    }

    /** RFC 9293 figure 8, with the kernel as the other half: both SYNs are under way for 100 ms. */
    @Test
    void simultaneousOpenAndClose() throws Exception {
        try (TestNetwork network = TestNetwork.create();
                StackHost stack = StackHost.start(network.host("a"), TUN, QUICK_TIME_WAIT)) {
            Host far = behindLink(network, stack.host(), LinkSettings.delay(Duration.ofMillis(100)));
            CompletableFuture<Socket> kernel = CompletableFuture.supplyAsync(() -> {
                try {
                    return far.call(() -> {
                        Socket socket = new Socket();
                        socket.bind(new InetSocketAddress(FAR.toInetAddress(), 7001));
                        socket.connect(stack.at(45_000), (int) PATIENCE.toMillis());
                        return socket;
                    });
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            Socket ours = new SojournSocketFactory(stack.stack()).createSocket();
            ours.bind(stack.at(45_000));
            ours.connect(new InetSocketAddress(FAR.toInetAddress(), 7001), (int) PATIENCE.toMillis());
            try (ours;
                    Socket theirs = kernel.get()) {
                assertEquals(1, stack.stack().connections().size());
                Transfer.Result result = Transfer.bothWays(ours, theirs, MIB);
                assertTrue(result.equal(), result::toString);
            }
            awaitNoConnection(stack.stack());
        }
    }

    @Test
    void thousandConnectionsAtOnce() throws Exception {
        int count = 1_000;
        try (TestNetwork network = TestNetwork.create();
                StackHost stack = StackHost.start(network.host("a"), TUN, QUICK_TIME_WAIT);
                ServerSocket listener = listen(stack.stack(), 80)) {
            List<Socket> ours = new ArrayList<>();
            List<Socket> theirs = new ArrayList<>();
            long began = System.nanoTime();
            for (int i = 0; i < count; i++) {
                theirs.add(stack.host().connect(stack.address(), 80, PATIENCE));
                ours.add(listener.accept());
            }
            for (int i = 0; i < count; i++) {
                theirs.get(i).getOutputStream().write(new byte[] {(byte) i, (byte) (i >> 8)});
                ours.get(i).getOutputStream().write(new byte[] {(byte) (i >> 8), (byte) i});
            }
            for (int i = 0; i < count; i++) {
                byte[] forth = ours.get(i).getInputStream().readNBytes(2);
                byte[] back = theirs.get(i).getInputStream().readNBytes(2);
                assertEquals(i & 0xFFFF, (forth[0] & 0xFF) | (forth[1] & 0xFF) << 8);
                assertEquals(i & 0xFFFF, (back[1] & 0xFF) | (back[0] & 0xFF) << 8);
            }
            assertEquals(count, stack.stack().connections().size());
            for (int i = 0; i < count; i++) {
                (i % 2 == 0 ? ours : theirs).get(i).close();
                (i % 2 == 0 ? theirs : ours).get(i).close();
            }
            awaitNoConnection(stack.stack());
            System.out.printf(
                    Locale.ROOT,
                    "1000 connections opened, used and closed in %.2f s%n",
                    (System.nanoTime() - began) / 1e9);
        }
    }

    // ---- endings

    @Test
    void refusedResetAndTimedOutAreTold() throws Exception {
        try (TestNetwork network = TestNetwork.create();
                StackHost stack = StackHost.start(network.host("a"), TUN, QUICK_TIME_WAIT)) {
            SojournSocketFactory sockets = new SojournSocketFactory(stack.stack());
            assertThrows(ConnectException.class, () -> sockets.createSocket(StackHost.KERNEL.toInetAddress(), 81));
            assertThrows(
                    IOException.class,
                    () -> stack.host().connect(stack.address(), 81, PATIENCE),
                    "the kernel is refused");
            stack.host().nft("""
                    table ip mute {
                        chain in {
                            type filter hook input priority 0
                            tcp dport 82 drop
                        }
                    }
                    """);
            try (Socket silent = sockets.createSocket()) {
                assertThrows(
                        SocketTimeoutException.class,
                        () -> silent.connect(new InetSocketAddress(StackHost.KERNEL.toInetAddress(), 82), 300));
            }
            try (ServerSocket listener = stack.host().listen(8080);
                    Socket ours = sockets.createSocket(StackHost.KERNEL.toInetAddress(), 8080);
                    Socket kernel = listener.accept()) {
                ours.getOutputStream().write(1);
                kernel.getInputStream().read();
                kernel.setSoLinger(true, 0);
                kernel.close();
                SocketException reset = assertThrows(
                        SocketException.class, () -> ours.getInputStream().read());
                assertTrue(("" + reset.getMessage()).contains("reset"), reset::toString);
            }
            try (ServerSocket listener = listen(stack.stack(), 80);
                    Socket kernel = stack.host().connect(stack.address(), 80, PATIENCE);
                    Socket ours = listener.accept()) {
                kernel.getOutputStream().write(new byte[100]);
                ours.getInputStream().read();
                // 99 octets unread: the kernel must hear of the loss (RFC 1122 4.2.2.13).
                ours.close();
                assertThrows(SocketException.class, () -> {
                    kernel.getInputStream().read();
                    kernel.getInputStream().read();
                });
            }
            awaitNoConnection(stack.stack());
        }
    }

    /** shutdownOutput ends one direction only; the other carries on for as long as it likes. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void halfClosedConnectionCarriesOn(boolean kernelClosesFirst) throws Exception {
        try (TestNetwork network = TestNetwork.create();
                StackHost stack = StackHost.start(network.host("a"), TUN, QUICK_TIME_WAIT);
                ServerSocket listener = listen(stack.stack(), 80);
                Socket kernel = stack.host().connect(stack.address(), 80, PATIENCE);
                Socket ours = listener.accept()) {
            Socket first = kernelClosesFirst ? kernel : ours;
            Socket second = kernelClosesFirst ? ours : kernel;
            first.shutdownOutput();
            assertEquals(-1, second.getInputStream().read());
            byte[] text = new byte[300_000];
            second.getOutputStream().write(text);
            assertEquals(text.length, first.getInputStream().readNBytes(text.length).length);
            second.shutdownOutput();
            assertEquals(-1, first.getInputStream().read());
            first.close();
            second.close();
            awaitNoConnection(stack.stack());
        }
    }

    @Test
    void blockedReaderIsInterruptedAndHoldsNoMonitor() throws Exception {
        try (TestNetwork network = TestNetwork.create();
                StackHost stack = StackHost.start(network.host("a"), TUN, QUICK_TIME_WAIT);
                ServerSocket listener = stack.host().listen(8080);
                Socket ours =
                        new SojournSocketFactory(stack.stack()).createSocket(StackHost.KERNEL.toInetAddress(), 8080);
                Socket kernel = listener.accept()) {
            CompletableFuture<Throwable> ended = new CompletableFuture<>();
            Thread reader = new Thread(() -> {
                try {
                    ended.complete(
                            new AssertionError("read " + ours.getInputStream().read()));
                } catch (IOException e) {
                    ended.complete(e);
                }
            });
            reader.start();
            while (reader.getState() == Thread.State.RUNNABLE || reader.getState() == Thread.State.NEW) {
                Thread.sleep(5);
            }
            var info = java.lang.management.ManagementFactory.getThreadMXBean()
                    .getThreadInfo(new long[] {reader.getId()}, true, true)[0];
            assertEquals(0, info.getLockedMonitors().length, info::toString);
            reader.interrupt();
            assertTrue(ended.get() instanceof java.io.InterruptedIOException, () -> "" + ended.join());
            assertFalse(kernel.isClosed());
        }
    }

    private static void awaitNoConnection(NetworkStack stack) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!stack.connections().isEmpty() && System.nanoTime() - deadline < 0) {
            Thread.sleep(20);
        }
        assertEquals(List.of(), stack.connections());
    }
}
