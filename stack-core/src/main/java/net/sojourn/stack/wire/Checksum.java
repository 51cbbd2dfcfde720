package net.sojourn.stack.wire;

import io.netty.buffer.ByteBuf;
import net.sojourn.stack.IpAddress;

/**
 * The Internet checksum (RFC 1071): ones' complement sum of big-endian 16-bit words. Sums are kept unfolded in a {@code
 * long} until {@link #fold}.
 */
public final class Checksum {

    private static final long LOW_32 = 0xFFFF_FFFFL;

    private Checksum() {}

    /** The sum of {@code length} octets from absolute {@code index}; an odd last octet counts as the high one of a word. */
    public static long sum(ByteBuf buffer, int index, int length) {
        long sum = 0;
        int i = index;
        int end = index + length;
        // A 64-bit word is its two 32-bit halves, and a 32-bit word folds to its two 16-bit halves later (RFC 1071
        // 2(C)).
        for (; i + 16 <= end; i += 16) {
            long first = buffer.getLong(i);
            long second = buffer.getLong(i + 8);
            sum += (first >>> 32) + (first & LOW_32) + (second >>> 32) + (second & LOW_32);
        }
        for (; i + 4 <= end; i += 4) {
            sum += buffer.getInt(i) & LOW_32;
        }
        if (i + 2 <= end) {
            sum += buffer.getUnsignedShort(i);
            i += 2;
        }
        if (i < end) {
            sum += buffer.getUnsignedByte(i) << 8;
        }
        return sum;
    }

    /** The sum of the pseudo-header of RFC 9293 3.1 (IPv4) or RFC 8200 8.1 (IPv6): both have the same value. */
    public static long pseudoHeaderSum(IpAddress source, IpAddress destination, int protocol, int transportBytes) {
        return addressSum(source) + addressSum(destination) + protocol + transportBytes;
    }

    /** Folds a sum to 16 bits without complementing it. */
    public static int fold(long sum) {
        long folded = (sum >>> 32) + (sum & LOW_32);
        folded = (folded >>> 32) + (folded & LOW_32);
        folded = (folded >>> 16) + (folded & 0xFFFF);
        folded = (folded >>> 16) + (folded & 0xFFFF);
        return (int) ((folded >>> 16) + (folded & 0xFFFF)) & 0xFFFF;
    }

    /** The value for the header field: the folded sum, complemented. */
    public static int complement(long sum) {
        return ~fold(sum) & 0xFFFF;
    }

    private static long addressSum(IpAddress address) {
        return address.isIpv4()
                ? address.ipv4Bits() & LOW_32
                : (address.hi() >>> 32) + (address.hi() & LOW_32) + (address.lo() >>> 32) + (address.lo() & LOW_32);
    }
}
