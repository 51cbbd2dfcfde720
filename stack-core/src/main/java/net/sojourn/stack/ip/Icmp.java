package net.sojourn.stack.ip;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.Counters;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.tcp.Tcp;
import net.sojourn.stack.wire.Checksum;
import net.sojourn.stack.wire.Ipv4View;
import net.sojourn.stack.wire.Ipv6View;
import net.sojourn.stack.wire.Protocol;

/**
 * ICMP (RFC 792, RFC 1122 3.2.2) and ICMPv6 (RFC 4443): echo, errors about our segments, errors about packets nobody here
 * wants. Echoes and errors have a budget each (RFC 4443 2.4 (f)). Loop thread only.
 */
public final class Icmp {

    private static final int HEADER_BYTES = 8;
    private static final int ANSWERS_PER_SECOND = 1000;
    private static final int QUOTED_PORTS_AND_SEQ_BYTES = 8;
    /** RFC 1812 4.3.2.3: 576 octets in all. RFC 4443 2.4 (c): no more than the least MTU. */
    private static final int MOST_QUOTED_IPV4_BYTES = 548;

    private static final int MOST_QUOTED_IPV6_BYTES = 1280 - 40 - 8;

    /** Of a parameter problem: a first fragment without its whole chain of headers (RFC 7112 5). */
    static final int INCOMPLETE_CHAIN = 3;

    private static final int CODE_REASSEMBLY = 1;

    private static final int V4_ECHO_REPLY = 0;
    private static final int V4_UNREACHABLE = 3;
    private static final int V4_ECHO = 8;
    private static final int V4_TIME_EXCEEDED = 11;
    private static final int V4_PARAMETER_PROBLEM = 12;
    private static final int V4_FIRST_OTHER_QUERY = 13;
    private static final int V4_CODE_PROTOCOL = 2;
    private static final int V4_CODE_PORT = 3;
    private static final int V4_CODE_FRAGMENTATION_NEEDED = 4;

    /** What is below is believed of no path: it would only make segments tiny (RFC 5927 7). */
    private static final int LEAST_IPV4_MTU = 576;

    private static final int LEAST_IPV6_MTU = 1280;
    private static final int[] PLATEAUS = {32_000, 17_914, 8166, 4352, 2002, 1492, 1006};

    private static final int V6_UNREACHABLE = 1;
    private static final int V6_TOO_BIG = 2;
    private static final int V6_TIME_EXCEEDED = 3;
    private static final int V6_PARAMETER_PROBLEM = 4;
    private static final int V6_ECHO = 128;
    private static final int V6_ECHO_REPLY = 129;
    private static final int V6_CODE_PORT = 4;

    private final IpOutput output;
    private final Counters counters;
    private final Tcp tcp;
    private final RateLimit echoes = new RateLimit(ANSWERS_PER_SECOND);
    private final RateLimit errors = new RateLimit(ANSWERS_PER_SECOND);

    public Icmp(IpOutput output, Counters counters, Tcp tcp) {
        this.output = output;
        this.counters = counters;
        this.tcp = tcp;
    }

    DropReason messageArrives(
            IpAddress source,
            IpAddress destination,
            int protocol,
            ByteBuf packet,
            int index,
            int length,
            long nowNanos) {
        counters.count(Counter.ICMP_IN);
        boolean v4 = protocol == Protocol.ICMP;
        if (v4 != source.isIpv4()) {
            return DropReason.ICMP_UNSUPPORTED;
        }
        if (length < HEADER_BYTES) {
            return DropReason.ICMP_TRUNCATED;
        }
        long sum = v4 ? 0 : Checksum.pseudoHeaderSum(source, destination, Protocol.ICMPV6, length);
        if (Checksum.fold(sum + Checksum.sum(packet, index, length)) != 0xFFFF) {
            return DropReason.ICMP_CHECKSUM;
        }
        int type = packet.getUnsignedByte(index);
        int code = packet.getUnsignedByte(index + 1);
        if (type == (v4 ? V4_ECHO : V6_ECHO)) {
            return echo(source, destination, v4, packet, index, length, nowNanos);
        }
        int quote = index + HEADER_BYTES;
        int quoteBytes = length - HEADER_BYTES;
        if (v4
                ? type == V4_UNREACHABLE || type == V4_TIME_EXCEEDED
                : type >= V6_UNREACHABLE && type <= V6_PARAMETER_PROBLEM) {
            return v4
                    ? errorV4(type, code, packet, index, quote, quoteBytes, nowNanos)
                    : errorV6(type, code, packet, index, quote, quoteBytes, nowNanos);
        }
        return DropReason.ICMP_UNSUPPORTED;
    }

    private DropReason echo(
            IpAddress source, IpAddress destination, boolean v4, ByteBuf packet, int index, int length, long nowNanos) {
        if (!echoes.take(nowNanos)) {
            return DropReason.ICMP_RATE;
        }
        // RFC 1122 3.2.2.6: cut where it would have to be fragmented.
        int replyBytes = Math.min(length, output.mtuBytes() - IpOutput.headerBytes(source));
        ByteBuf reply = output.newPacket(source, replyBytes);
        reply.writeByte(v4 ? V4_ECHO_REPLY : V6_ECHO_REPLY).writeByte(0).writeShort(0);
        reply.writeBytes(packet, index + 4, replyBytes - 4);
        counters.count(Counter.ECHO_REPLIES);
        send(reply, destination, source);
        return DropReason.NONE;
    }

    private DropReason errorV4(
            int type, int code, ByteBuf packet, int index, int quote, int quoteBytes, long nowNanos) {
        if (quoteBytes < Ipv4View.MIN_HEADER_BYTES) {
            return DropReason.ICMP_TRUNCATED;
        }
        int headerBytes = (packet.getByte(quote) & 0xF) * 4;
        if (headerBytes < Ipv4View.MIN_HEADER_BYTES || quoteBytes < headerBytes + QUOTED_PORTS_AND_SEQ_BYTES) {
            return DropReason.ICMP_TRUNCATED;
        }
        if (packet.getUnsignedByte(quote + 9) != Protocol.TCP) {
            return DropReason.ICMP_QUOTE;
        }
        IpAddress local = IpAddress.ofIpv4(packet.getInt(quote + 12));
        IpAddress peer = IpAddress.ofIpv4(packet.getInt(quote + 16));
        int at = quote + headerBytes;
        FourTuple tuple = new FourTuple(local, packet.getUnsignedShort(at), peer, packet.getUnsignedShort(at + 2));
        int seq = packet.getInt(at + 4);
        if (type == V4_UNREACHABLE && code == V4_CODE_FRAGMENTATION_NEEDED) {
            int quotedBytes = packet.getUnsignedShort(quote + 2);
            int mtu = packet.getUnsignedShort(index + 6);
            // RFC 1191 5: an old router says 0.
            mtu = mtu == 0 ? plateauBelow(quotedBytes) : mtu;
            // RFC 5927 7.2: what would have passed cannot have been refused.
            return quotedBytes <= mtu
                    ? DropReason.ICMP_QUOTE
                    : tcp.packetTooBig(tuple, seq, Math.max(LEAST_IPV4_MTU, mtu), nowNanos);
        }
        if (type == V4_TIME_EXCEEDED) {
            return DropReason.NONE;
        }
        boolean refused = code == V4_CODE_PORT || code == V4_CODE_PROTOCOL;
        return tcp.destinationUnreachable(tuple, seq, failureOf(refused, code == 0));
    }

    private DropReason errorV6(
            int type, int code, ByteBuf packet, int index, int quote, int quoteBytes, long nowNanos) {
        if (quoteBytes < Ipv6View.HEADER_BYTES + QUOTED_PORTS_AND_SEQ_BYTES) {
            return DropReason.ICMP_TRUNCATED;
        }
        if (packet.getUnsignedByte(quote + 6) != Protocol.TCP) {
            return DropReason.ICMP_QUOTE;
        }
        IpAddress local = new IpAddress(packet.getLong(quote + 8), packet.getLong(quote + 16));
        IpAddress peer = new IpAddress(packet.getLong(quote + 24), packet.getLong(quote + 32));
        int at = quote + Ipv6View.HEADER_BYTES;
        FourTuple tuple = new FourTuple(local, packet.getUnsignedShort(at), peer, packet.getUnsignedShort(at + 2));
        int seq = packet.getInt(at + 4);
        return switch (type) {
            case V6_TOO_BIG -> {
                long mtu = packet.getUnsignedInt(index + 4);
                int quotedBytes = Ipv6View.HEADER_BYTES + packet.getUnsignedShort(quote + Ipv6View.PAYLOAD_LENGTH_AT);
                // RFC 8201 4: no link has less. RFC 5927 7.2: what would have passed cannot have been refused.
                yield mtu < LEAST_IPV6_MTU || quotedBytes <= mtu
                        ? DropReason.ICMP_QUOTE
                        : tcp.packetTooBig(tuple, seq, (int) mtu, nowNanos);
            }
            case V6_UNREACHABLE -> tcp.destinationUnreachable(tuple, seq, failureOf(code == V6_CODE_PORT, code == 0));
            default -> DropReason.NONE;
        };
    }

    /** RFC 1191 7.1. */
    private static int plateauBelow(int bytes) {
        for (int plateau : PLATEAUS) {
            if (plateau < bytes) {
                return plateau;
            }
        }
        return LEAST_IPV4_MTU;
    }

    private static ConnectionFailure failureOf(boolean refused, boolean network) {
        if (refused) {
            return ConnectionFailure.REFUSED;
        }
        return network ? ConnectionFailure.NETWORK_UNREACHABLE : ConnectionFailure.HOST_UNREACHABLE;
    }

    // ---- errors about packets of others

    /** Nobody here listens (RFC 1122 3.2.2.1, RFC 4443 3.1). {@code packet} is the whole of it, here and below. */
    void sendPortUnreachable(IpAddress source, IpAddress destination, ByteBuf packet, long nowNanos) {
        boolean v4 = source.isIpv4();
        sendError(
                source,
                destination,
                packet,
                v4 ? V4_UNREACHABLE : V6_UNREACHABLE,
                v4 ? V4_CODE_PORT : V6_CODE_PORT,
                0,
                nowNanos);
    }

    /** Nobody here speaks it (RFC 1122 3.2.2.1, RFC 4443 3.4). @param namedAt where the packet names it */
    void sendProtocolUnreachable(IpAddress source, IpAddress destination, ByteBuf packet, int namedAt, long nowNanos) {
        if (source.isIpv4()) {
            sendError(source, destination, packet, V4_UNREACHABLE, V4_CODE_PROTOCOL, 0, nowNanos);
        } else {
            sendParameterProblem(
                    source, destination, packet, Ipv6ExtensionHeaders.UNKNOWN_NEXT_HEADER, namedAt, nowNanos);
        }
    }

    /** RFC 1122 3.2.2.5, RFC 4443 3.4. @param at the octet of the packet where it goes wrong */
    void sendParameterProblem(
            IpAddress source, IpAddress destination, ByteBuf packet, int code, int at, long nowNanos) {
        if (source.isIpv4()) {
            sendError(source, destination, packet, V4_PARAMETER_PROBLEM, code, at << 24, nowNanos);
        } else {
            sendError(source, destination, packet, V6_PARAMETER_PROBLEM, code, at, nowNanos);
        }
    }

    /** RFC 1122 3.3.2, RFC 4443 3.3: a fragment never came; the first one did. */
    void reassemblyTimedOut(IpAddress source, IpAddress destination, byte[] firstFragment, long nowNanos) {
        int type = source.isIpv4() ? V4_TIME_EXCEEDED : V6_TIME_EXCEEDED;
        ByteBuf packet = Unpooled.wrappedBuffer(firstFragment);
        sendError(source, destination, packet, type, CODE_REASSEMBLY, 0, nowNanos);
    }

    private void sendError(
            IpAddress source,
            IpAddress destination,
            ByteBuf packet,
            int type,
            int code,
            int restOfHeader,
            long nowNanos) {
        boolean v4 = source.isIpv4();
        if (destination.isMulticast() || isAboutAnError(packet, v4)) {
            return;
        }
        if (!errors.take(nowNanos)) {
            counters.drop(DropReason.ICMP_RATE);
            return;
        }
        int quoteBytes = Math.min(packet.readableBytes(), v4 ? MOST_QUOTED_IPV4_BYTES : MOST_QUOTED_IPV6_BYTES);
        ByteBuf error = output.newPacket(source, HEADER_BYTES + quoteBytes);
        error.writeByte(type).writeByte(code).writeShort(0).writeInt(restOfHeader);
        error.writeBytes(packet, packet.readerIndex(), quoteBytes);
        send(error, destination, source);
    }

    /** RFC 1122 3.2.2, RFC 4443 2.4 (e): an error about an error would never end; nor is a later fragment answered. */
    private boolean isAboutAnError(ByteBuf packet, boolean v4) {
        int base = packet.readerIndex();
        int end = packet.writerIndex();
        if (v4) {
            boolean later = (packet.getUnsignedShort(base + 6) & 0x1FFF) != 0;
            int at = base + (packet.getByte(base) & 0xF) * 4;
            boolean message = packet.getUnsignedByte(base + Ipv4View.PROTOCOL_AT) == Protocol.ICMP;
            return later || message && (at >= end || !isQueryV4(packet.getUnsignedByte(at)));
        }
        int next = packet.getUnsignedByte(base + Ipv6View.NEXT_HEADER_AT);
        int at = base + Ipv6View.HEADER_BYTES;
        while (at + 8 <= end && next != Protocol.ICMPV6 && isExtensionHeader(next)) {
            if (next == Protocol.FRAGMENT && (packet.getUnsignedShort(at + 2) & 0xFFF8) != 0) {
                // A later fragment earns an error only by what is wrong with itself, and shows none of what it carries.
                return false;
            }
            int headerBytes = next == Protocol.FRAGMENT ? 8 : (packet.getUnsignedByte(at + 1) + 1) * 8;
            next = packet.getUnsignedByte(at);
            at += headerBytes;
        }
        return next == Protocol.ICMPV6 && (at >= end || packet.getUnsignedByte(at) < V6_ECHO);
    }

    private static boolean isExtensionHeader(int next) {
        return next == Protocol.HOP_BY_HOP
                || next == Protocol.ROUTING
                || next == Protocol.DESTINATION_OPTIONS
                || next == Protocol.FRAGMENT;
    }

    private static boolean isQueryV4(int type) {
        return type == V4_ECHO_REPLY || type == V4_ECHO || type >= V4_FIRST_OTHER_QUERY;
    }

    private void send(ByteBuf message, IpAddress from, IpAddress to) {
        int length = message.readableBytes();
        int protocol = to.isIpv4() ? Protocol.ICMP : Protocol.ICMPV6;
        long sum = to.isIpv4() ? 0 : Checksum.pseudoHeaderSum(from, to, protocol, length);
        int at = message.readerIndex();
        message.setShort(at + 2, Checksum.complement(sum + Checksum.sum(message, at, length)));
        counters.count(Counter.ICMP_OUT);
        output.send(message, from, to, protocol, 0, 0, false);
    }
}
