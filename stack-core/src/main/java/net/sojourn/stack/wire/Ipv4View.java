package net.sojourn.stack.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.machine.DropReason;

/**
 * An IPv4 header (RFC 791 3.1) over a buffer.
 *
 * <pre>
 * 0 version:4 ihl:4 | 1 tos | 2 total length | 4 identification | 6 flags:3 offset:13
 * 8 ttl | 9 protocol | 10 checksum | 12 source | 16 destination | 20 options
 * </pre>
 */
public final class Ipv4View {

    public static final int MIN_HEADER_BYTES = 20;
    /** Where the protocol is. */
    public static final int PROTOCOL_AT = 9;

    public static final int DONT_FRAGMENT = 0x4000;
    public static final int MORE_FRAGMENTS = 0x2000;

    private static final int LOOPBACK_NETWORK = 127;
    private static final int FIRST_MULTICAST_NETWORK = 224;

    private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
    private int base;

    /** Points this view at the readable octets of {@code packet}. */
    public Ipv4View wrap(ByteBuf packet) {
        buffer = packet;
        base = packet.readerIndex();
        return this;
    }

    /** Refuses: truncation, a bad header length, a total length beyond the buffer, and a wrong checksum. */
    public DropReason check() {
        int available = buffer.readableBytes();
        if (available < MIN_HEADER_BYTES) {
            return DropReason.IP_TRUNCATED;
        }
        int headerBytes = headerBytes();
        if (headerBytes < MIN_HEADER_BYTES || headerBytes > totalBytes()) {
            return DropReason.IP_HEADER_LENGTH;
        }
        if (totalBytes() > available) {
            return DropReason.IP_TRUNCATED;
        }
        return Checksum.fold(Checksum.sum(buffer, base, headerBytes)) == 0xFFFF
                ? DropReason.NONE
                : DropReason.IP_CHECKSUM;
    }

    public int headerBytes() {
        return (buffer.getByte(base) & 0xF) * 4;
    }

    public int tos() {
        return buffer.getUnsignedByte(base + 1);
    }

    public int totalBytes() {
        return buffer.getUnsignedShort(base + 2);
    }

    public int identification() {
        return buffer.getUnsignedShort(base + 4);
    }

    public boolean dontFragment() {
        return (buffer.getUnsignedShort(base + 6) & DONT_FRAGMENT) != 0;
    }

    public boolean moreFragments() {
        return (buffer.getUnsignedShort(base + 6) & MORE_FRAGMENTS) != 0;
    }

    public int fragmentOffsetBytes() {
        return (buffer.getUnsignedShort(base + 6) & 0x1FFF) * 8;
    }

    public boolean isFragment() {
        return (buffer.getUnsignedShort(base + 6) & 0x3FFF) != 0;
    }

    public int ttl() {
        return buffer.getUnsignedByte(base + 8);
    }

    public int protocol() {
        return buffer.getUnsignedByte(base + 9);
    }

    public int sourceBits() {
        return buffer.getInt(base + 12);
    }

    /**
     * A source that no other host can have (RFC 1122 3.2.1.3): "this" network, the loopback network towards another,
     * multicast, reserved, broadcast.
     */
    public boolean sourceIsImpossible() {
        int network = buffer.getUnsignedByte(base + 12);
        return network == 0
                || network >= FIRST_MULTICAST_NETWORK
                || network == LOOPBACK_NETWORK && buffer.getUnsignedByte(base + 16) != LOOPBACK_NETWORK;
    }

    public int destinationBits() {
        return buffer.getInt(base + 16);
    }

    /**
     * Writes a header without options in front of {@code packet}'s readable octets, which are its payload, and moves the
     * reader index there.
     *
     * @param moreBytes payload that lies elsewhere
     */
    public static void prepend(
            ByteBuf packet,
            int moreBytes,
            IpAddress source,
            IpAddress destination,
            int protocol,
            int tos,
            int identification,
            int ttl) {
        int start = packet.readerIndex() - MIN_HEADER_BYTES;
        int totalBytes = packet.readableBytes() + moreBytes + MIN_HEADER_BYTES;
        packet.readerIndex(start);
        packet.setByte(start, 0x45);
        packet.setByte(start + 1, tos);
        packet.setShort(start + 2, totalBytes);
        packet.setShort(start + 4, identification);
        packet.setShort(start + 6, DONT_FRAGMENT);
        packet.setByte(start + 8, ttl);
        packet.setByte(start + 9, protocol);
        packet.setShort(start + 10, 0);
        packet.setInt(start + 12, source.ipv4Bits());
        packet.setInt(start + 16, destination.ipv4Bits());
        packet.setShort(start + 10, Checksum.complement(Checksum.sum(packet, start, MIN_HEADER_BYTES)));
    }
}
