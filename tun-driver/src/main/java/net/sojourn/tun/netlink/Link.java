package net.sojourn.tun.netlink;

import java.util.Optional;

/**
 * A network device. Immutable.
 *
 * @param index unique in its namespace for as long as the device lives
 * @param up set up by its administrator
 * @param carrier also physically connected
 * @param hardwareType ARPHRD number
 * @param driver what made a virtual device, such as {@code wireguard}; empty for hardware
 */
public record Link(
        int index,
        String name,
        boolean up,
        boolean carrier,
        boolean loopback,
        int mtuBytes,
        int hardwareType,
        String driver) {

    /**
     * Empty for messages that speak of a device without describing it: of its place in a bridge (family AF_BRIDGE, whose
     * RTM_DELLINK says that it left the bridge), or of its radio (wireless extensions, without a name).
     */
    static Optional<Link> of(NetlinkMessage message) {
        if (message.octet(0) != RtNetlink.AF_UNSPEC) {
            return Optional.empty();
        }
        int flags = message.word(8);
        int mtuBytes = message.wordAttribute(RtNetlink.LINK_HEADER_BYTES, RtNetlink.IFLA_MTU)
                .orElse(0);
        return message.textAttribute(RtNetlink.LINK_HEADER_BYTES, RtNetlink.IFLA_IFNAME)
                .filter(name -> !name.isEmpty())
                .map(name -> new Link(
                        message.word(4),
                        name,
                        (flags & RtNetlink.IFF_UP) != 0,
                        (flags & RtNetlink.IFF_LOWER_UP) != 0,
                        (flags & RtNetlink.IFF_LOOPBACK) != 0,
                        mtuBytes,
                        message.word(0) >>> 16,
                        driver(message)));
    }

    private static String driver(NetlinkMessage message) {
        return message.attribute(RtNetlink.LINK_HEADER_BYTES, RtNetlink.IFLA_LINKINFO)
                .map(nested -> new NetlinkMessage(message.type(), 0, 0, nested))
                .flatMap(nested -> nested.textAttribute(0, RtNetlink.IFLA_INFO_KIND))
                .orElse("");
    }
}
