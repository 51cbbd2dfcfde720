package net.sojourn.stack.fuzz;

/** The fuzzer's octets as numbers; zeros behind their end. */
public final class ByteReader {

    private final byte[] octets;
    private int at;

    public ByteReader(byte[] octets) {
        this.octets = octets;
    }

    public boolean hasMore() {
        return at < octets.length;
    }

    public int u8() {
        return at < octets.length ? octets[at++] & 0xFF : 0;
    }

    public int u16() {
        return u8() << 8 | u8();
    }

    int s16() {
        return (short) u16();
    }

    /** A number near zero most of the time, far away now and then. */
    int near() {
        int first = u8();
        return first < 0xE0 ? first - 0x70 : s16() << (first & 15);
    }
}
