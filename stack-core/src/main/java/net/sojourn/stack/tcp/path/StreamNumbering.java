package net.sojourn.stack.tcp.path;

/**
 * Stream offsets to 32-bit sequence numbers and back: the only home of their arithmetic. Offset 0 is the first octet of
 * text; the SYN is at -1 and the FIN behind the last octet. One numbering for one path: another path may number the same
 * stream differently.
 */
public final class StreamNumbering {

    private final int sndBase;
    private final int rcvBase;

    /**
     * @param sndBase sequence number of our octet 0
     * @param rcvBase sequence number of the peer's octet 0
     */
    public StreamNumbering(int sndBase, int rcvBase) {
        this.sndBase = sndBase;
        this.rcvBase = rcvBase;
    }

    /** Sequence number of our octet {@code offset}. */
    public int sndWire(long offset) {
        return sndBase + (int) offset;
    }

    /** Sequence number of the peer's octet {@code offset}. */
    public int rcvWire(long offset) {
        return rcvBase + (int) offset;
    }

    /** The offset of ours nearest to {@code near} that {@code seq} can mean. */
    public long sndOffset(int seq, long near) {
        return near + (seq - sndWire(near));
    }

    /** The peer's offset nearest to {@code near} that {@code seq} can mean. */
    public long rcvOffset(int seq, long near) {
        return near + (seq - rcvWire(near));
    }
}
