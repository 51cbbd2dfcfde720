package net.sojourn.daemon.config;

import net.sojourn.stack.IpAddress;

/**
 * A block of addresses, such as {@code 10.0.0.0/8}; an address alone is a block of one.
 *
 * @param length 0 to 32 or 128 by the address's family
 */
public record Prefix(IpAddress address, int length) {

    public Prefix {
        if (length < 0 || length > (address.isIpv4() ? 32 : 128)) {
            throw new IllegalArgumentException("prefix length " + length + " is out of range");
        }
    }

    /** @throws IllegalArgumentException saying what is wrong */
    public static Prefix parse(String text) {
        int slash = text.indexOf('/');
        IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        if (slash < 0) {
            return new Prefix(address, address.isIpv4() ? 32 : 128);
        }
        try {
            return new Prefix(address, Integer.parseInt(text.substring(slash + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a prefix length: " + text.substring(slash + 1), e);
        }
    }

    public boolean contains(IpAddress other) {
        return address.samePrefix(other, length);
    }

    @Override
    public String toString() {
        return address + "/" + length;
    }
}
