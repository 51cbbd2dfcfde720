package net.sojourn.testbed.topology;

import java.util.Optional;
import net.sojourn.stack.IpAddress;
import net.sojourn.testbed.netns.Cidr;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.TestNetwork;

/**
 * A host's device with the network behind it: a router that owns a prefix, of which the host may take any address in any
 * subnet. Attaching and leaving change the kernel's addresses and routes of the host, as a network manager does, and
 * nothing else does. Thread-safe.
 */
public final class Uplink {

    private final String routerDevice;
    private final Host host;
    private final String device;
    private final Host router;
    private final Cidr prefix;
    private final int metric;
    private final boolean duplicateAddressDetection;
    private Optional<Cidr> attached = Optional.empty();

    private Uplink(Host host, String device, Host router, Cidr prefix, int metric, boolean duplicateAddressDetection) {
        this.host = host;
        this.device = device;
        this.router = router;
        this.routerDevice = "to-" + host.name();
        this.prefix = prefix;
        this.metric = metric;
        this.duplicateAddressDetection = duplicateAddressDetection;
    }

    /**
     * Wires {@code device} of {@code host} to {@code router}, which gets the device {@code to-HOST}, without addresses yet.
     *
     * @param prefix what the router owns behind this device; it answers for the unused rest with ICMP unreachable
     * @param metric of the host's default route over this device; the lowest wins
     * @param duplicateAddressDetection whether the host tests new IPv6 addresses before their use
     */
    static Uplink wire(
            TestNetwork network,
            Host host,
            String device,
            Host router,
            Cidr prefix,
            int metric,
            boolean duplicateAddressDetection) {
        Uplink uplink = new Uplink(host, device, router, prefix, metric, duplicateAddressDetection);
        network.cable(host, device, router, uplink.routerDevice);
        // Without it, packets for unused addresses would go round between this router and the next.
        router.ip("route add unreachable " + prefix.network());
        if (duplicateAddressDetection) {
            host.sysctl("net.ipv6.conf." + device + ".accept_dad", "1");
        }
        return uplink;
    }

    public String device() {
        return device;
    }

    /** The address the host has here now. */
    public synchronized Optional<Cidr> attached() {
        return attached;
    }

    /** The addresses that may be taken here. */
    public Cidr prefix() {
        return prefix;
    }

    /**
     * Gives the device carrier, the address, and a default route over the router, which takes the first address of the
     * subnet. An address held here before is given up first.
     */
    public synchronized void attach(Cidr address) {
        if (!prefix.contains(address.address())) {
            throw new IllegalArgumentException(
                    address + " is not of " + prefix + ", which is the network behind " + device);
        }
        if (attached.isPresent()) {
            leave();
        }
        IpAddress gateway = address.gateway();
        router.ip(
                "link set " + routerDevice + " up",
                "addr replace " + gateway + "/" + address.prefixLength() + " dev " + routerDevice
                        + (address.isIpv4() ? "" : " nodad"));
        boolean nodad = !address.isIpv4() && !duplicateAddressDetection;
        host.ip(
                "addr add " + address + " dev " + device + (nodad ? " nodad" : ""),
                "route add " + anywhere(address) + " via " + gateway + " dev " + device + " metric " + metric);
        attached = Optional.of(address);
    }

    /** Takes route, address and carrier away; does nothing if the host is not attached here. */
    public synchronized void leave() {
        attached.ifPresent(address -> {
            host.ip(
                    "route del " + anywhere(address) + " dev " + device + " metric " + metric,
                    "addr del " + address + " dev " + device);
            router.ip(
                    "addr del " + address.gateway() + "/" + address.prefixLength() + " dev " + routerDevice,
                    "link set " + routerDevice + " down");
        });
        attached = Optional.empty();
    }

    private static String anywhere(Cidr address) {
        return address.isIpv4() ? "0.0.0.0/0" : "::/0";
    }

    @Override
    public String toString() {
        return host.name() + "/" + device + attached().map(a -> " " + a).orElse(" detached");
    }
}
