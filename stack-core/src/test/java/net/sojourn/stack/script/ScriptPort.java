package net.sojourn.stack.script;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import net.sojourn.stack.world.TestPort;

/** A device without any offload that hands every packet to the script. */
final class ScriptPort extends TestPort {

    private final Consumer<byte[]> sink;

    ScriptPort(int mtuBytes, Consumer<byte[]> sink) {
        super(mtuBytes);
        this.sink = sink;
    }

    @Override
    public boolean transmit(ByteBuf packet, int segmentBytes, boolean checksumPartial) {
        byte[] octets = new byte[packet.readableBytes()];
        packet.readBytes(octets);
        packet.release();
        sink.accept(octets);
        return true;
    }
}
