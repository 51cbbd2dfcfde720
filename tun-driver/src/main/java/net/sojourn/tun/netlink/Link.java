package net.sojourn.tun.netlink;

/**
 * A network device. Immutable.
 *
 * @param index unique in its namespace for as long as the device lives
 * @param up set up by its administrator
 * @param carrier also physically connected
 */
public record Link(int index, String name, boolean up, boolean carrier, boolean loopback, int mtuBytes) {

    static Link of(NetlinkMessage message) {
        int flags = message.word(8);
        return new Link(
                message.word(4),
                message.textAttribute(RtNetlink.LINK_HEADER_BYTES, RtNetlink.IFLA_IFNAME)
                        .orElse(""),
                (flags & RtNetlink.IFF_UP) != 0,
                (flags & RtNetlink.IFF_LOWER_UP) != 0,
                (flags & RtNetlink.IFF_LOOPBACK) != 0,
                message.wordAttribute(RtNetlink.LINK_HEADER_BYTES, RtNetlink.IFLA_MTU)
                        .orElse(0));
    }
}
