package net.sojourn.migrate;

import io.netty.buffer.ByteBuf;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.wire.Checksum;
import net.sojourn.stack.wire.Protocol;
import net.sojourn.stack.world.WorldHost;

/** What somebody in the path reads and writes in IPv4 packets with TCP segments. */
final class Packets {

    private Packets() {}

    /** Where the option of that sub-type begins in an IPv4 packet; -1 if it has none. */
    static int optionAt(ByteBuf packet, int sub) {
        int tcp = packet.readerIndex() + 20;
        int end = tcp + (packet.getUnsignedByte(tcp + 12) >> 4) * 4;
        for (int at = tcp + 20; at + 5 <= end; at++) {
            if (packet.getUnsignedByte(at) == 253
                    && packet.getUnsignedShort(at + 2) == 0x4D47
                    && packet.getUnsignedByte(at + 4) >> 4 == sub) {
                return at;
            }
        }
        return -1;
    }

    static int flags(ByteBuf packet) {
        return packet.getUnsignedByte(packet.readerIndex() + 33);
    }

    static IpAddress address(ByteBuf packet, int at) {
        return IpAddress.ofIpv4(packet.getInt(packet.readerIndex() + at));
    }

    static void seal(ByteBuf packet) {
        int ip = packet.readerIndex();
        int length = packet.readableBytes() - 20;
        packet.setShort(ip + 10, 0);
        packet.setShort(ip + 10, Checksum.complement(Checksum.sum(packet, ip, 20)));
        packet.setShort(ip + 36, 0);
        long sum = Checksum.pseudoHeaderSum(address(packet, 12), address(packet, 16), Protocol.TCP, length);
        packet.setShort(ip + 36, Checksum.complement(sum + Checksum.sum(packet, ip + 20, length)));
    }

    static void inject(MovingWorld w, WorldHost host, ByteBuf packet) {
        seal(packet);
        host.machine().packetArrives(packet, false, 0, w.world.nowNanos());
        host.machine().flush(w.world.nowNanos());
    }

    static void strip(ByteBuf packet, int sub) {
        int at = optionAt(packet, sub);
        if (at >= 0) {
            int length = packet.getUnsignedByte(at + 1);
            for (int i = 0; i < length; i++) {
                packet.setByte(at + i, 1);
            }
            seal(packet);
        }
    }

    static int port(ByteBuf packet, int at) {
        return packet.getUnsignedShort(packet.readerIndex() + at);
    }

    /** Octets of text. */
    static int textBytes(ByteBuf packet) {
        int tcp = packet.readerIndex() + 20;
        return packet.readableBytes() - 20 - (packet.getUnsignedByte(tcp + 12) >> 4) * 4;
    }
}
