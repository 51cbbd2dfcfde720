package net.sojourn.stack.script;

import static net.sojourn.stack.script.PacketBytes.i32;
import static net.sojourn.stack.script.PacketBytes.u16;
import static net.sojourn.stack.script.PacketBytes.u8;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import net.sojourn.stack.IpAddress;

/** A packet that the machine has sent: taken apart, and its checksums and lengths verified, whatever the script asks. */
public final class SentPacket {

    final long atNanos;
    final byte[] octets;
    final boolean v4;
    final IpAddress source;
    final IpAddress destination;
    final int protocol;
    final byte[] transport;
    private final Map<Integer, byte[]> options = new LinkedHashMap<>();

    SentPacket(byte[] octets, long atNanos) {
        this.octets = octets;
        this.atNanos = atNanos;
        v4 = u8(octets, 0) >> 4 == 4;
        int headerBytes = v4 ? (octets[0] & 0xF) * 4 : 40;
        int total = v4 ? u16(octets, 2) : 40 + u16(octets, 4);
        demand(total == octets.length, "length field " + total + " of a packet of " + octets.length);
        demand(!v4 || PacketBytes.checksum(Arrays.copyOf(octets, headerBytes)) == 0, "IPv4 header checksum");
        source = address(v4 ? 12 : 8);
        destination = address(v4 ? 16 : 24);
        protocol = u8(octets, v4 ? 9 : 6);
        transport = Arrays.copyOfRange(octets, headerBytes, octets.length);
        if (isTcp()) {
            byte[] pseudo = PacketBytes.pseudoHeader(source, destination, PacketBytes.TCP, transport.length);
            demand(PacketBytes.checksum(pseudo, transport) == 0, "TCP checksum");
            readOptions();
        } else if (!v4) {
            byte[] pseudo = PacketBytes.pseudoHeader(source, destination, protocol, transport.length);
            demand(PacketBytes.checksum(pseudo, transport) == 0, "ICMPv6 checksum");
        } else {
            demand(PacketBytes.checksum(transport) == 0, "ICMP checksum");
        }
    }

    private static void demand(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("the machine sent a packet with a wrong " + what);
        }
    }

    private IpAddress address(int at) {
        return v4 ? IpAddress.ofIpv4(i32(octets, at)) : IpAddress.ofBytes(Arrays.copyOfRange(octets, at, at + 16));
    }

    private void readOptions() {
        int i = 20;
        while (i < dataOffsetBytes()) {
            int kind = u8(transport, i);
            if (kind == 0) {
                return;
            }
            if (kind == 1) {
                i++;
                continue;
            }
            int length = u8(transport, i + 1);
            demand(length >= 2 && i + length <= dataOffsetBytes(), "option length");
            options.put(kind, Arrays.copyOfRange(transport, i + 2, i + length));
            i += length;
        }
    }

    /** The IP packet. */
    public byte[] octets() {
        return octets.clone();
    }

    /** What the IP packet carries. */
    public byte[] transport() {
        return transport.clone();
    }

    public int protocol() {
        return protocol;
    }

    public long atNanos() {
        return atNanos;
    }

    boolean isTcp() {
        return protocol == PacketBytes.TCP;
    }

    int sourcePort() {
        return u16(transport, 0);
    }

    int destinationPort() {
        return u16(transport, 2);
    }

    int seq() {
        return i32(transport, 4);
    }

    int ack() {
        return i32(transport, 8);
    }

    int dataOffsetBytes() {
        return (u8(transport, 12) >>> 4) * 4;
    }

    int flags() {
        return u8(transport, 13);
    }

    int hopLimit() {
        return u8(octets, v4 ? 8 : 7);
    }

    int trafficClass() {
        return v4 ? u8(octets, 1) : u16(octets, 0) >> 4 & 0xFF;
    }

    int window() {
        return u16(transport, 14);
    }

    byte[] text() {
        return Arrays.copyOfRange(transport, dataOffsetBytes(), transport.length);
    }

    int length() {
        int flags = flags();
        return transport.length
                - dataOffsetBytes()
                + ((flags & Segment.SYN) != 0 ? 1 : 0)
                + ((flags & Segment.FIN) != 0 ? 1 : 0);
    }

    boolean hasOption(int kind) {
        return options.containsKey(kind);
    }

    /** Content of the option, without kind and length; empty if it is not there. */
    public byte[] option(int kind) {
        return options.getOrDefault(kind, new byte[0]);
    }

    String text(int ourIss, int peerIss) {
        if (!isTcp()) {
            return (v4 ? "ICMP" : "protocol " + protocol) + " type " + u8(transport, 0) + " code " + u8(transport, 1);
        }
        StringBuilder t = new StringBuilder(Segment.flagsText(flags()));
        t.append(" seq ").append((seq() - ourIss) & 0xFFFF_FFFFL);
        if ((flags() & Segment.ACK) != 0) {
            t.append(" ack ").append((ack() - peerIss) & 0xFFFF_FFFFL);
        }
        int bytes = text().length;
        t.append(bytes == 0 ? "" : " (" + bytes + " octets)").append(" win ").append(window());
        options.forEach((kind, content) -> t.append(optionText(kind, content, peerIss)));
        return t.toString();
    }

    private static String optionText(int kind, byte[] content, int peerIss) {
        return switch (kind) {
            case 2 -> " mss " + u16(content, 0);
            case 3 -> " wscale " + u8(content, 0);
            case 4 -> " sackOK";
            case 5 -> {
                StringBuilder t = new StringBuilder(" sack");
                for (int i = 0; i < content.length; i += 8) {
                    t.append(' ').append((i32(content, i) - peerIss) & 0xFFFF_FFFFL);
                    t.append('-').append((i32(content, i + 4) - peerIss) & 0xFFFF_FFFFL);
                }
                yield t.toString();
            }
            case 8 -> " TS " + (i32(content, 0) & 0xFFFF_FFFFL) + "/" + (i32(content, 4) & 0xFFFF_FFFFL);
            default -> " kind " + kind + " of " + (content.length + 2);
        };
    }
}
