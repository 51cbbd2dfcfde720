package net.sojourn.daemon.mobility;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import net.sojourn.stack.IpAddress;
import net.sojourn.tun.netlink.AddressMonitor;
import net.sojourn.tun.netlink.AddressView;
import net.sojourn.tun.netlink.HostNetwork;
import net.sojourn.tun.netlink.Link;

/** What the kernel says, by rtnetlink. Any thread. */
public final class KernelAddresses implements HostAddresses {

    private final AddressMonitor monitor;
    private final HostNetwork host;
    private final Predicate<String> uplink;

    private KernelAddresses(AddressMonitor monitor, HostNetwork host, Predicate<String> uplink) {
        this.monitor = monitor;
        this.host = host;
        this.uplink = uplink;
    }

    /**
     * @param monitor stays the caller's to close
     * @param uplink names of links whose addresses count
     */
    public static KernelAddresses open(AddressMonitor monitor, Predicate<String> uplink) throws IOException {
        return new KernelAddresses(monitor, HostNetwork.open(), uplink);
    }

    @Override
    public Map<IpAddress, String> usable() {
        Map<IpAddress, String> usable = new LinkedHashMap<>(monitor.view().usable());
        usable.values().removeIf(uplink.negate());
        return usable;
    }

    /** The kernel's choice, if it leads out by one of our uplinks, or stays on this host. */
    @Override
    public Optional<IpAddress> sourceFor(IpAddress peer) throws IOException {
        AddressView view = monitor.view();
        return host.wayTo(peer)
                .filter(way -> {
                    Link link = view.links().get(way.linkIndex());
                    return link != null && (link.loopback() || uplink.test(link.name()));
                })
                .map(HostNetwork.Way::source);
    }

    @Override
    public void listen(Runnable changed) {
        monitor.listen(view -> changed.run());
    }

    @Override
    public void close() {
        host.close();
    }
}
