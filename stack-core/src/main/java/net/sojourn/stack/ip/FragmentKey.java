package net.sojourn.stack.ip;

import net.sojourn.stack.IpAddress;

/**
 * What the fragments of one packet have in common (RFC 791 3.2, RFC 8200 4.5).
 *
 * @param protocol 0 for IPv6, where it does not count
 */
record FragmentKey(IpAddress source, IpAddress destination, int identification, int protocol) {

    /** Who pays for it: an IPv6 host has all addresses of its /64. */
    IpAddress payer() {
        return source.isIpv4() ? source : new IpAddress(source.hi(), 0);
    }
}
