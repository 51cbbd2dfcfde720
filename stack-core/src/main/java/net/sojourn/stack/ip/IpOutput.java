package net.sojourn.stack.ip;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.Counters;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.stack.wire.Ipv4View;
import net.sojourn.stack.wire.Ipv6View;

/** Puts the IP header before a transport packet and hands it to the port. Loop thread only. */
public final class IpOutput {

    private static final int HOP_LIMIT = 64;

    private final PacketPort port;
    private final ByteBufAllocator allocator;
    private final Counters counters;
    private int identification;

    public IpOutput(PacketPort port, ByteBufAllocator allocator, Counters counters) {
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

    /** An empty buffer with room for {@code transportBytes} behind, and for headers in front of, its indices. */
    public ByteBuf newPacket(IpAddress destination, int transportBytes) {
        int front = port.headroomBytes() + headerBytes(destination);
        return allocator.directBuffer(front + transportBytes).setIndex(front, front);
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
        if (destination.isIpv4()) {
            Ipv4View.prepend(packet, source, destination, protocol, trafficClass, identification++ & 0xFFFF, HOP_LIMIT);
        } else {
            Ipv6View.prepend(packet, source, destination, protocol, trafficClass, 0, HOP_LIMIT);
        }
        counters.count(Counter.PACKETS_OUT);
        try {
            if (!port.transmit(packet, segmentBytes, checksumPartial)) {
                counters.count(Counter.PACKETS_REFUSED);
            }
        } catch (IOException e) {
            // A device that fails is a path that loses packets: TCP's timers decide what becomes of the connection.
            counters.count(Counter.PACKETS_REFUSED);
        }
    }
}
