package net.sojourn.stack.world;

import net.sojourn.stack.spi.PacketPort;
import net.sojourn.stack.spi.PacketSink;

/** A device of a test: no offload, nothing to wait for; what arrives is handed to the machine by the test itself. */
public abstract class TestPort implements PacketPort {

    private final int mtuBytes;

    protected TestPort(int mtuBytes) {
        this.mtuBytes = mtuBytes;
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
    public int receive(PacketSink sink, int budget) {
        return 0;
    }

    @Override
    public void await(long timeoutNanos) {}

    @Override
    public void wakeUp() {}

    @Override
    public void close() {}
}
