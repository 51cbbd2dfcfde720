package net.sojourn.stack.spi;

import io.netty.buffer.ByteBuf;
import java.io.IOException;

/**
 * The device below the stack: whole IP packets in and out, nothing else.
 *
 * <p>One thread, the stack's loop, calls everything but {@link #wakeUp()} and {@link #close()}, which any thread may
 * call. A port may carry packets larger than the MTU ({@link #maxPacketBytes()}): the device below then cuts them into
 * segments on the way out (TSO), and may hand up coalesced ones on the way in.
 */
public interface PacketPort extends AutoCloseable {

    /** The largest IP packet, header included, that may appear on the wire behind this port. */
    int mtuBytes();

    /**
     * The largest IP packet that {@link #transmit} takes in one piece: {@link #mtuBytes()} without segmentation offload,
     * up to 65,535 with it.
     */
    int maxPacketBytes();

    /**
     * Whether {@link #transmit} accepts a TCP checksum field which holds just the folded, not complemented sum of the
     * pseudo-header, to be completed by the device (the {@code NEEDS_CSUM} of virtio_net_hdr).
     */
    boolean offloadsChecksum();

    /** Octets that must be writable in front of {@link ByteBuf#readerIndex()} of every packet given to {@link #transmit}. */
    int headroomBytes();

    /**
     * Hands the packets that wait to {@code sink}, at most {@code budget} of them, and returns how many. Never blocks.
     */
    int receive(PacketSink sink, int budget) throws IOException;

    /**
     * Sends one IP packet: {@code packet}'s readable octets. The port takes ownership and releases it.
     *
     * @param segmentBytes TCP payload octets in each segment the device shall cut; 0 when the packet goes as it is
     * @param checksumPartial whether the TCP checksum holds the sum of the pseudo-header only; just where {@link
     *     #offloadsChecksum()}
     * @return false if the device cannot take the packet now (its queue is full); the packet is released then as well,
     *     and counts as lost
     */
    boolean transmit(ByteBuf packet, int segmentBytes, boolean checksumPartial) throws IOException;

    /** Whether {@link #transmit(ByteBuf, TextPieces, int, boolean)} may be called: the device takes text from where it lies. */
    default boolean gathers() {
        return false;
    }

    /**
     * {@link #transmit(ByteBuf, int, boolean)} of a packet that goes on in {@code text}, which stays in place until the call
     * returns. Where {@link #gathers()} only.
     */
    default boolean transmit(ByteBuf packet, TextPieces text, int segmentBytes, boolean checksumPartial)
            throws IOException {
        packet.release();
        throw new IllegalStateException("this port takes packets in one piece");
    }

    /**
     * Blocks until a packet waits, {@link #wakeUp()} was called since the last return, or {@code timeoutNanos} have
     * passed. A negative timeout waits without limit. May return early.
     */
    void await(long timeoutNanos) throws IOException;

    /** Ends the current or the next {@link #await}. Any thread. */
    void wakeUp();

    /** Gives the device up; a blocked {@link #await} ends. Any thread; more than once does nothing. */
    @Override
    void close();
}
