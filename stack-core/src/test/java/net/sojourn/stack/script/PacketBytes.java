package net.sojourn.stack.script;

import java.io.ByteArrayOutputStream;
import net.sojourn.stack.IpAddress;

/** Builds IP packets from scratch, octet by octet and with plain arithmetic: RFC 791 3.1, RFC 8200 3, RFC 1071. */
public final class PacketBytes {

    public static final int TCP = 6;
    public static final int ICMP = 1;
    public static final int ICMPV6 = 58;
    public static final int UDP = 17;

    private PacketBytes() {}

    /** Ones' complement of the ones' complement sum of 16-bit words. */
    public static int checksum(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        byte[] octets = all.toByteArray();
        int sum = 0;
        for (int i = 0; i < octets.length; i++) {
            sum += (octets[i] & 0xFF) << ((i & 1) == 0 ? 8 : 0);
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return ~sum & 0xFFFF;
    }

    public static byte[] pseudoHeader(IpAddress source, IpAddress destination, int protocol, int transportBytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(source.toBytes());
        out.writeBytes(destination.toBytes());
        if (source.isIpv4()) {
            out.write(0);
            out.write(protocol);
            put16(out, transportBytes);
        } else {
            put32(out, transportBytes);
            put32(out, protocol);
        }
        return out.toByteArray();
    }

    /** An IP packet, of the family of {@code source}, with default header fields. */
    public static byte[] ip(IpAddress source, IpAddress destination, int protocol, byte[] payload) {
        return source.isIpv4()
                ? ipv4(source, destination, protocol, 0, 64, 0x4000, new byte[0], payload)
                : ipv6(source, destination, protocol, 0, 64, payload);
    }

    public static byte[] ipv4(
            IpAddress source,
            IpAddress destination,
            int protocol,
            int tos,
            int ttl,
            int flagsAndOffset,
            byte[] options,
            byte[] payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0x40 | (20 + options.length) / 4);
        out.write(tos);
        put16(out, 20 + options.length + payload.length);
        put16(out, 0x1234);
        put16(out, flagsAndOffset);
        out.write(ttl);
        out.write(protocol);
        put16(out, 0);
        out.writeBytes(source.toBytes());
        out.writeBytes(destination.toBytes());
        out.writeBytes(options);
        byte[] header = out.toByteArray();
        set16(header, 10, checksum(header));
        return joined(header, payload);
    }

    public static byte[] ipv6(
            IpAddress source, IpAddress destination, int nextHeader, int trafficClass, int hopLimit, byte[] payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        put32(out, 6 << 28 | trafficClass << 20);
        put16(out, payload.length);
        out.write(nextHeader);
        out.write(hopLimit);
        out.writeBytes(source.toBytes());
        out.writeBytes(destination.toBytes());
        return joined(out.toByteArray(), payload);
    }

    /** An ICMP or ICMPv6 message, by the family of {@code source}, checksummed. */
    public static byte[] icmp(
            IpAddress source, IpAddress destination, int type, int code, int restOfHeader, byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(type);
        out.write(code);
        put16(out, 0);
        put32(out, restOfHeader);
        out.writeBytes(body);
        byte[] message = out.toByteArray();
        boolean v4 = source.isIpv4();
        byte[] pseudo = v4 ? new byte[0] : pseudoHeader(source, destination, ICMPV6, message.length);
        set16(message, 2, checksum(pseudo, message));
        return ip(source, destination, v4 ? ICMP : ICMPV6, message);
    }

    public static byte[] joined(byte[] first, byte[] second) {
        byte[] both = new byte[first.length + second.length];
        System.arraycopy(first, 0, both, 0, first.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    static void put16(ByteArrayOutputStream out, int value) {
        out.write(value >>> 8);
        out.write(value);
    }

    static void put32(ByteArrayOutputStream out, long value) {
        put16(out, (int) (value >>> 16));
        put16(out, (int) value);
    }

    public static void set16(byte[] octets, int at, int value) {
        octets[at] = (byte) (value >>> 8);
        octets[at + 1] = (byte) value;
    }

    public static int u8(byte[] octets, int at) {
        return octets[at] & 0xFF;
    }

    public static int u16(byte[] octets, int at) {
        return u8(octets, at) << 8 | u8(octets, at + 1);
    }

    public static int i32(byte[] octets, int at) {
        return u16(octets, at) << 16 | u16(octets, at + 2);
    }
}
