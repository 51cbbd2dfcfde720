package net.sojourn.benchmarks.micro;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.buffer.BufferPool;
import net.sojourn.stack.machine.TcpIpMachine;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.stack.spi.PacketSink;
import net.sojourn.stack.spi.RandomSource;
import net.sojourn.stack.spi.TextPieces;
import net.sojourn.stack.tcp.Application;
import net.sojourn.stack.tcp.Listener;
import net.sojourn.stack.tcp.Tcb;
import net.sojourn.stack.tcp.UserCalls;

/**
 * Two whole machines with connections between them and nothing else: packets are handed over in memory, time is a number.
 * One thread.
 */
final class TwoMachines {

    private static final int FIRST_SERVER_PORT = 9;
    private static final int FIRST_CLIENT_PORT = 10_000;
    private static final int CLIENT_PORTS = 50_000;
    private static final int MTU_BYTES = 1500;
    private static final int LARGEST_PACKET_BYTES = 65_535;
    private static final int MOST_IN_FLIGHT = 1024;
    private static final long ROUND_NANOS = 100_000;

    private final End client;
    private final End server;
    private final ByteBuf sink;
    private long nowNanos = 1_000_000_000L;

    /**
     * @param offload whether the ports cut segments and gather text, as a TUN with virtio-net header does
     * @param connections how many are open between them
     */
    TwoMachines(boolean offload, int connections) {
        client = new End("192.0.2.1", offload, connections, 1);
        server = new End("192.0.2.2", offload, connections, 2);
        sink = PooledByteBufAllocator.DEFAULT.directBuffer(LARGEST_PACKET_BYTES);
        for (int i = 0; i < connections; i++) {
            connect(i);
        }
    }

    private void connect(int connection) {
        int serverPort = FIRST_SERVER_PORT + connection / CLIENT_PORTS;
        if (connection % CLIENT_PORTS == 0) {
            server.machine.tcp().listen(new Listener(null, serverPort, () -> false, server::use));
        }
        int clientPort = FIRST_CLIENT_PORT + connection % CLIENT_PORTS;
        client.machine
                .tcp()
                .open(new FourTuple(client.address, clientPort, server.address, serverPort), client::use, nowNanos);
        settle();
        if (client.tcb(connection).state() != TcpState.ESTABLISHED
                || server.tcb(connection).state() != TcpState.ESTABLISHED) {
            throw new IllegalStateException("no connection: " + client.tcb(connection));
        }
        // Each write is a segment of its own, however small.
        UserCalls.noDelay(client.tcb(connection), true);
    }

    /** {@code text} goes from the client's application to the server's, and everything that follows from it at once happens. */
    void transfer(int connection, byte[] text) {
        Tcb from = client.tcb(connection);
        Tcb to = server.tcb(connection);
        from.sendBuffer().append(text, 0, text.length);
        UserCalls.send(from);
        settle();
        long all = to.receiveBuffer().end();
        long start = to.receiveBuffer().start();
        while (start < all) {
            int length = (int) Math.min(all - start, sink.capacity());
            to.receiveBuffer().copyTo(start, length, sink.clear());
            start += length;
        }
        to.receiveBuffer().release(all);
        UserCalls.received(to, nowNanos);
        settle();
    }

    /** What is due in that time happens. */
    void pass(long nanos) {
        nowNanos += nanos;
        settle();
    }

    /** Whether the client has heard that all it sent has come. */
    boolean isAcknowledged(int connection) {
        return client.tcb(connection).sendBuffer().start()
                == client.tcb(connection).sendBuffer().end();
    }

    /** Octets that the server's application has taken. */
    long transferredBytes(int connection) {
        return server.tcb(connection).receiveBuffer().start();
    }

    private void settle() {
        boolean busy = true;
        while (busy) {
            nowNanos += ROUND_NANOS;
            client.cycle(nowNanos);
            server.cycle(nowNanos);
            busy = client.port.carry(server, nowNanos) | server.port.carry(client, nowNanos);
        }
    }

    private static final class End {

        final IpAddress address;
        final MemoryPort port;
        final TcpIpMachine machine;
        private final List<Tcb> connections;

        End(String address, boolean offload, int connections, long seed) {
            this.address = IpAddress.parse(address);
            port = new MemoryPort(offload);
            this.connections = new ArrayList<>(connections);
            machine =
                    new TcpIpMachine(StackSettings.defaults(), port, PooledByteBufAllocator.DEFAULT, new Seeded(seed));
            machine.localAddresses().replaceBy(Set.of(this.address));
        }

        Application use(Tcb tcb) {
            connections.add(tcb);
            return new Silent();
        }

        Tcb tcb(int connection) {
            return connections.get(connection);
        }

        void cycle(long nowNanos) {
            machine.deadlinesPass(nowNanos);
            machine.flush(nowNanos);
        }
    }

    /** The same numbers each time. */
    private static final class Seeded implements RandomSource {

        private final SplittableRandom random;

        Seeded(long seed) {
            random = new SplittableRandom(seed);
        }

        @Override
        public void nextBytes(byte[] target) {
            random.nextBytes(target);
        }

        @Override
        public int nextInt() {
            return random.nextInt();
        }

        @Override
        public long nextLong() {
            return random.nextLong();
        }
    }

    /** Its text is fetched by who drives the machines. */
    private static final class Silent implements Application {

        @Override
        public void established() {}

        @Override
        public void readable() {}

        @Override
        public void writable() {}

        @Override
        public void ended(ConnectionFailure failure) {}
    }

    /** Keeps what was sent until it is carried over. */
    private static final class MemoryPort implements PacketPort {

        private final boolean offload;
        private final BufferPool pool = new BufferPool(LARGEST_PACKET_BYTES, MOST_IN_FLIGHT);
        private final ByteBuf[] sent = new ByteBuf[MOST_IN_FLIGHT];
        private final int[] segmentBytes = new int[MOST_IN_FLIGHT];
        private int count;

        MemoryPort(boolean offload) {
            this.offload = offload;
        }

        boolean carry(End to, long nowNanos) {
            int carried = count;
            for (int i = 0; i < carried; i++) {
                to.machine.packetArrives(sent[i], offload, segmentBytes[i], nowNanos);
                sent[i].release();
            }
            count = 0;
            return carried > 0;
        }

        @Override
        public boolean transmit(ByteBuf packet, int segmentBytes, boolean checksumPartial) {
            return transmit(packet, TextPieces.NONE, segmentBytes, checksumPartial);
        }

        @Override
        public boolean transmit(ByteBuf packet, TextPieces text, int segmentBytes, boolean checksumPartial) {
            ByteBuf copy = pool.take().writeBytes(packet);
            text.copyTo(copy);
            packet.release();
            sent[count] = copy;
            this.segmentBytes[count] = segmentBytes;
            count++;
            return true;
        }

        @Override
        public boolean gathers() {
            return offload;
        }

        @Override
        public int mtuBytes() {
            return MTU_BYTES;
        }

        @Override
        public int maxPacketBytes() {
            return offload ? LARGEST_PACKET_BYTES : MTU_BYTES;
        }

        @Override
        public boolean offloadsChecksum() {
            return offload;
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
}
