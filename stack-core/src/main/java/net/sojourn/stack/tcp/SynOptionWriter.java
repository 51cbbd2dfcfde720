package net.sojourn.stack.tcp;

import io.netty.buffer.ByteBuf;
import net.sojourn.stack.spi.SynWriter;
import net.sojourn.stack.wire.TcpOption;
import net.sojourn.stack.wire.TcpView;

/** Writes the SYN's own options at once, unpadded, so that an extension has the rest of the 40 octets. */
final class SynOptionWriter implements SynWriter {

    private final Tcb tcb;
    private final ByteBuf packet;
    private final int limit;
    private final boolean first;
    private final long nowNanos;
    private int timestampsAt;

    SynOptionWriter(Tcb owner, ByteBuf target, boolean synAck, int transmission, long now) {
        tcb = owner;
        packet = target;
        nowNanos = now;
        first = transmission == 0;
        timestampsAt = -1;
        limit = target.readerIndex() + TcpView.MIN_HEADER_BYTES + TcpOption.MAX_OPTION_BYTES;
        var settings = owner.tcp.settings;
        packet.writeShort(TcpOption.MAXIMUM_SEGMENT_SIZE << 8 | TcpOption.MAXIMUM_SEGMENT_SIZE_BYTES);
        packet.writeShort(TcpOutput.announcedMss(owner));
        if (synAck ? owner.options.sackPermitted() : settings.sack()) {
            packet.writeShort(TcpOption.SACK_PERMITTED << 8 | TcpOption.SACK_PERMITTED_BYTES);
        }
        if (synAck ? owner.options.timestamps() : settings.timestamps()) {
            timestampsAt = packet.writerIndex();
            packet.writeShort(TcpOption.TIMESTAMPS << 8 | TcpOption.TIMESTAMPS_BYTES);
            packet.writeInt(owner.tsVal(now));
            packet.writeInt(synAck ? owner.tsRecent : 0);
        }
        if (synAck ? owner.options.rcvWndScale() >= 0 : settings.windowScaling()) {
            packet.writeShort(TcpOption.WINDOW_SCALE << 8 | TcpOption.WINDOW_SCALE_BYTES);
            packet.writeByte(SynOptions.windowScaleFor(SynOptions.largestReceiveBuffer(owner)));
        }
    }

    @Override
    public int roomBytes() {
        return limit - packet.writerIndex();
    }

    @Override
    public boolean hasTimestamps() {
        return timestampsAt >= 0;
    }

    @Override
    public void option(byte[] encoded) {
        if (encoded.length > roomBytes()) {
            throw new IllegalArgumentException(
                    "an option of " + encoded.length + " octets, but room for " + roomBytes());
        }
        packet.writeBytes(encoded);
    }

    @Override
    public void timestamps(int tsVal, int tsEcr) {
        if (timestampsAt < 0) {
            throw new IllegalStateException("this SYN has no timestamp option");
        }
        packet.setInt(timestampsAt + 2, tsVal);
        packet.setInt(timestampsAt + 6, tsEcr);
        if (first) {
            // A peer that knows no extension takes tsVal for TS.Recent, so the clock goes on from there.
            tcb.tsOffset += tsVal - tcb.tsVal(nowNanos);
        }
    }
}
