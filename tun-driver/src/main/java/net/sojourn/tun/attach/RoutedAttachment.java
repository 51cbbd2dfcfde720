package net.sojourn.tun.attach;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.tun.TunPort;
import net.sojourn.tun.netlink.HostNetwork;
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
    private final List<IpAddress> routed = new ArrayList<>();
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
        RoutedAttachment attachment = new RoutedAttachment(settings, HostNetwork.open(), TunPort.open(settings.tun()));
        try {
            attachment.route();
            return attachment;
        } catch (IOException e) {
            attachment.close();
            throw e;
        }
    }

    private void route() throws SystemCallException {
        for (IpAddress address : settings.addresses()) {
            host.addRoute(address, bits(address), port.device().interfaceIndex(), settings.metric());
            routed.add(address);
        }
    }

    private static int bits(IpAddress address) {
        return address.isIpv4() ? 32 : 128;
    }

    @Override
    public List<String> plan() {
        List<String> plan = new ArrayList<>();
        plan.add("TUN device " + settings.tun().name() + ", up");
        settings.addresses()
                .forEach(address -> plan.add("route " + address + "/" + bits(address) + " into "
                        + settings.tun().name() + ", metric " + settings.metric()));
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
        for (IpAddress address : routed) {
            try {
                host.removeRoute(address, bits(address), port.device().interfaceIndex(), settings.metric());
            } catch (SystemCallException e) {
                LOG.debug("attachment=route-gone address={} said=\"{}\"", address, e.getMessage());
            }
        }
        port.close();
        host.close();
    }
}
