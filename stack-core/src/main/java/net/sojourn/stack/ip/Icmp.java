package net.sojourn.stack.ip;

import io.netty.buffer.ByteBuf;
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
 * wants. Answers share one budget (RFC 4443 2.4 (f)). Loop thread only.
 */
public final class Icmp {

    private static final int HEADER_BYTES = 8;
    private static final int ANSWERS_PER_SECOND = 1000;
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int QUOTED_PORTS_AND_SEQ_BYTES = 8;
    private static final int MAX_QUOTE_BYTES = 548;

    private static final int V4_ECHO_REPLY = 0;
    private static final int V4_UNREACHABLE = 3;
    private static final int V4_ECHO = 8;
    private static final int V4_TIME_EXCEEDED = 11;
    private static final int V4_CODE_PROTOCOL = 2;
    private static final int V4_CODE_PORT = 3;
    private static final int V4_CODE_FRAGMENTATION_NEEDED = 4;

    private static final int V6_UNREACHABLE = 1;
    private static final int V6_TOO_BIG = 2;
    private static final int V6_TIME_EXCEEDED = 3;
    private static final int V6_PARAMETER_PROBLEM = 4;
    private static final int V6_ECHO = 128;
    private static final int V6_ECHO_REPLY = 129;
    private static final int V6_CODE_PORT = 4;
    private static final int V6_CODE_NEXT_HEADER = 1;

    private final IpOutput output;
    private final Counters counters;
    private final Tcp tcp;
    private long secondBeganNanos = Long.MIN_VALUE;
    private int answered;

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
        if (!mayAnswer(nowNanos)) {
            return DropReason.ICMP_RATE;
        }
        ByteBuf reply = output.newPacket(source, length);
        reply.writeByte(v4 ? V4_ECHO_REPLY : V6_ECHO_REPLY).writeByte(0).writeShort(0);
        reply.writeBytes(packet, index + 4, length - 4);
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
            int mtu = packet.getUnsignedShort(index + 6);
            // RFC 1191 5: an old router says 0; the least MTU is safe.
            return tcp.packetTooBig(tuple, seq, mtu == 0 ? 576 : mtu, nowNanos);
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
            case V6_TOO_BIG ->
                tcp.packetTooBig(tuple, seq, (int) Math.min(65_535, packet.getUnsignedInt(index + 4)), nowNanos);
            case V6_UNREACHABLE -> tcp.destinationUnreachable(tuple, seq, failureOf(code == V6_CODE_PORT, code == 0));
            default -> DropReason.NONE;
        };
    }

    private static ConnectionFailure failureOf(boolean refused, boolean network) {
        if (refused) {
            return ConnectionFailure.REFUSED;
        }
        return network ? ConnectionFailure.NETWORK_UNREACHABLE : ConnectionFailure.HOST_UNREACHABLE;
    }

    /** Answers a packet that nobody here wants (RFC 1122 3.2.2.1, RFC 4443 3.1, 3.4). {@code packet} is the whole of it. */
    void sendUnreachable(
            IpAddress source, IpAddress destination, ByteBuf packet, boolean portUnreachable, long nowNanos) {
        if (destination.isMulticast() || !mayAnswer(nowNanos)) {
            return;
        }
        int quoteBytes = Math.min(packet.readableBytes(), MAX_QUOTE_BYTES);
        ByteBuf error = output.newPacket(source, HEADER_BYTES + quoteBytes);
        if (source.isIpv4()) {
            error.writeByte(V4_UNREACHABLE).writeByte(portUnreachable ? V4_CODE_PORT : V4_CODE_PROTOCOL);
        } else if (portUnreachable) {
            error.writeByte(V6_UNREACHABLE).writeByte(V6_CODE_PORT);
        } else {
            error.writeByte(V6_PARAMETER_PROBLEM).writeByte(V6_CODE_NEXT_HEADER);
        }
        error.writeShort(0);
        error.writeInt(source.isIpv4() || portUnreachable ? 0 : 6);
        error.writeBytes(packet, packet.readerIndex(), quoteBytes);
        send(error, destination, source);
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

    private boolean mayAnswer(long nowNanos) {
        if (secondBeganNanos == Long.MIN_VALUE || nowNanos - secondBeganNanos >= SECOND_NANOS) {
            secondBeganNanos = nowNanos;
            answered = 0;
        }
        return answered++ < ANSWERS_PER_SECOND;
    }
}
