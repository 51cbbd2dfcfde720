package net.sojourn.stack.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.machine.DropReason;

/**
 * The fixed IPv6 header (RFC 8200 3) over a buffer.
 *
 * <pre>
 * 0 version:4 class:8 flow label:20 | 4 payload length | 6 next header | 7 hop limit | 8 source | 24 destination
 * </pre>
 */
public final class Ipv6View {

    public static final int HEADER_BYTES = 40;
    /** Where the payload length is. */
    public static final int PAYLOAD_LENGTH_AT = 4;
    /** Where the next header is. */
    public static final int NEXT_HEADER_AT = 6;

    private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
    private int base;

    /** Points this view at the readable octets of {@code packet}. */
    public Ipv6View wrap(ByteBuf packet) {
        buffer = packet;
        base = packet.readerIndex();
        return this;
    }

    /** Refuses a packet shorter than its header and payload length. */
    public DropReason check() {
        int available = buffer.readableBytes();
        return available < HEADER_BYTES || HEADER_BYTES + payloadBytes() > available
                ? DropReason.IP_TRUNCATED
                : DropReason.NONE;
    }

    public int trafficClass() {
        return buffer.getInt(base) >>> 20 & 0xFF;
    }

    public int payloadBytes() {
        return buffer.getUnsignedShort(base + 4);
    }

    public int nextHeader() {
        return buffer.getUnsignedByte(base + 6);
    }

    public int hopLimit() {
        return buffer.getUnsignedByte(base + 7);
    }

    public long sourceHi() {
        return buffer.getLong(base + 8);
    }

    public long sourceLo() {
        return buffer.getLong(base + 16);
    }

    public long destinationHi() {
        return buffer.getLong(base + 24);
    }

    public long destinationLo() {
        return buffer.getLong(base + 32);
    }

    /**
     * Writes a header in front of {@code packet}'s readable octets, which are its payload, and moves the reader index.
     *
     * @param moreBytes payload that lies elsewhere
     */
    public static void prepend(
            ByteBuf packet,
            int moreBytes,
            IpAddress source,
            IpAddress destination,
            int nextHeader,
            int trafficClass,
            int flowLabel,
            int hopLimit) {
        int payloadBytes = packet.readableBytes() + moreBytes;
        int start = packet.readerIndex() - HEADER_BYTES;
        packet.readerIndex(start);
        packet.setInt(start, 6 << 28 | trafficClass << 20 | flowLabel & 0xF_FFFF);
        packet.setShort(start + 4, payloadBytes);
        packet.setByte(start + 6, nextHeader);
        packet.setByte(start + 7, hopLimit);
        packet.setLong(start + 8, source.hi());
        packet.setLong(start + 16, source.lo());
        packet.setLong(start + 24, destination.hi());
        packet.setLong(start + 32, destination.lo());
    }
}
