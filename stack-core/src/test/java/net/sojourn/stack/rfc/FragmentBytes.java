package net.sojourn.stack.rfc;

import java.util.Arrays;
import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.script.Script;

/** Cuts a packet of the script's peer into fragments, by plain arithmetic. */
final class FragmentBytes {

    private static final int ID = 0x0102_0304;

    private FragmentBytes() {}

    /** The payload of a packet without options or extension headers. */
    static byte[] payload(byte[] packet) {
        return Arrays.copyOfRange(packet, packet[0] >> 4 == 4 ? 20 : 40, packet.length);
    }

    /** Octets {@code from} to {@code to} of {@code payload}; {@code from} a multiple of eight. */
    static byte[] piece(Script s, int protocol, byte[] payload, int from, int to, boolean more) {
        return piece(s, protocol, 0, from, more, Arrays.copyOfRange(payload, from, to));
    }

    static byte[] piece(Script s, int protocol, int tos, int from, boolean more, byte[] octets) {
        if (s.local().isIpv4()) {
            int field = from / 8 | (more ? 0x2000 : 0);
            return PacketBytes.ipv4(s.peer(), s.local(), protocol, tos, 64, field, new byte[0], octets);
        }
        return PacketBytes.ipv6(
                s.peer(), s.local(), 44, tos, 64, PacketBytes.joined(header(protocol, from, more, ID), octets));
    }

    /** An IPv6 fragment header (RFC 8200 4.5). */
    static byte[] header(int next, int from, boolean more, int id) {
        int field = from | (more ? 1 : 0);
        return new byte[] {
            (byte) next,
            0,
            (byte) (field >>> 8),
            (byte) field,
            (byte) (id >>> 24),
            (byte) (id >>> 16),
            (byte) (id >>> 8),
            (byte) id
        };
    }
}
