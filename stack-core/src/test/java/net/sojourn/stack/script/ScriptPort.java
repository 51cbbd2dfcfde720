package net.sojourn.stack.script;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.stack.spi.PacketSink;

/** A device without any offload that hands every packet to the script. */
final class ScriptPort implements PacketPort {

    private final int mtuBytes;
    private final Consumer<byte[]> sink;

    ScriptPort(int mtuBytes, Consumer<byte[]> sink) {
        this.mtuBytes = mtuBytes;
        this.sink = sink;
    }

    @Override
    public int mtuBytes() {
        return mtuBytes;
    }

    @Override
    public int maxPacketBytes() {
        return mtuBytes;
    }

    @Override
    public boolean offloadsChecksum() {
        return false;
    }

    @Override
    public int headroomBytes() {
        return 0;
    }

    @Override
    public int receive(PacketSink target, int budget) {
        return 0;
    }

    @Override
    public boolean transmit(ByteBuf packet, int segmentBytes, boolean checksumPartial) {
        byte[] octets = new byte[packet.readableBytes()];
        packet.readBytes(octets);
        packet.release();
        sink.accept(octets);
        return true;
    }

    @Override
    public void await(long timeoutNanos) {}

    @Override
    public void wakeUp() {}

    @Override
    public void close() {}
}
