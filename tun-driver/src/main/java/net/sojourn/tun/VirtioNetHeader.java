package net.sojourn.tun;

import io.netty.buffer.ByteBuf;

/**
 * The 10 octets in front of each packet of a device with offload (virtio 1.2, 5.1.6, without num_buffers):
 *
 * <pre>
 * 0 flags | 1 gso_type | 2..3 hdr_len | 4..5 gso_size | 6..7 csum_start | 8..9 csum_offset     little-endian
 * </pre>
 *
 * <p>{@link #check} refuses what points outside the packet, segments of nothing, and types we did not ask the kernel for.
 * No state but the fields read last; one thread.
 */
final class VirtioNetHeader {

    static final int BYTES = 10;

    static final int NEEDS_CSUM = 1;
    static final int DATA_VALID = 2;
    static final int GSO_NONE = 0;
    static final int GSO_TCPV4 = 1;
    static final int GSO_TCPV6 = 4;
    /** Only the first segment shall bear CWR (RFC 3168 6.1.2). */
    static final int GSO_ECN = 0x80;

    private static final int TCP = 6;
    private static final int TCP_MIN_HEADER_BYTES = 20;
    private static final int TCP_CHECKSUM_OFFSET = 16;
    private static final int TCP_FLAG_CWR = 0x80;
    private static final int IPV4_MIN_HEADER_BYTES = 20;
    private static final int IPV6_HEADER_BYTES = 40;

    private boolean checksumVouched;
    private int segmentBytes;

    /** Reads the header at {@code index}; {@code packetBytes} octets follow it. Whether it is sound. */
    boolean check(ByteBuf buffer, int index, int packetBytes) {
        int flags = buffer.getUnsignedByte(index);
        int type = buffer.getUnsignedByte(index + 1) & ~GSO_ECN;
        int gsoBytes = buffer.getUnsignedShortLE(index + 4);
        if ((flags & NEEDS_CSUM) != 0) {
            int field = buffer.getUnsignedShortLE(index + 6) + buffer.getUnsignedShortLE(index + 8);
            if (field + Short.BYTES > packetBytes) {
                return false;
            }
        }
        boolean segments = type == GSO_TCPV4 || type == GSO_TCPV6;
        if (segments ? gsoBytes == 0 : type != GSO_NONE) {
            return false;
        }
        checksumVouched = (flags & (NEEDS_CSUM | DATA_VALID)) != 0;
        segmentBytes = segments ? gsoBytes : 0;
        return packetBytes > 0;
    }

    /** Of the header checked last: nobody need verify the transport checksum. */
    boolean checksumVouched() {
        return checksumVouched;
    }

    /** Of the header checked last: payload octets of each segment; 0 for one segment. */
    int segmentBytes() {
        return segmentBytes;
    }

    /**
     * Writes at {@code index} the header of the TCP packet that {@code packet} holds.
     *
     * @param buffer takes the header; may be {@code packet}
     * @param at where the IP packet begins in {@code packet}, and {@code packetBytes} its length
     * @param segmentBytes payload of each segment to cut; 0, or at least the payload there is, cuts nothing
     * @param checksumPartial whether the kernel completes the checksum
     * @throws IllegalArgumentException if either is asked of a packet that is not TCP
     */
    static void write(
            ByteBuf buffer,
            int index,
            ByteBuf packet,
            int at,
            int packetBytes,
            int segmentBytes,
            boolean checksumPartial) {
        buffer.setLong(index, 0);
        buffer.setShort(index + 8, 0);
        if (segmentBytes == 0 && !checksumPartial) {
            return;
        }
        int tcpBytes = tcpOffset(packet, at, packetBytes);
        if (checksumPartial) {
            buffer.setByte(index, NEEDS_CSUM);
            buffer.setShortLE(index + 6, tcpBytes);
            buffer.setShortLE(index + 8, TCP_CHECKSUM_OFFSET);
        }
        int headerBytes = tcpBytes + (packet.getUnsignedByte(at + tcpBytes + 12) >>> 4) * 4;
        if (segmentBytes > 0 && packetBytes - headerBytes > segmentBytes) {
            boolean ipv4 = packet.getUnsignedByte(at) >>> 4 == 4;
            boolean congestionWindowReduced = (packet.getByte(at + tcpBytes + 13) & TCP_FLAG_CWR) != 0;
            buffer.setByte(index + 1, (ipv4 ? GSO_TCPV4 : GSO_TCPV6) | (congestionWindowReduced ? GSO_ECN : 0));
            buffer.setShortLE(index + 2, headerBytes);
            buffer.setShortLE(index + 4, segmentBytes);
        }
    }

    /** Octets in front of the TCP header. */
    private static int tcpOffset(ByteBuf packet, int at, int packetBytes) {
        int version = packetBytes < IPV4_MIN_HEADER_BYTES ? 0 : packet.getUnsignedByte(at) >>> 4;
        int offset = 0;
        int protocol = -1;
        if (version == 4) {
            offset = (packet.getByte(at) & 0xF) * 4;
            protocol = packet.getUnsignedByte(at + 9);
        } else if (version == 6 && packetBytes >= IPV6_HEADER_BYTES) {
            offset = IPV6_HEADER_BYTES;
            protocol = packet.getUnsignedByte(at + 6);
            while (isExtensionHeader(protocol) && offset + 8 <= packetBytes) {
                protocol = packet.getUnsignedByte(at + offset);
                offset += (packet.getUnsignedByte(at + offset + 1) + 1) * 8;
            }
        }
        if (protocol != TCP || offset + TCP_MIN_HEADER_BYTES > packetBytes) {
            throw new IllegalArgumentException(
                    "only whole TCP packets have their segments cut and their checksums completed by the device");
        }
        return offset;
    }

    /** Hop-by-hop options, routing, destination options (RFC 8200 4). */
    private static boolean isExtensionHeader(int protocol) {
        return protocol == 0 || protocol == 43 || protocol == 60;
    }
}
