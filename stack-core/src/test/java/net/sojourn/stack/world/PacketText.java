package net.sojourn.stack.world;

import io.netty.buffer.ByteBuf;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.wire.TcpView;

/** A packet in one line, as packetdrill writes it. */
public final class PacketText {

    private PacketText() {}

    public static String of(ByteBuf packet) {
        int base = packet.readerIndex();
        boolean v4 = packet.getByte(base) >> 4 == 4;
        int header = v4 ? (packet.getByte(base) & 0xF) * 4 : 40;
        int protocol = packet.getUnsignedByte(base + (v4 ? 9 : 6));
        if (protocol != 6) {
            return "protocol " + protocol + ", " + packet.readableBytes() + " octets";
        }
        TcpView tcp = new TcpView().wrap(packet, base + header, packet.readableBytes() - header, 0, 0);
        if (tcp.check() != DropReason.NONE) {
            return "malformed TCP";
        }
        StringBuilder text = new StringBuilder();
        text.append(tcp.sourcePort()).append('>').append(tcp.destinationPort()).append(' ');
        String names = "FSRP.UEC";
        for (int bit = 0; bit < 8; bit++) {
            if ((tcp.flags() & 1 << bit) != 0) {
                text.append(names.charAt(bit));
            }
        }
        text.append(' ').append(Integer.toUnsignedString(tcp.seq())).append(':').append(tcp.payloadBytes());
        text.append(" ack ")
                .append(Integer.toUnsignedString(tcp.ack()))
                .append(" win ")
                .append(tcp.window());
        for (int i = 0; i < tcp.sackBlocks(); i++) {
            text.append(" sack ").append(Integer.toUnsignedString(tcp.sackLeft(i)));
            text.append('-').append(Integer.toUnsignedString(tcp.sackRight(i)));
        }
        if (tcp.hasTimestamps()) {
            text.append(" ts ").append(Integer.toUnsignedString(tcp.tsVal()));
            text.append('/').append(Integer.toUnsignedString(tcp.tsEcr()));
        }
        return text.toString();
    }
}
