package net.sojourn.tun.netlink;

import java.util.Optional;
import net.sojourn.stack.IpAddress;

/**
 * A way for a prefix through a device. Immutable.
 *
 * @param linkIndex the device; 0 where the gateway alone decides
 * @param gateway the next router; empty if the prefix is on the link
 * @param source what the kernel uses as its own address by default
 * @param metric lower wins; 0 is the kernel's default, which for IPv6 is 1024
 * @param table of policy routing; 254 is the main one
 */
public record Route(
        IpAddress prefix,
        int prefixBits,
        int linkIndex,
        Optional<IpAddress> gateway,
        Optional<IpAddress> source,
        int metric,
        int table) {

    public Route {
        if (prefixBits < 0 || prefixBits > (prefix.isIpv4() ? 32 : 128)) {
            throw new IllegalArgumentException("no prefix: " + prefix + "/" + prefixBits);
        }
    }

    /** A prefix on the link itself, in the main table. */
    public static Route onLink(IpAddress prefix, int prefixBits, int linkIndex) {
        return new Route(prefix, prefixBits, linkIndex, Optional.empty(), Optional.empty(), 0, RtNetlink.RT_TABLE_MAIN);
    }

    public Route via(IpAddress router) {
        return new Route(prefix, prefixBits, linkIndex, Optional.of(router), source, metric, table);
    }

    public Route from(IpAddress address) {
        return new Route(prefix, prefixBits, linkIndex, gateway, Optional.of(address), metric, table);
    }

    public Route metric(int value) {
        return new Route(prefix, prefixBits, linkIndex, gateway, source, value, table);
    }

    public Route table(int value) {
        return new Route(prefix, prefixBits, linkIndex, gateway, source, metric, value);
    }

    /** @param what completes "cannot ...", for errors */
    NetlinkRequest request(int type, int flags, String what) {
        boolean universe = !prefix.isIpv4() || gateway.isPresent();
        NetlinkRequest request = new NetlinkRequest(type, RtNetlink.NLM_F_REQUEST | RtNetlink.NLM_F_ACK | flags, what)
                .octet(HostNetwork.family(prefix))
                .octet(prefixBits)
                .octet(0)
                .octet(0)
                .octet(RtNetlink.RT_TABLE_UNSPEC)
                .octet(RtNetlink.RTPROT_STATIC)
                .octet(universe ? RtNetlink.RT_SCOPE_UNIVERSE : RtNetlink.RT_SCOPE_LINK)
                .octet(RtNetlink.RTN_UNICAST)
                .word(0)
                .attribute(RtNetlink.RTA_DST, prefix.toBytes())
                .attribute(RtNetlink.RTA_TABLE, table)
                .attribute(RtNetlink.RTA_PRIORITY, metric);
        if (linkIndex != 0) {
            request.attribute(RtNetlink.RTA_OIF, linkIndex);
        }
        gateway.ifPresent(router -> request.attribute(RtNetlink.RTA_GATEWAY, router.toBytes()));
        if (type == RtNetlink.RTM_DELROUTE) {
            // Prefix, table and metric tell which one: it goes even if its source was changed since.
            return request;
        }
        source.ifPresent(address -> request.attribute(RtNetlink.RTA_PREFSRC, address.toBytes()));
        return request;
    }

    @Override
    public String toString() {
        return prefix + "/" + prefixBits
                + gateway.map(router -> " via " + router).orElse("")
                + (linkIndex == 0 ? "" : " through device " + linkIndex)
                + source.map(address -> " from " + address).orElse("")
                + (metric == 0 ? "" : " metric " + metric)
                + (table == RtNetlink.RT_TABLE_MAIN ? "" : " table " + table);
    }
}
