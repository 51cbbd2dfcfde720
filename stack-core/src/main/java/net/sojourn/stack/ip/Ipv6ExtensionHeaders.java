package net.sojourn.stack.ip;

import io.netty.buffer.ByteBuf;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.wire.Protocol;

/**
 * The chain of headers between an IPv6 header and what it carries (RFC 8200 4). {@link #walk} leaves its findings in the
 * fields, so that it allocates nothing. Loop thread only.
 */
final class Ipv6ExtensionHeaders {

    static final int FRAGMENT_HEADER_BYTES = 8;
    static final int NO_PROBLEM = -1;
    /** Codes of a parameter problem (RFC 4443 3.4). */
    static final int ERRONEOUS_FIELD = 0;

    static final int UNKNOWN_NEXT_HEADER = 1;
    static final int UNKNOWN_OPTION = 2;

    private static final int MOST_HEADERS = 8;
    private static final int FRAGMENT_OFFSET_AND_MORE = 0xFFF9;
    private static final int PAD_1 = 0;
    private static final int PAD_N = 1;
    private static final int ROUTER_ALERT = 5;

    /** What follows the headers that were walked: a protocol, or {@link Protocol#FRAGMENT} of a packet in pieces. */
    int next;
    /** Where that begins. */
    int index;
    /** Where the octet is that names {@link #next}. */
    int namedAt;
    /** Code of the parameter problem that the sender is to hear of, or {@link #NO_PROBLEM}. */
    int problemCode;
    /** Where in the buffer the problem is. */
    int problemAt;

    /**
     * From the header of type {@code first}, named at {@code firstNamedAt}, which begins at {@code from}.
     *
     * @return {@link DropReason#NONE} if {@link #next} is what the packet carries
     */
    DropReason walk(ByteBuf packet, int first, int firstNamedAt, int from, int end) {
        next = first;
        namedAt = firstNamedAt;
        index = from;
        problemCode = NO_PROBLEM;
        for (int headers = 0; isExtension(next); headers++) {
            if (next == Protocol.HOP_BY_HOP && headers > 0) {
                // RFC 8200 4.1: anywhere but in the first place it is no header that we know.
                return problem(UNKNOWN_NEXT_HEADER, namedAt);
            }
            if (headers == MOST_HEADERS || index + 8 > end) {
                return DropReason.IPV6_EXTENSION;
            }
            if (next == Protocol.FRAGMENT && !isAtomic(packet)) {
                return DropReason.NONE;
            }
            int headerBytes =
                    next == Protocol.FRAGMENT ? FRAGMENT_HEADER_BYTES : (packet.getUnsignedByte(index + 1) + 1) * 8;
            if (index + headerBytes > end) {
                return DropReason.IPV6_EXTENSION;
            }
            if (next == Protocol.ROUTING && packet.getByte(index + 3) != 0) {
                // RFC 8200 4.4, RFC 5095 3: we follow no route, type 0 least of all.
                return problem(ERRONEOUS_FIELD, index + 2);
            }
            if (next == Protocol.HOP_BY_HOP || next == Protocol.DESTINATION_OPTIONS) {
                DropReason reason = options(packet, index + 2, index + headerBytes);
                if (reason != DropReason.NONE) {
                    return reason;
                }
            }
            namedAt = index;
            next = packet.getUnsignedByte(index);
            index += headerBytes;
        }
        return DropReason.NONE;
    }

    private static boolean isExtension(int header) {
        return header == Protocol.HOP_BY_HOP
                || header == Protocol.ROUTING
                || header == Protocol.DESTINATION_OPTIONS
                || header == Protocol.FRAGMENT;
    }

    /** RFC 6946 4: offset 0 and no more fragments, so the packet is whole, whatever else waits under its number. */
    private boolean isAtomic(ByteBuf packet) {
        return (packet.getUnsignedShort(index + 2) & FRAGMENT_OFFSET_AND_MORE) == 0;
    }

    /** RFC 8200 4.2: an option that we do not know says itself what to do. */
    private DropReason options(ByteBuf packet, int from, int end) {
        int i = from;
        while (i < end) {
            int type = packet.getUnsignedByte(i);
            if (type == PAD_1) {
                i++;
                continue;
            }
            if (i + 2 > end || i + 2 + packet.getUnsignedByte(i + 1) > end) {
                return DropReason.IPV6_EXTENSION;
            }
            if (type != PAD_N && type != ROUTER_ALERT) {
                switch (type >>> 6) {
                    case 0 -> {}
                    case 1 -> {
                        return DropReason.IPV6_EXTENSION;
                    }
                    // 3 spares multicast, of which we have none.
                    default -> {
                        return problem(UNKNOWN_OPTION, i);
                    }
                }
            }
            i += 2 + packet.getUnsignedByte(i + 1);
        }
        return DropReason.NONE;
    }

    private DropReason problem(int code, int at) {
        problemCode = code;
        problemAt = at;
        return DropReason.IPV6_EXTENSION;
    }
}
