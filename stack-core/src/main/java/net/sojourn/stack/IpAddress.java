package net.sojourn.stack;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An IPv4 or IPv6 address as two longs, so that tables compare it without allocation. An IPv4 address is held as its
 * IPv4-mapped form (RFC 4291 2.5.5.2); a mapped address written as IPv6 is the same as the IPv4 address. No scope.
 *
 * @param hi octets 0 to 7, big endian
 * @param lo octets 8 to 15, big endian
 */
public record IpAddress(long hi, long lo) implements Comparable<IpAddress> {

    private static final long MAPPED_PREFIX = 0x0000_FFFF_0000_0000L;

    public static final IpAddress IPV4_ANY = ofIpv4(0);
    public static final IpAddress IPV6_ANY = new IpAddress(0, 0);

    /** The IPv4 address whose four octets are {@code bits}, big endian. */
    public static IpAddress ofIpv4(int bits) {
        return new IpAddress(0, lowOfIpv4(bits));
    }

    /** The {@link #lo()} of the IPv4 address {@code bits}; its {@link #hi()} is 0. */
    public static long lowOfIpv4(int bits) {
        return MAPPED_PREFIX | (bits & 0xFFFF_FFFFL);
    }

    public static IpAddress of(InetAddress address) {
        return ofBytes(address.getAddress());
    }

    /** From 4 or 16 octets in network order. */
    public static IpAddress ofBytes(byte[] octets) {
        if (octets.length == 4) {
            return ofIpv4((int) big(octets, 0, 4));
        }
        if (octets.length == 16) {
            return new IpAddress(big(octets, 0, 8), big(octets, 8, 8));
        }
        throw new IllegalArgumentException("an IP address has 4 or 16 octets, not " + octets.length);
    }

    /**
     * From its text form, such as {@code 192.0.2.1} or {@code 2001:db8::1}. Never asks a name server.
     *
     * @throws IllegalArgumentException if {@code text} is not a literal address
     */
    public static IpAddress parse(String text) {
        boolean literal =
                !text.isEmpty() && text.chars().allMatch(c -> c == '.' || c == ':' || Character.digit(c, 16) >= 0);
        if (literal
                && (text.indexOf(':') >= 0 || text.chars().filter(c -> c == '.').count() == 3)) {
            try {
                return of(InetAddress.getByName(text));
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException("not an IP address: " + text, e);
            }
        }
        throw new IllegalArgumentException("not an IP address: " + text);
    }

    public boolean isIpv4() {
        return hi == 0 && (lo & 0xFFFF_FFFF_0000_0000L) == MAPPED_PREFIX;
    }

    /** The four octets of an IPv4 address. */
    public int ipv4Bits() {
        return (int) lo;
    }

    public boolean isUnspecified() {
        return hi == 0 && (lo == 0 || lo == MAPPED_PREFIX);
    }

    public boolean isMulticast() {
        return isIpv4() ? (ipv4Bits() >>> 28) == 0xE : (hi >>> 56) == 0xFF;
    }

    public boolean isLimitedBroadcast() {
        return isIpv4() && ipv4Bits() == -1;
    }

    public boolean isLinkLocal() {
        return isIpv4() ? (ipv4Bits() >>> 16) == 0xA9FE : (hi >>> 54) == 0x3FA;
    }

    public boolean isLoopback() {
        return isIpv4() ? (ipv4Bits() >>> 24) == 127 : hi == 0 && lo == 1;
    }

    /** 4 or 16 octets in network order. */
    public byte[] toBytes() {
        byte[] octets = new byte[isIpv4() ? 4 : 16];
        for (int i = octets.length - 1, shift = 0; i >= 0; i--, shift += 8) {
            octets[i] = (byte) (shift < 64 ? lo >>> shift : hi >>> (shift - 64));
        }
        return octets;
    }

    public InetAddress toInetAddress() {
        try {
            return InetAddress.getByAddress(toBytes());
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether the first {@code prefixLength} bits of both are equal and both are of one family. */
    public boolean samePrefix(IpAddress other, int prefixLength) {
        if (isIpv4() != other.isIpv4()) {
            return false;
        }
        int bits = isIpv4() ? prefixLength + 96 : prefixLength;
        long hiMask = bits >= 64 ? -1L : bits == 0 ? 0 : -1L << (64 - bits);
        long loMask = bits <= 64 ? 0 : bits == 128 ? -1L : -1L << (128 - bits);
        return ((hi ^ other.hi) & hiMask) == 0 && ((lo ^ other.lo) & loMask) == 0;
    }

    @Override
    public int compareTo(IpAddress other) {
        int c = Long.compareUnsigned(hi, other.hi);
        return c != 0 ? c : Long.compareUnsigned(lo, other.lo);
    }

    /** The text form of RFC 5952. */
    @Override
    public String toString() {
        if (isIpv4()) {
            int bits = ipv4Bits();
            return (bits >>> 24) + "." + (bits >>> 16 & 0xFF) + "." + (bits >>> 8 & 0xFF) + "." + (bits & 0xFF);
        }
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (int) ((i < 4 ? hi >>> (48 - 16 * i) : lo >>> (48 - 16 * (i - 4))) & 0xFFFF);
        }
        int bestStart = -1;
        int bestLength = 1;
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > bestLength) {
                bestStart = i;
                bestLength = end - i;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
                continue;
            }
            if (text.length() > 0 && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }

    private static long big(byte[] octets, int from, int length) {
        long value = 0;
        for (int i = from; i < from + length; i++) {
            value = value << 8 | (octets[i] & 0xFF);
        }
        return value;
    }
}
