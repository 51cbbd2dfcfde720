package net.sojourn.stack.ip;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.Counters;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.stack.spi.TextPieces;
import net.sojourn.stack.wire.Ipv4View;
import net.sojourn.stack.wire.Ipv6View;

/** Puts the IP header before a transport packet and hands it to the port. Loop thread only. */
public final class IpOutput {

    /** Headers, options, and the text of an Ethernet packet. */
    private static final int REUSED_BYTES = 2048;

    private final PacketPort port;
    private final ByteBufAllocator allocator;
    private final Counters counters;
    private final int hopLimit;
    /** Serves one packet after the other, as long as the port is done with each when it returns. */
    private final ByteBuf reused = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(REUSED_BYTES));

    private int identification;

    /** @param hopLimit of every packet: IPv4's TTL */
    public IpOutput(PacketPort port, ByteBufAllocator allocator, Counters counters, int hopLimit) {
        this.hopLimit = hopLimit;
        this.port = port;
        this.allocator = allocator;
        this.counters = counters;
    }

    public int mtuBytes() {
        return port.mtuBytes();
    }

    /** Octets the IP header takes to reach {@code address}. */
    public static int headerBytes(IpAddress address) {
        return address.isIpv4() ? Ipv4View.MIN_HEADER_BYTES : Ipv6View.HEADER_BYTES;
    }

    /** Largest transport packet that may be handed down in one piece towards {@code address}. */
    public int maxTransportBytes(IpAddress address) {
        return port.maxPacketBytes() - headerBytes(address);
    }

    /** Whether the device cuts a transport packet beyond the MTU into segments. */
    public boolean offloadsSegmentation() {
        return port.maxPacketBytes() > port.mtuBytes();
    }

    public boolean offloadsChecksum() {
        return port.offloadsChecksum();
    }

    /** Whether the device takes text from where it lies. */
    public boolean gathers() {
        return port.gathers() && port.offloadsChecksum();
    }

    /** An empty buffer with room for {@code transportBytes} behind, and for headers in front of, its indices. */
    public ByteBuf newPacket(IpAddress destination, int transportBytes) {
        int front = port.headroomBytes() + headerBytes(destination);
        int bytes = front + transportBytes;
        if (bytes <= REUSED_BYTES && reused.refCnt() == 1) {
            return reused.retain().setIndex(front, front);
        }
        return allocator.directBuffer(bytes).setIndex(front, front);
    }

    /**
     * Sends {@code packet}, whose readable octets are a transport packet. Takes ownership.
     *
     * @param trafficClass DSCP and ECN bits: the IPv4 TOS octet, the IPv6 traffic class (RFC 2474, RFC 3168)
     * @param segmentBytes as in {@link PacketPort#transmit}
     * @param checksumPartial as in {@link PacketPort#transmit}
     */
    public void send(
            ByteBuf packet,
            IpAddress source,
            IpAddress destination,
            int protocol,
            int trafficClass,
            int segmentBytes,
            boolean checksumPartial) {
        send(packet, TextPieces.NONE, source, destination, protocol, trafficClass, segmentBytes, checksumPartial);
    }

    /** The same for a packet that goes on in {@code text}; where {@link #gathers()} only. */
    public void send(
            ByteBuf packet,
            TextPieces text,
            IpAddress source,
            IpAddress destination,
            int protocol,
            int trafficClass,
            int segmentBytes,
            boolean checksumPartial) {
        if (destination.isIpv4()) {
            Ipv4View.prepend(
                    packet,
                    text.bytes(),
                    source,
                    destination,
                    protocol,
                    trafficClass,
                    identification++ & 0xFFFF,
                    hopLimit);
        } else {
            Ipv6View.prepend(packet, text.bytes(), source, destination, protocol, trafficClass, 0, hopLimit);
        }
        counters.count(Counter.PACKETS_OUT);
        try {
            boolean taken = text.count() == 0
                    ? port.transmit(packet, segmentBytes, checksumPartial)
                    : port.transmit(packet, text, segmentBytes, checksumPartial);
            if (!taken) {
                counters.count(Counter.PACKETS_REFUSED);
            }
        } catch (IOException e) {
            // A device that fails is a path that loses packets: TCP's timers decide what becomes of the connection.
            counters.count(Counter.PACKETS_REFUSED);
        }
    }
}
