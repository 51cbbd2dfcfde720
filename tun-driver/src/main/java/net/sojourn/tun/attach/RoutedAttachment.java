package net.sojourn.tun.attach;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.tun.TunPort;
import net.sojourn.tun.netlink.HostNetwork;
import net.sojourn.tun.netlink.Route;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.SystemCallException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stack has addresses of its own, which the host sends into a TUN: for servers, containers and tests. Whether others
 * reach them is the matter of the network's routes and of {@code ip_forward}. A new device takes its routes along when it
 * goes.
 */
public final class RoutedAttachment implements Attachment {

    private static final Logger LOG = LoggerFactory.getLogger(RoutedAttachment.class);

    private final RoutedSettings settings;
    private final HostNetwork host;
    private final TunPort port;
    private final List<IpAddress> own = new ArrayList<>();
    private final List<Route> routes = new ArrayList<>();
    private boolean closed;

    private RoutedAttachment(RoutedSettings settings, HostNetwork host, TunPort port) {
        this.settings = settings;
        this.host = host;
        this.port = port;
    }

    /**
     * Attaches, in the namespace of the calling thread: sets the device up and routes each address into it.
     *
     * @throws IOException saying what is in the way and what to do; nothing is left behind then
     */
    public static RoutedAttachment open(RoutedSettings settings) throws IOException {
        HostNetwork host = HostNetwork.open();
        TunPort port;
        try {
            port = TunPort.open(settings.tun());
        } catch (IOException e) {
            host.close();
            throw e;
        }
        RoutedAttachment attachment = new RoutedAttachment(settings, host, port);
        try {
            attachment.route();
            return attachment;
        } catch (IOException e) {
            attachment.close();
            throw e;
        }
    }

    private void route() throws SystemCallException {
        int link = port.device().interfaceIndex();
        for (IpAddress address : settings.hostAddresses()) {
            try {
                host.addAddress(link, address, bits(address));
                own.add(address);
            } catch (SystemCallException e) {
                // An existing device may bear it already; then it stays.
                if (!e.is(Errno.EEXIST)) {
                    throw e;
                }
            }
        }
        for (IpAddress address : settings.addresses()) {
            Route route = settings.hostAddresses().stream()
                    .filter(source -> source.isIpv4() == address.isIpv4())
                    .findFirst()
                    .map(source -> route(address, link).from(source))
                    .orElseGet(() -> route(address, link));
            host.replaceRoute(route);
            routes.add(route);
        }
    }

    private Route route(IpAddress address, int link) {
        return Route.onLink(address, bits(address), link).metric(settings.metric());
    }

    private static int bits(IpAddress address) {
        return address.isIpv4() ? 32 : 128;
    }

    @Override
    public List<String> plan() {
        return plan(settings);
    }

    /** What such an attachment would change on the host, a line each. */
    public static List<String> plan(RoutedSettings settings) {
        String tun = settings.tun().name();
        List<String> plan = new ArrayList<>();
        plan.add("make or take TUN device " + tun + ", up");
        settings.hostAddresses()
                .forEach(address -> plan.add("add address " + address + "/" + bits(address) + " to " + tun));
        settings.addresses()
                .forEach(address -> plan.add("add route " + address + "/" + bits(address) + " through " + tun
                        + " metric " + settings.metric()));
        return plan;
    }

    @Override
    public PacketPort port() {
        return port;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        int link = port.device().interfaceIndex();
        routes.forEach(route -> takeBack(() -> host.removeRoute(route)));
        own.forEach(address -> takeBack(() -> host.removeAddress(link, address, bits(address))));
        port.close();
        host.close();
    }

    private interface Change {
        void make() throws SystemCallException;
    }

    private static void takeBack(Change change) {
        try {
            change.make();
        } catch (SystemCallException e) {
            LOG.debug("attachment=gone-already said=\"{}\"", e.getMessage());
        }
    }
}
