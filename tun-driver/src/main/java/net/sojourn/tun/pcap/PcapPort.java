package net.sojourn.tun.pcap;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.time.Instant;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.stack.spi.PacketSink;
import net.sojourn.tun.ForwardingPort;
import net.sojourn.tun.pcap.PcapWriter.PacketDirection;

/**
 * A device that writes down what passes another one, both ways, as the stack sees it: super-packets whole, checksums as
 * far as they are made. Threads as {@link PacketPort}. The writer stays the caller's to close.
 */
public final class PcapPort extends ForwardingPort {

    private final PcapWriter writer;
    private final int interfaceNumber;

    /** @param name of the interface in the capture */
    public PcapPort(PacketPort port, PcapWriter writer, String name) throws IOException {
        super(port);
        this.writer = writer;
        interfaceNumber = writer.addInterface(name);
    }

    @Override
    public int receive(PacketSink sink, int budget) throws IOException {
        Recorder recorder = new Recorder(sink);
        int received = port.receive(recorder, budget);
        if (recorder.failure != null) {
            throw recorder.failure;
        }
        return received;
    }

    @Override
    public boolean transmit(ByteBuf packet, int segmentBytes, boolean checksumPartial) throws IOException {
        record(packet, PacketDirection.OUTBOUND);
        return port.transmit(packet, segmentBytes, checksumPartial);
    }

    private void record(ByteBuf packet, PacketDirection direction) throws IOException {
        Instant now = Instant.now();
        writer.write(
                interfaceNumber,
                now.getEpochSecond() * 1_000_000_000 + now.getNano(),
                packet.nioBuffer(),
                packet.readableBytes(),
                direction);
    }

    /** Writes down, then hands on. A sink may not throw what writing throws, so the failure waits for the end. */
    private final class Recorder implements PacketSink {
        private final PacketSink sink;
        private @org.jspecify.annotations.Nullable IOException failure;

        Recorder(PacketSink sink) {
            this.sink = sink;
        }

        @Override
        public void packetArrives(ByteBuf packet, boolean checksumVouched, int segmentBytes) {
            try {
                record(packet, PacketDirection.INBOUND);
            } catch (IOException e) {
                failure = e;
            }
            sink.packetArrives(packet, checksumVouched, segmentBytes);
        }
    }
}
