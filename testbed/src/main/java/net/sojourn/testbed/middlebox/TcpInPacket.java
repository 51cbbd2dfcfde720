package net.sojourn.testbed.middlebox;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The TCP segment in an IP packet, to be read and altered in place; {@link #finish} puts the checksum right. Segments with
 * IPv6 extension headers and fragments are left alone.
 */
final class TcpInPacket {

    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int ACK = 16;

    static final int KIND_NOP = 1;
    static final int KIND_SACK = 5;

    private static final int PROTOCOL_TCP = 6;
    private static final int LEAST_TCP_BYTES = 20;

    private final ByteBuffer packet;
    private final boolean ipv4;
    private final int start;
    private final int end;

    private TcpInPacket(ByteBuffer packet, boolean ipv4, int start, int end) {
        this.packet = packet;
        this.ipv4 = ipv4;
        this.start = start;
        this.end = end;
    }

    /** Empty for whatever is not a whole TCP segment. */
    static Optional<TcpInPacket> of(byte[] octets) {
        ByteBuffer packet = ByteBuffer.wrap(octets);
        boolean ipv4 = octets.length >= 20 && octets[0] >> 4 == 4;
        boolean ipv6 = octets.length >= 40 && octets[0] >> 4 == 6;
        if (!ipv4 && !ipv6) {
            return Optional.empty();
        }
        int start = ipv4 ? (octets[0] & 15) * 4 : 40;
        int end = ipv4 ? packet.getShort(2) & 0xFFFF : 40 + (packet.getShort(4) & 0xFFFF);
        boolean fragment = ipv4 && (packet.getShort(6) & 0x3FFF) != 0;
        int protocol = octets[ipv4 ? 9 : 6];
        if (fragment || protocol != PROTOCOL_TCP || end > octets.length || end - start < LEAST_TCP_BYTES) {
            return Optional.empty();
        }
        TcpInPacket segment = new TcpInPacket(packet, ipv4, start, end);
        boolean whole = segment.headerBytes() >= LEAST_TCP_BYTES && start + segment.headerBytes() <= end;
        return whole ? Optional.of(segment) : Optional.empty();
    }

    boolean has(int flag) {
        return (packet.get(start + 13) & flag) != 0;
    }

    int seq() {
        return packet.getInt(start + 4);
    }

    void seq(int value) {
        packet.putInt(start + 4, value);
    }

    int ack() {
        return packet.getInt(start + 8);
    }

    void ack(int value) {
        packet.putInt(start + 8, value);
    }

    String source() {
        return address(ipv4 ? 12 : 8) + "." + (packet.getShort(start) & 0xFFFF);
    }

    String destination() {
        return address(ipv4 ? 16 : 24) + "." + (packet.getShort(start + 2) & 0xFFFF);
    }

    int sourcePort() {
        return packet.getShort(start) & 0xFFFF;
    }

    int destinationPort() {
        return packet.getShort(start + 2) & 0xFFFF;
    }

    void sourcePort(int port) {
        packet.putShort(start, (short) port);
    }

    void destinationPort(int port) {
        packet.putShort(start + 2, (short) port);
    }

    /** Is shown an option in place. */
    interface Visitor {
        void option(ByteBuffer packet, int at, int length);
    }

    void eachOption(int kind, Visitor visitor) {
        int optionsEnd = start + headerBytes();
        int at = start + LEAST_TCP_BYTES;
        while (at < optionsEnd && packet.get(at) != 0) {
            if (packet.get(at) == KIND_NOP) {
                at++;
                continue;
            }
            int length = at + 1 < optionsEnd ? packet.get(at + 1) & 0xFF : 0;
            if (length < 2 || at + length > optionsEnd) {
                return;
            }
            if ((packet.get(at) & 0xFF) == kind) {
                visitor.option(packet, at, length);
            }
            at += length;
        }
    }

    /** RFC 9293 3.1: the checksum over pseudo-header and segment, calculated anew; IPv4's as well. */
    void finish() {
        packet.putShort(start + 16, (short) 0);
        long sum = PROTOCOL_TCP + (end - start);
        sum += words(ipv4 ? 12 : 8, ipv4 ? 20 : 40) + words(start, end);
        packet.putShort(start + 16, (short) ~fold(sum));
        if (ipv4) {
            packet.putShort(10, (short) 0);
            packet.putShort(10, (short) ~fold(words(0, start)));
        }
    }

    private int headerBytes() {
        return (packet.get(start + 12) >> 4 & 15) * 4;
    }

    private long words(int from, int to) {
        long sum = 0;
        int at = from;
        for (; at + 1 < to; at += 2) {
            sum += packet.getShort(at) & 0xFFFF;
        }
        return at < to ? sum + ((packet.get(at) & 0xFF) << 8) : sum;
    }

    private static int fold(long sum) {
        long folded = sum;
        while (folded > 0xFFFF) {
            folded = (folded & 0xFFFF) + (folded >>> 16);
        }
        return (int) folded;
    }

    private String address(int at) {
        return ipv4
                ? Integer.toHexString(packet.getInt(at))
                : Long.toHexString(packet.getLong(at)) + Long.toHexString(packet.getLong(at + 8));
    }
}
