package net.sojourn.tun.netlink;

import static net.sojourn.tun.netlink.RtNetlink.NLM_F_ACK;
import static net.sojourn.tun.netlink.RtNetlink.NLM_F_CREATE;
import static net.sojourn.tun.netlink.RtNetlink.NLM_F_DUMP;
import static net.sojourn.tun.netlink.RtNetlink.NLM_F_EXCL;
import static net.sojourn.tun.netlink.RtNetlink.NLM_F_REPLACE;
import static net.sojourn.tun.netlink.RtNetlink.NLM_F_REQUEST;

import java.util.List;
import java.util.Optional;
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
        return ask(linksRequest()).stream().map(Link::of).toList();
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
        NetlinkRequest request = routeHeader(
                        new NetlinkRequest(RtNetlink.RTM_GETROUTE, NLM_F_REQUEST, "find the route to " + peer),
                        peer,
                        bits(peer),
                        0)
                .attribute(RtNetlink.RTA_DST, peer.toBytes());
        try {
            return ask(request).stream().findFirst().flatMap(HostNetwork::way);
        } catch (SystemCallException e) {
            if (e.is(Errno.ENETUNREACH) || e.is(Errno.EHOSTUNREACH) || e.is(Errno.EACCES) || e.is(Errno.EINVAL)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static Optional<Way> way(NetlinkMessage route) {
        int type = route.octet(7);
        if (type != RtNetlink.RTN_UNICAST && type != RtNetlink.RTN_LOCAL) {
            return Optional.empty();
        }
        int fixed = RtNetlink.ROUTE_HEADER_BYTES;
        int link = route.wordAttribute(fixed, RtNetlink.RTA_OIF).orElse(0);
        return route.addressAttribute(fixed, RtNetlink.RTA_PREFSRC).map(source -> new Way(source, link));
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

    /**
     * Sends a prefix into a device, in the main table. A route of the same prefix and metric is replaced.
     *
     * @param metric lower wins
     */
    public void addRoute(IpAddress prefix, int prefixBits, int linkIndex, int metric) throws SystemCallException {
        changeRoute(RtNetlink.RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, prefix, prefixBits, linkIndex, metric, "add");
    }

    /** Removes such a route; one that is not there is as good as removed. */
    public void removeRoute(IpAddress prefix, int prefixBits, int linkIndex, int metric) throws SystemCallException {
        try {
            changeRoute(RtNetlink.RTM_DELROUTE, 0, prefix, prefixBits, linkIndex, metric, "remove");
        } catch (SystemCallException e) {
            if (!e.is(Errno.ESRCH) && !e.is(Errno.ENODEV)) {
                throw e;
            }
        }
    }

    private void changeRoute(
            int type, int flags, IpAddress prefix, int prefixBits, int linkIndex, int metric, String verb)
            throws SystemCallException {
        String what = verb + " the route to " + prefix + "/" + prefixBits + " through device " + linkIndex;
        ask(routeHeader(
                        new NetlinkRequest(type, NLM_F_REQUEST | NLM_F_ACK | flags, what),
                        prefix,
                        prefixBits,
                        RtNetlink.RTN_UNICAST)
                .attribute(RtNetlink.RTA_DST, prefix.toBytes())
                .attribute(RtNetlink.RTA_OIF, linkIndex)
                .attribute(RtNetlink.RTA_PRIORITY, metric));
    }

    private static NetlinkRequest routeHeader(NetlinkRequest request, IpAddress to, int prefixBits, int type) {
        int scope = type == 0 || !to.isIpv4() ? RtNetlink.RT_SCOPE_UNIVERSE : RtNetlink.RT_SCOPE_LINK;
        return request.octet(family(to))
                .octet(prefixBits)
                .octet(0)
                .octet(0)
                .octet(type == 0 ? 0 : RtNetlink.RT_TABLE_MAIN)
                .octet(type == 0 ? 0 : RtNetlink.RTPROT_STATIC)
                .octet(scope)
                .octet(type)
                .word(0);
    }

    private static int family(IpAddress address) {
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
