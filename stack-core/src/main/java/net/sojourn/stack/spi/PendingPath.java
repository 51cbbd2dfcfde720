package net.sojourn.stack.spi;

import net.sojourn.stack.FourTuple;

/** A path that is being tried beside the active one. Loop thread only; unusable after {@link #activate} or {@link #discard}. */
public interface PendingPath {

    FourTuple tuple();

    /** Largest TCP payload plus options that the route allows: MTU less IP and TCP headers without options. */
    int mssBytes();

    /** What the peer's MSS option of the handshake says (RFC 6691), -1 if there was none. */
    void peerMss(int mssOption);

    /** Sends one segment of the handshake's own on this path. */
    void send(HandshakeSegment segment, long nowNanos);

    /**
     * Like {@link #send}, with a payload: {@code head}, which is no text, and our octets from {@code from} on, sent before or
     * not, as far as the peer's window allows. They count as sent; nothing is assumed about their arrival.
     *
     * @param from stream offset, from SND.UNA to SND.NXT
     * @return how many octets of text went along, at most {@code maxTextBytes}
     */
    int sendWithText(HandshakeSegment segment, byte[] head, long from, int maxTextBytes, long nowNanos);

    /** Takes the payload of a SYN that came here into the stream, but its first {@code headBytes}: the rest begins at {@code from}. */
    void takeText(SegmentView syn, int headBytes, long from, long nowNanos);

    /**
     * Sends copies of what is outstanding here too, from {@code from} on, in packets of at most {@code maxPacketBytes}
     * together: the active path and all its variables are untouched.
     *
     * @param from stream offset, from SND.UNA on
     * @return the octets of the packets sent, IP headers included
     */
    int sendOutstanding(long from, int maxPacketBytes, long nowNanos);

    /**
     * The stream continues here under other sequence numbers (without this call: under those of the active path).
     *
     * @param sndWireAtSndUna wire number of the octet that is SND.UNA now
     * @param rcvWireAtRcvNxt wire number of the octet that is RCV.NXT now
     */
    void renumber(int sndWireAtSndUna, int rcvWireAtRcvNxt);

    /**
     * The connection lives here from now on: this path becomes the active one, the former active path is still listened to
     * for one retransmission time-out and then forgotten, the suspension ends, everything not acknowledged is sent again
     * from the acknowledgement in {@code evidence}, and an ACK with the true window goes out at once.
     *
     * @param evidence the segment that proved the path; its acknowledgement number, window and timestamp are taken over
     */
    void activate(CarryOver carryOver, SegmentView evidence, long nowNanos);

    /** Forgets this path; the active one is untouched. */
    void discard();

    enum CarryOver {
        /** Slow start, no RTT estimate, path MTU forgotten: a new network. */
        NOTHING,
        /** As {@link #NOTHING}, and what is in flight on the former path is left to it for about a round trip. */
        FLIGHT,
        /** Congestion and RTT state stay: only the port differs, or it is the same path. */
        CONGESTION_STATE
    }
}
