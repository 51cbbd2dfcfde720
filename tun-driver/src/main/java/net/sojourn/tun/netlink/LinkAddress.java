package net.sojourn.tun.netlink;

import java.util.Optional;
import net.sojourn.stack.IpAddress;

/**
 * An address of a device. Immutable.
 *
 * @param scope as in rtnetlink(7): 0 is global
 * @param flags IFA_F bits
 */
public record LinkAddress(int linkIndex, IpAddress address, int prefixBits, int scope, int flags) {

    private static final int UNUSABLE =
            RtNetlink.IFA_F_TENTATIVE | RtNetlink.IFA_F_DEPRECATED | RtNetlink.IFA_F_DADFAILED;

    static Optional<LinkAddress> of(NetlinkMessage message) {
        int fixed = RtNetlink.ADDRESS_HEADER_BYTES;
        int flags = message.wordAttribute(fixed, RtNetlink.IFA_FLAGS).orElse(message.octet(2));
        return message.addressAttribute(fixed, RtNetlink.IFA_LOCAL)
                .or(() -> message.addressAttribute(fixed, RtNetlink.IFA_ADDRESS))
                .map(address -> new LinkAddress(message.word(4), address, message.octet(1), message.octet(3), flags));
    }

    /**
     * Whether a new connection may use it: global, proved unique, not on its way out. A tentative IPv6 address is not, until
     * duplicate address detection has ended (RFC 4862 5.4); an optimistic one is (RFC 4429).
     */
    public boolean isUsable() {
        boolean optimistic = (flags & RtNetlink.IFA_F_OPTIMISTIC) != 0;
        int against = optimistic ? UNUSABLE & ~RtNetlink.IFA_F_TENTATIVE : UNUSABLE;
        return scope == RtNetlink.RT_SCOPE_UNIVERSE && (flags & against) == 0 && !address.isLinkLocal();
    }
}
