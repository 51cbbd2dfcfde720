package net.sojourn.testbed.interop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.StackSettings;
import net.sojourn.testbed.netns.Cidr;
import net.sojourn.testbed.netns.Host;
import net.sojourn.tun.TunSettings;
import net.sojourn.tun.attach.RoutedAttachment;
import net.sojourn.tun.attach.RoutedSettings;

/** A stack behind a TUN of a host, with addresses of its own beside the kernel's. */
record StackHost(Host host, NetworkStack stack, IpAddress address, IpAddress address6) implements AutoCloseable {

    static final IpAddress KERNEL = IpAddress.parse("10.77.0.1");
    static final IpAddress KERNEL6 = IpAddress.parse("fd77::1");
    private static final IpAddress STACK = IpAddress.parse("10.77.0.2");
    private static final IpAddress STACK6 = IpAddress.parse("fd77::2");

    /** The kernel has {@link #KERNEL} and {@link #KERNEL6} on the device. */
    static StackHost start(Host host, TunSettings tun, StackSettings settings) throws IOException {
        RoutedAttachment attachment =
                host.call(() -> RoutedAttachment.open(RoutedSettings.of(tun, List.of(STACK, STACK6))));
        host.address(tun.name(), Cidr.parse(KERNEL + "/24"));
        host.address(tun.name(), Cidr.parse(KERNEL6 + "/64"));
        NetworkStack stack = NetworkStack.builder(attachment.port())
                .settings(settings)
                .address(STACK)
                .address(STACK6)
                .start();
        return new StackHost(host, stack, STACK, STACK6);
    }

    InetSocketAddress at(int port) {
        return new InetSocketAddress(address.toInetAddress(), port);
    }

    @Override
    public void close() {
        stack.close();
    }
}
