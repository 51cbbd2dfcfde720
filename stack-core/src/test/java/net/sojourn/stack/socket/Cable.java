package net.sojourn.stack.socket;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import net.sojourn.stack.spi.PacketSink;
import net.sojourn.stack.world.TestPort;

/** Two devices joined in memory, for two stacks in real time. A packet for a closed end is lost. */
public final class Cable {

    private final End left = new End();
    private End right = new End();

    public Cable() {
        left.other = right;
        right.other = left;
    }

    public TestPort left() {
        return left;
    }

    public TestPort right() {
        return right;
    }

    /** Another device in the place of the right one, which was closed. */
    public TestPort replugRight() {
        End plugged = new End();
        plugged.other = left;
        right = plugged;
        left.other = plugged;
        return plugged;
    }

    private static final class End extends TestPort {

        private final ConcurrentLinkedQueue<ByteBuf> arrived = new ConcurrentLinkedQueue<>();
        private final Semaphore wake = new Semaphore(0);
        private volatile End other = this;
        private volatile boolean closed;

        End() {
            super(1500);
        }

        @Override
        public boolean transmit(ByteBuf packet, int segmentBytes, boolean checksumPartial) {
            if (other.closed) {
                packet.release();
                return true;
            }
            other.arrived.add(packet);
            other.wake.release();
            return true;
        }

        @Override
        public int receive(PacketSink sink, int budget) {
            int n = 0;
            for (ByteBuf packet = arrived.poll(); packet != null; packet = n < budget ? arrived.poll() : null) {
                try {
                    sink.packetArrives(packet, false, 0);
                } finally {
                    packet.release();
                }
                n++;
            }
            return n;
        }

        @Override
        public void await(long timeoutNanos) {
            try {
                if (timeoutNanos < 0) {
                    wake.acquire();
                } else {
                    boolean woken = wake.tryAcquire(timeoutNanos, TimeUnit.NANOSECONDS);
                    assert woken || timeoutNanos >= 0;
                }
                wake.drainPermits();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void wakeUp() {
            wake.release();
        }

        @Override
        public void close() {
            closed = true;
            for (ByteBuf packet = arrived.poll(); packet != null; packet = arrived.poll()) {
                packet.release();
            }
        }
    }
}
