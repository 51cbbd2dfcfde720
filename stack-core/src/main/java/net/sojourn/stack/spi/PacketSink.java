package net.sojourn.stack.spi;

import io.netty.buffer.ByteBuf;

/** Takes the packets a {@link PacketPort} has received. */
@FunctionalInterface
public interface PacketSink {

    /**
     * One IP packet: {@code packet}'s readable octets. Borrowed for the call: the port keeps ownership and may reuse the
     * buffer when the call returns.
     *
     * @param checksumVouched the device vouches for the transport checksum (or left it partial on purpose): do not verify
     * @param segmentBytes payload octets of each coalesced segment; 0 when the packet is one segment
     */
    void packetArrives(ByteBuf packet, boolean checksumVouched, int segmentBytes);
}
