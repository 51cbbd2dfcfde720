package net.sojourn.daemon.mobility;

import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import net.sojourn.daemon.config.MoveSettings;
import net.sojourn.stack.IpAddress;
import net.sojourn.tun.netlink.AddressMonitor;
import net.sojourn.tun.netlink.AddressView;
import net.sojourn.tun.netlink.HostNetwork;
import net.sojourn.tun.netlink.Link;
import net.sojourn.tun.netlink.LinkAddress;
import net.sojourn.tun.netlink.LinkKind;

/** What the kernel says, by rtnetlink. Any thread. */
public final class KernelAddresses implements HostAddresses {

    private final AddressMonitor monitor;
    private final HostNetwork host;
    private final Predicate<String> uplink;

    private final MoveSettings settings;
    private final Map<Link, LinkKind> kinds = new ConcurrentHashMap<>();

    private KernelAddresses(AddressMonitor monitor, HostNetwork host, Predicate<String> uplink, MoveSettings settings) {
        this.monitor = monitor;
        this.host = host;
        this.uplink = uplink;
        this.settings = settings;
    }

    /**
     * @param monitor stays the caller's to close
     * @param uplink names of links whose addresses count
     */
    public static KernelAddresses open(AddressMonitor monitor, Predicate<String> uplink, MoveSettings settings)
            throws IOException {
        return new KernelAddresses(monitor, HostNetwork.open(), uplink, settings);
    }

    @Override
    public Map<IpAddress, InterfaceView> usable() {
        AddressView view = monitor.view();
        Map<String, InterfaceView> byName = new HashMap<>();
        kinds.keySet().retainAll(view.links().values());
        for (Link link : view.links().values()) {
            if (uplink.test(link.name())) {
                LinkKind kind = kinds.computeIfAbsent(link, LinkKind::of);
                byName.put(link.name(), InterfaceView.of(link.name(), kind, settings));
            }
        }
        Map<IpAddress, InterfaceView> usable = new LinkedHashMap<>();
        view.usable().forEach((address, name) -> {
            InterfaceView of = byName.get(name);
            if (of != null) {
                usable.put(address, of);
            }
        });
        return usable;
    }

    @Override
    public boolean leads(IpAddress source, IpAddress peer) throws IOException {
        for (LinkAddress address : monitor.view().addresses()) {
            if (address.address().equals(source)) {
                return host.leadsBy(address.linkIndex(), source, peer);
            }
        }
        return false;
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
