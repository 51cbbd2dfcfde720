package net.sojourn.tun;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.stack.spi.PacketSink;

/** A port that hands everything on to another one; to extend by what shall happen on the way. Threads as that port. */
public abstract class ForwardingPort implements PacketPort {

    protected final PacketPort port;

    protected ForwardingPort(PacketPort port) {
        this.port = port;
    }

    @Override
    public int mtuBytes() {
        return port.mtuBytes();
    }

    @Override
    public int maxPacketBytes() {
        return port.maxPacketBytes();
    }

    @Override
    public boolean offloadsChecksum() {
        return port.offloadsChecksum();
    }

    @Override
    public int headroomBytes() {
        return port.headroomBytes();
    }

    @Override
    public int receive(PacketSink sink, int budget) throws IOException {
        return port.receive(sink, budget);
    }

    @Override
    public boolean transmit(ByteBuf packet, int segmentBytes, boolean checksumPartial) throws IOException {
        return port.transmit(packet, segmentBytes, checksumPartial);
    }

    @Override
    public void await(long timeoutNanos) throws IOException {
        port.await(timeoutNanos);
    }

    @Override
    public void wakeUp() {
        port.wakeUp();
    }

    @Override
    public void close() {
        port.close();
    }
}
