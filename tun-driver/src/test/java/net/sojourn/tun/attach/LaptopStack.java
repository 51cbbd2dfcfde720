package net.sojourn.tun.attach;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.tun.netlink.AddressMonitor;
import net.sojourn.tun.netlink.AddressView;
import net.sojourn.tun.netlink.HostNetwork;
import net.sojourn.tun.netlink.HostNetwork.Way;

/** A stack on the laptop's own addresses, as a daemon would make it: addresses by the monitor, sources by the kernel. */
final class LaptopStack implements Closeable {

    static final int PUBLISHED = 8443;
    static final int FIRST = 40_000;
    static final int LAST = 49_999;

    final AddressMonitor monitor;
    final HostNetwork host;
    final HostAddressAttachment attachment;
    final NetworkStack stack;

    LaptopStack(LaptopNetwork network) throws IOException {
        this(network, settings("sj0"));
    }

    LaptopStack(LaptopNetwork network, HostAddressSettings settings) throws IOException {
        monitor = network.laptop.call(AddressMonitor::open);
        host = network.laptop.call(HostNetwork::open);
        try {
            attachment = network.laptop.call(() -> HostAddressAttachment.open(settings, monitor));
        } catch (IOException e) {
            host.close();
            monitor.close();
            throw e;
        }
        NetworkStack.Builder builder = NetworkStack.builder(attachment.port()).sourceSelection(peer -> {
            try {
                return host.wayTo(peer).map(Way::source);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        monitor.view().usable().keySet().forEach(builder::address);
        stack = builder.start();
        monitor.listen(this::follow);
        follow(monitor.view());
    }

    static HostAddressSettings settings(String tun) {
        return new HostAddressSettings(tun, FIRST, LAST, Set.of(PUBLISHED), name -> true);
    }

    private void follow(AddressView view) {
        try {
            stack.addresses(view.usable().keySet());
        } catch (IOException e) {
            // The stack is closed: the test is over.
        }
    }

    /** Until the stack's addresses are as wanted. */
    void await(Predicate<Set<IpAddress>> wanted) throws IOException, InterruptedException {
        for (int i = 0; i < 200 && !wanted.test(stack.addresses()); i++) {
            Thread.sleep(10);
        }
        if (!wanted.test(stack.addresses())) {
            throw new AssertionError("addresses are " + stack.addresses());
        }
    }

    /** A listener of the stack that gives back what it gets. */
    TcpListener echo(int port) throws IOException {
        TcpListener listener = stack.listen(null, port, 10);
        Thread thread = new Thread(() -> accept(listener), "stack-echo-" + port);
        thread.setDaemon(true);
        thread.start();
        return listener;
    }

    private static void accept(TcpListener listener) {
        try {
            while (true) {
                TcpConnection connection = listener.accept(0);
                Thread thread = new Thread(() -> giveBack(connection), "stack-echo");
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException e) {
            // The test has closed it.
        }
    }

    private static void giveBack(TcpConnection connection) {
        try (connection) {
            byte[] octets = new byte[8_192];
            for (int n = connection.read(octets, 0, octets.length);
                    n > 0;
                    n = connection.read(octets, 0, octets.length)) {
                connection.write(octets, 0, n);
            }
        } catch (IOException e) {
            // The test has closed it.
        }
    }

    TcpConnection connect(String address, int port) throws IOException {
        TcpConnection connection = stack.connect(new InetSocketAddress(address, port), LaptopNetwork.TIMEOUT_MILLIS);
        connection.readTimeoutMillis(LaptopNetwork.TIMEOUT_MILLIS);
        return connection;
    }

    /** Whether so many octets come back; no more than buffers hold, for nobody reads meanwhile. */
    static boolean echoes(TcpConnection connection, int length) throws IOException {
        byte[] sent = new byte[length];
        new Random(length).nextBytes(sent);
        connection.write(sent, 0, length);
        byte[] back = new byte[length];
        int received = 0;
        for (int n = 1; received < length && n > 0; received += Math.max(n, 0)) {
            n = connection.read(back, received, length - received);
        }
        return Arrays.equals(sent, back);
    }

    @Override
    public void close() {
        stack.close();
        attachment.close();
        host.close();
        monitor.close();
    }
}
