package net.sojourn.stack.tcp;

import io.netty.buffer.ByteBuf;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.ip.IpOutput;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.Counters;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.spi.TextPieces;
import net.sojourn.stack.wire.Checksum;
import net.sojourn.stack.wire.Protocol;
import net.sojourn.stack.wire.TcpView;

/** Puts the TCP header (RFC 9293 3.1) before options and text and hands the segment to IP. Loop thread only. */
final class SegmentWriter {

    private static final int URGENT_POINTER_AT = 18;

    private final IpOutput ip;
    private final Counters counters;

    SegmentWriter(IpOutput ip, Counters counters) {
        this.ip = ip;
        this.counters = counters;
    }

    /** A buffer whose reader index is at the TCP header and whose writer index is behind its fixed part. */
    ByteBuf begin(FourTuple tuple, int optionAndTextBytes) {
        ByteBuf packet = ip.newPacket(tuple.peerAddress(), TcpView.MIN_HEADER_BYTES + optionAndTextBytes);
        packet.setShort(packet.readerIndex() + URGENT_POINTER_AT, 0);
        return packet.writerIndex(packet.readerIndex() + TcpView.MIN_HEADER_BYTES);
    }

    /** Goes with the URG flag: how far behind the segment's sequence number the urgent data end (RFC 6093 2.1). */
    static void urgentPointer(ByteBuf packet, long octets) {
        packet.setShort(packet.readerIndex() + URGENT_POINTER_AT, (int) Math.min(65_535, octets));
    }

    /** Pads the options written since {@link #begin} to a multiple of four with end-of-option-list, and counts them. */
    static int padOptions(ByteBuf packet) {
        int optionBytes = packet.readableBytes() - TcpView.MIN_HEADER_BYTES;
        while ((optionBytes & 3) != 0) {
            packet.writeByte(0);
            optionBytes++;
        }
        return optionBytes;
    }

    /** Completes the header and sends. Takes ownership of {@code packet}. */
    void send(
            ByteBuf packet,
            FourTuple tuple,
            int seq,
            int ack,
            int flags,
            int window,
            int trafficClass,
            int optionBytes,
            int segmentBytes) {
        send(packet, TextPieces.NONE, tuple, seq, ack, flags, window, trafficClass, optionBytes, segmentBytes);
    }

    /** The same for a segment whose text is {@code text}, or as much of it as is not in {@code packet}. */
    void send(
            ByteBuf packet,
            TextPieces text,
            FourTuple tuple,
            int seq,
            int ack,
            int flags,
            int window,
            int trafficClass,
            int optionBytes,
            int segmentBytes) {
        int at = packet.readerIndex();
        packet.setShort(at, tuple.localPort());
        packet.setShort(at + 2, tuple.peerPort());
        packet.setInt(at + 4, seq);
        packet.setInt(at + 8, ack);
        packet.setByte(at + 12, (TcpView.MIN_HEADER_BYTES + optionBytes) / 4 << 4);
        packet.setByte(at + 13, flags);
        packet.setShort(at + 14, window);
        packet.setShort(at + 16, 0);
        int length = packet.readableBytes() + text.bytes();
        long sum = Checksum.pseudoHeaderSum(tuple.localAddress(), tuple.peerAddress(), Protocol.TCP, length);
        boolean partial = ip.offloadsChecksum();
        assert partial || text.bytes() == 0 : "a checksum over text that lies elsewhere";
        packet.setShort(
                at + 16, partial ? Checksum.fold(sum) : Checksum.complement(sum + Checksum.sum(packet, at, length)));
        int textBytes = length - TcpView.MIN_HEADER_BYTES - optionBytes;
        counters.count(Counter.SEGMENTS_OUT, segmentBytes == 0 ? 1 : (textBytes + segmentBytes - 1) / segmentBytes);
        if ((flags & SegmentView.RST) != 0) {
            counters.count(Counter.RESETS_OUT);
        }
        ip.send(
                packet,
                text,
                tuple.localAddress(),
                tuple.peerAddress(),
                Protocol.TCP,
                trafficClass,
                segmentBytes,
                partial);
    }
}
