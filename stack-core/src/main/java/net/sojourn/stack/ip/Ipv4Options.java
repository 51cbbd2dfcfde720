package net.sojourn.stack.ip;

import io.netty.buffer.ByteBuf;
import net.sojourn.stack.wire.Ipv4View;

/** The options of an IPv4 header (RFC 791 3.1): none has a meaning for the stack, some make it refuse the packet. */
final class Ipv4Options {

    /** The options may be passed over. */
    static final int HARMLESS = 0;
    /** A source route, which would let a stranger choose the way of our answers (RFC 7126 4.3, 4.4). */
    static final int SOURCE_ROUTE = -1;

    private static final int END = 0;
    private static final int NO_OPERATION = 1;
    private static final int LOOSE_SOURCE_ROUTE = 131;
    private static final int STRICT_SOURCE_ROUTE = 137;

    private Ipv4Options() {}

    /** @return one of the above, or the offset in the header of the octet that is wrong */
    static int check(ByteBuf packet, int headerBytes) {
        int base = packet.readerIndex();
        int i = Ipv4View.MIN_HEADER_BYTES;
        while (i < headerBytes) {
            int type = packet.getUnsignedByte(base + i);
            if (type == END) {
                return HARMLESS;
            }
            if (type == NO_OPERATION) {
                i++;
                continue;
            }
            if (type == LOOSE_SOURCE_ROUTE || type == STRICT_SOURCE_ROUTE) {
                return SOURCE_ROUTE;
            }
            int optionBytes = i + 1 < headerBytes ? packet.getUnsignedByte(base + i + 1) : 0;
            if (optionBytes < 2 || i + optionBytes > headerBytes) {
                return i + 1;
            }
            i += optionBytes;
        }
        return HARMLESS;
    }
}
