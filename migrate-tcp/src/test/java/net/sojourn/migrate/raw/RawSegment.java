package net.sojourn.migrate.raw;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.script.PacketBytes;

/**
 * One TCP segment in its packet, octet by octet (RFC 9293 3.1).
 *
 * @param options padded to a multiple of four
 */
record RawSegment(
        IpAddress source,
        int sourcePort,
        IpAddress destination,
        int destinationPort,
        int seq,
        int ack,
        int flags,
        int window,
        byte[] options,
        byte[] text) {

    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int PSH = 8;
    static final int ACK = 16;

    byte[] packet() {
        ByteBuffer tcp = ByteBuffer.allocate(20 + options.length + text.length);
        tcp.putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .putInt(seq)
                .putInt(ack);
        tcp.put((byte) (5 + options.length / 4 << 4)).put((byte) flags).putShort((short) window);
        tcp.putInt(0).put(options).put(text);
        byte[] octets = tcp.array();
        byte[] pseudo = PacketBytes.pseudoHeader(source, destination, PacketBytes.TCP, octets.length);
        PacketBytes.set16(octets, 16, PacketBytes.checksum(pseudo, octets));
        return PacketBytes.ip(source, destination, PacketBytes.TCP, octets);
    }

    static RawSegment parse(byte[] packet) {
        boolean v4 = packet[0] >> 4 == 4;
        int header = v4 ? (packet[0] & 15) * 4 : 40;
        byte[] tcp = Arrays.copyOfRange(packet, header, packet.length);
        IpAddress from = address(packet, v4 ? 12 : 8, v4);
        IpAddress to = address(packet, v4 ? 16 : 24, v4);
        assertEquals(
                0, PacketBytes.checksum(PacketBytes.pseudoHeader(from, to, PacketBytes.TCP, tcp.length), tcp), "sum");
        int optionsEnd = PacketBytes.u8(tcp, 12) / 16 * 4;
        return new RawSegment(
                from,
                PacketBytes.u16(tcp, 0),
                to,
                PacketBytes.u16(tcp, 2),
                PacketBytes.i32(tcp, 4),
                PacketBytes.i32(tcp, 8),
                tcp[13],
                PacketBytes.u16(tcp, 14),
                Arrays.copyOfRange(tcp, 20, optionsEnd),
                Arrays.copyOfRange(tcp, optionsEnd, tcp.length));
    }

    private static IpAddress address(byte[] packet, int at, boolean v4) {
        ByteBuffer octets = ByteBuffer.wrap(packet);
        return v4 ? IpAddress.ofIpv4(octets.getInt(at)) : new IpAddress(octets.getLong(at), octets.getLong(at + 8));
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** The option of this kind, kind and length included; empty if there is none. */
    byte[] option(int kind) {
        int at = 0;
        while (at < options.length && options[at] != 0) {
            int length = options[at] == 1 ? 1 : PacketBytes.u8(options, at + 1);
            if (PacketBytes.u8(options, at) == kind) {
                return Arrays.copyOfRange(options, at, at + length);
            }
            at += length;
        }
        return new byte[0];
    }

    boolean hasTimestamps() {
        return option(8).length == 10;
    }

    int tsVal() {
        return PacketBytes.i32(option(8), 2);
    }

    int tsEcr() {
        return PacketBytes.i32(option(8), 6);
    }

    @Override
    public String toString() {
        return source + "." + sourcePort + " > " + destination + "." + destinationPort + " flags " + flags + " seq "
                + Integer.toUnsignedString(seq) + " ack " + Integer.toUnsignedString(ack) + " win " + window + " "
                + HexFormat.of().formatHex(options) + " text " + text.length;
    }
}
