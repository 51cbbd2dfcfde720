package net.sojourn.stack.spi;

import io.netty.buffer.ByteBuf;

/** Takes the packets a {@link PacketPort} has received. */
@FunctionalInterface
public interface PacketSink {

    /**
     * One IP packet: {@code packet}'s readable octets. Borrowed for the call: the port may reuse the buffer when the call
     * returns, unless it was {@linkplain ByteBuf#retain() retained}. Then the port leaves it to whoever did so.
     *
     * @param checksumVouched the device vouches for the transport checksum (or left it partial on purpose): do not verify
     * @param segmentBytes payload octets of each coalesced segment; 0 when the packet is one segment
     */
    void packetArrives(ByteBuf packet, boolean checksumVouched, int segmentBytes);
}
