package net.sojourn.tun.netlink;

import static net.sojourn.tun.netlink.RtNetlink.NLM_F_ACK;
import static net.sojourn.tun.netlink.RtNetlink.NLM_F_CREATE;
import static net.sojourn.tun.netlink.RtNetlink.NLM_F_DUMP;
import static net.sojourn.tun.netlink.RtNetlink.NLM_F_EXCL;
import static net.sojourn.tun.netlink.RtNetlink.NLM_F_REPLACE;
import static net.sojourn.tun.netlink.RtNetlink.NLM_F_REQUEST;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import net.sojourn.stack.IpAddress;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.Libc;
import net.sojourn.tun.syscall.SystemCallException;

/**
 * Links, addresses and routes of the network namespace of the thread that opened it: asked and changed, each call one
 * question to the kernel. Any thread. Changes need CAP_NET_ADMIN. Source: rtnetlink(7).
 */
public final class HostNetwork implements AutoCloseable {

    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;

    private final NetlinkSocket socket;

    private HostNetwork(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Of the calling thread's namespace. */
    public static HostNetwork open() throws SystemCallException {
        return new HostNetwork(NetlinkSocket.open(0));
    }

    // ---- asked

    /** All devices. */
    public List<Link> links() throws SystemCallException {
        return ask(linksRequest()).stream()
                .flatMap(message -> Link.of(message).stream())
                .toList();
    }

    public Optional<Link> link(String name) throws SystemCallException {
        return links().stream().filter(link -> link.name().equals(name)).findFirst();
    }

    /** All addresses, usable or not. */
    public List<LinkAddress> addresses() throws SystemCallException {
        return ask(addressesRequest()).stream()
                .flatMap(message -> LinkAddress.of(message).stream())
                .toList();
    }

    static NetlinkRequest linksRequest() {
        return new NetlinkRequest(RtNetlink.RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, "list the network devices")
                .word(0)
                .word(0)
                .word(0)
                .word(0);
    }

    static NetlinkRequest addressesRequest() {
        return new NetlinkRequest(RtNetlink.RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, "list the addresses")
                .word(0)
                .word(0);
    }

    /**
     * The way the kernel would take.
     *
     * @param source the address it would use
     * @param linkIndex the device it would use
     */
    public record Way(IpAddress source, int linkIndex) {}

    /** The way to {@code peer}; empty without a route. */
    public Optional<Way> wayTo(IpAddress peer) throws SystemCallException {
        NetlinkRequest request = new NetlinkRequest(RtNetlink.RTM_GETROUTE, NLM_F_REQUEST, "find the route to " + peer)
                .octet(family(peer))
                .octet(bits(peer))
                .octet(0)
                .octet(0)
                .word(0)
                .word(0)
                .attribute(RtNetlink.RTA_DST, peer.toBytes());
        return route(request)
                .flatMap(route -> route.addressAttribute(RtNetlink.ROUTE_HEADER_BYTES, RtNetlink.RTA_PREFSRC)
                        .map(source -> new Way(source, outgoingLink(route))));
    }

    /**
     * The device by which packets from {@code source} to {@code peer} leave, rules for the source included; empty without
     * a route.
     *
     * @param source an address of this host
     */
    public OptionalInt leavesBy(IpAddress source, IpAddress peer) throws SystemCallException {
        NetlinkRequest request = new NetlinkRequest(
                        RtNetlink.RTM_GETROUTE, NLM_F_REQUEST, "find the route from " + source + " to " + peer)
                .octet(family(peer))
                .octet(bits(peer))
                .octet(bits(source))
                .octet(0)
                .word(0)
                .word(0)
                .attribute(RtNetlink.RTA_DST, peer.toBytes())
                .attribute(RtNetlink.RTA_SRC, source.toBytes());
        Optional<NetlinkMessage> route = route(request);
        return route.isEmpty() ? OptionalInt.empty() : OptionalInt.of(outgoingLink(route.get()));
    }

    /**
     * Whether packets from {@code source} can leave for {@code peer} by device {@code linkIndex}, whatever other devices
     * the kernel would rather use.
     */
    public boolean leadsBy(int linkIndex, IpAddress source, IpAddress peer) throws SystemCallException {
        if (isRoute(linkIndex, wayBy(linkIndex, peer).attribute(RtNetlink.RTA_SRC, source.toBytes()))) {
            return true;
        }
        // With a source the kernel takes an IPv6 device for a wish, without one for an order.
        return !peer.isIpv4() && isRoute(linkIndex, wayBy(linkIndex, peer));
    }

    private static NetlinkRequest wayBy(int linkIndex, IpAddress peer) {
        return new NetlinkRequest(
                        RtNetlink.RTM_GETROUTE, NLM_F_REQUEST, "find the route to " + peer + " by device " + linkIndex)
                .octet(family(peer))
                .octet(bits(peer))
                .octet(peer.isIpv4() ? IPV4_BITS : 0)
                .octet(0)
                .word(0)
                // Else the kernel would take a peer without a route for a neighbour on that device.
                .word(peer.isIpv4() ? RtNetlink.RTM_F_FIB_MATCH : 0)
                .attribute(RtNetlink.RTA_DST, peer.toBytes())
                .attribute(RtNetlink.RTA_OIF, linkIndex);
    }

    private boolean isRoute(int linkIndex, NetlinkRequest request) throws SystemCallException {
        return route(request)
                .filter(route -> route.octet(7) == RtNetlink.RTN_UNICAST && outgoingLink(route) == linkIndex)
                .isPresent();
    }

    /** The answer to RTM_GETROUTE, where it is a route that leads somewhere. */
    private Optional<NetlinkMessage> route(NetlinkRequest request) throws SystemCallException {
        try {
            return ask(request).stream()
                    .findFirst()
                    .filter(route -> route.octet(7) == RtNetlink.RTN_UNICAST || route.octet(7) == RtNetlink.RTN_LOCAL);
        } catch (SystemCallException e) {
            // Also what routes of the kinds unreachable, prohibit and blackhole say, and a source that is not ours.
            if (e.is(Errno.ENETUNREACH) || e.is(Errno.EHOSTUNREACH) || e.is(Errno.EACCES) || e.is(Errno.EINVAL)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static int outgoingLink(NetlinkMessage route) {
        return route.wordAttribute(RtNetlink.ROUTE_HEADER_BYTES, RtNetlink.RTA_OIF)
                .orElse(0);
    }

    // ---- changed

    /** Sets a device up or down. */
    public void setUp(int linkIndex, boolean up) throws SystemCallException {
        ask(new NetlinkRequest(
                        RtNetlink.RTM_SETLINK,
                        NLM_F_REQUEST | NLM_F_ACK,
                        "set device " + linkIndex + (up ? " up" : " down"))
                .word(0)
                .word(linkIndex)
                .word(up ? RtNetlink.IFF_UP : 0)
                .word(RtNetlink.IFF_UP));
    }

    /** Sets a device's MTU. */
    public void setMtuBytes(int linkIndex, int mtuBytes) throws SystemCallException {
        ask(new NetlinkRequest(
                        RtNetlink.RTM_SETLINK,
                        NLM_F_REQUEST | NLM_F_ACK,
                        "set the MTU of device " + linkIndex + " to " + mtuBytes)
                .word(0)
                .word(linkIndex)
                .word(0)
                .word(0)
                .attribute(RtNetlink.IFLA_MTU, mtuBytes));
    }

    /** Adds an address. IPv6 addresses are usable at once: there is nobody to share a point-to-point device with. */
    public void addAddress(int linkIndex, IpAddress address, int prefixBits) throws SystemCallException {
        changeAddress(RtNetlink.RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, linkIndex, address, prefixBits, "add");
    }

    /** Removes an address; one that is not there is as good as removed. */
    public void removeAddress(int linkIndex, IpAddress address, int prefixBits) throws SystemCallException {
        try {
            changeAddress(RtNetlink.RTM_DELADDR, 0, linkIndex, address, prefixBits, "remove");
        } catch (SystemCallException e) {
            if (!e.is(Errno.EADDRNOTAVAIL)) {
                throw e;
            }
        }
    }

    private void changeAddress(int type, int flags, int linkIndex, IpAddress address, int prefixBits, String verb)
            throws SystemCallException {
        NetlinkRequest request = new NetlinkRequest(
                        type,
                        NLM_F_REQUEST | NLM_F_ACK | flags,
                        verb + " address " + address + "/" + prefixBits + " of device " + linkIndex)
                .octet(family(address))
                .octet(prefixBits)
                .octet(address.isIpv4() ? 0 : RtNetlink.IFA_F_NODAD)
                .octet(RtNetlink.RT_SCOPE_UNIVERSE)
                .word(linkIndex)
                .attribute(RtNetlink.IFA_LOCAL, address.toBytes())
                .attribute(RtNetlink.IFA_ADDRESS, address.toBytes());
        ask(request);
    }

    /** Adds a route; the one of the same prefix, table and metric, if there is one, is replaced. */
    public void replaceRoute(Route route) throws SystemCallException {
        ask(route.request(RtNetlink.RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, "add the route " + route));
    }

    /** Adds a route; EEXIST if there is one of the same prefix, table and metric. */
    public void addRoute(Route route) throws SystemCallException {
        ask(route.request(RtNetlink.RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, "add the route " + route));
    }

    /** Removes a route; one that is not there is as good as removed. */
    public void removeRoute(Route route) throws SystemCallException {
        try {
            ask(route.request(RtNetlink.RTM_DELROUTE, 0, "remove the route " + route));
        } catch (SystemCallException e) {
            if (!e.is(Errno.ESRCH) && !e.is(Errno.ENODEV)) {
                throw e;
            }
        }
    }

    static int family(IpAddress address) {
        return address.isIpv4() ? Libc.AF_INET : Libc.AF_INET6;
    }

    private static int bits(IpAddress address) {
        return address.isIpv4() ? IPV4_BITS : IPV6_BITS;
    }

    private synchronized List<NetlinkMessage> ask(NetlinkRequest request) throws SystemCallException {
        return socket.ask(request);
    }

    @Override
    public synchronized void close() {
        socket.close();
    }
}
