package net.sojourn.daemon.rehearsal;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.stack.spi.PacketSink;
import org.jspecify.annotations.Nullable;

/** One end of a wire in memory that leads from one stack of this process to another. */
final class MemoryWire implements PacketPort {

    private static final int MTU_BYTES = 1500;

    private final Queue<ByteBuf> arrived = new ConcurrentLinkedQueue<>();
    private final Semaphore signal = new Semaphore(0);
    private MemoryWire other = this;
    private volatile boolean closed;

    private MemoryWire() {}

    /** Both ends of a new wire. */
    static MemoryWire[] ends() {
        MemoryWire[] ends = {new MemoryWire(), new MemoryWire()};
        ends[0].other = ends[1];
        ends[1].other = ends[0];
        return ends;
    }

    @Override
    public int mtuBytes() {
        return MTU_BYTES;
    }

    @Override
    public int maxPacketBytes() {
        return MTU_BYTES;
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
        int received = 0;
        for (ByteBuf packet = next(budget); packet != null; packet = next(budget - received)) {
            try {
                sink.packetArrives(packet, false, 0);
            } finally {
                packet.release();
            }
            received++;
        }
        return received;
    }

    private @Nullable ByteBuf next(int budget) {
        return budget > 0 ? arrived.poll() : null;
    }

    /** A copy: the buffers of a stack are its thread's. */
    @Override
    public boolean transmit(ByteBuf packet, int segmentBytes, boolean checksumPartial) {
        ByteBuf copy = Unpooled.directBuffer(packet.readableBytes()).writeBytes(packet);
        packet.release();
        if (other.closed) {
            copy.release();
            return false;
        }
        other.arrived.add(copy);
        other.wakeUp();
        return true;
    }

    @Override
    public void await(long timeoutNanos) {
        try {
            if (!arrived.isEmpty()) {
                return;
            }
            if (timeoutNanos < 0) {
                signal.acquire();
            } else if (!signal.tryAcquire(timeoutNanos, TimeUnit.NANOSECONDS)) {
                return;
            }
            signal.drainPermits();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void wakeUp() {
        signal.release();
    }

    @Override
    public void close() {
        closed = true;
        for (ByteBuf packet = arrived.poll(); packet != null; packet = arrived.poll()) {
            packet.release();
        }
        wakeUp();
    }
}
