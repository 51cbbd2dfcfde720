package net.sojourn.testbed.netns;

import net.sojourn.stack.IpAddress;

/**
 * An address with the length of its prefix, such as {@code 10.1.0.23/24}: what a device is given. Host bits are kept.
 *
 * @param address the address
 * @param prefixLength 0 to 32 for IPv4, 0 to 128 for IPv6
 */
public record Cidr(IpAddress address, int prefixLength) {

    public Cidr {
        if (prefixLength < 0 || prefixLength > (address.isIpv4() ? 32 : 128)) {
            throw new IllegalArgumentException("no such prefix length: " + address + "/" + prefixLength);
        }
    }

    /** @throws IllegalArgumentException if {@code text} is not {@code ADDRESS/LENGTH} */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("not an address with prefix length, such as 10.1.0.23/24: " + text);
        }
        return new Cidr(IpAddress.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    public boolean isIpv4() {
        return address.isIpv4();
    }

    /** The prefix itself: all host bits zero. */
    public Cidr network() {
        int bits = isIpv4() ? prefixLength + 96 : prefixLength;
        long hiMask = bits >= 64 ? -1L : bits == 0 ? 0 : -1L << (64 - bits);
        long loMask = bits <= 64 ? 0 : bits == 128 ? -1L : -1L << (128 - bits);
        return new Cidr(new IpAddress(address.hi() & hiMask, address.lo() & loMask), prefixLength);
    }

    /** The first address of the prefix, which routers of the testbed take. */
    public IpAddress gateway() {
        IpAddress network = network().address();
        return new IpAddress(network.hi(), network.lo() + 1);
    }

    /** Whether {@code other} lies in this prefix. */
    public boolean contains(IpAddress other) {
        return address.samePrefix(other, prefixLength);
    }

    @Override
    public String toString() {
        return address + "/" + prefixLength;
    }
}
