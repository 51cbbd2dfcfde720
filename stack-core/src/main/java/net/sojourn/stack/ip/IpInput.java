package net.sojourn.stack.ip;

import io.netty.buffer.ByteBuf;
import net.sojourn.stack.FloodLimits;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.Counters;
import net.sojourn.stack.machine.Deadlines;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.tcp.Tcp;
import net.sojourn.stack.wire.Ipv4View;
import net.sojourn.stack.wire.Ipv6View;
import net.sojourn.stack.wire.Protocol;

/** A packet arrives: which family, well formed, for us, and for whom above (RFC 1122 3.2.1, RFC 8200 4). Loop thread only. */
public final class IpInput {

    private static final int UDP = 17;
    /** The shortest first fragment of a segment, and the offset that could rewrite its flags (RFC 1858 3, RFC 3128 4). */
    private static final int LEAST_FIRST_FRAGMENT_BYTES = 16;

    private static final int OFFSET_INSIDE_TCP_HEADER = 8;
    private static final int LARGEST_PACKET_BYTES = 65_535;
    private static final int TCP_HEADER_BYTES = 20;
    private static final int OTHER_HEADER_BYTES = 8;

    private final LocalAddresses localAddresses;
    private final Counters counters;
    private final Tcp tcp;
    private final Icmp icmp;
    private final Fragments fragments;
    private final Ipv4View ipv4 = new Ipv4View();
    private final Ipv6View ipv6 = new Ipv6View();
    private final Ipv6ExtensionHeaders chain = new Ipv6ExtensionHeaders();
    private final InternedAddresses interned = new InternedAddresses();

    public IpInput(
            LocalAddresses localAddresses,
            Counters counters,
            Tcp tcp,
            Icmp icmp,
            FloodLimits limits,
            Deadlines deadlines) {
        this.localAddresses = localAddresses;
        this.counters = counters;
        this.tcp = tcp;
        this.icmp = icmp;
        this.fragments = new Fragments(limits, deadlines, counters, icmp::reassemblyTimedOut);
    }

    /** Memory of packets that wait for fragments. */
    public int fragmentBytes() {
        return fragments.heldBytes();
    }

    /** {@code packet}'s readable octets are one IP packet; borrowed for the call. */
    public void packetArrives(ByteBuf packet, boolean checksumVouched, int segmentBytes, long nowNanos) {
        counters.count(Counter.PACKETS_IN);
        int version = packet.isReadable() ? packet.getUnsignedByte(packet.readerIndex()) >>> 4 : 0;
        DropReason reason =
                switch (version) {
                    case 4 -> ipv4Arrives(packet, checksumVouched, segmentBytes, nowNanos);
                    case 6 -> ipv6Arrives(packet, true, checksumVouched, segmentBytes, nowNanos);
                    default -> DropReason.IP_VERSION;
                };
        if (reason != DropReason.NONE) {
            counters.drop(reason);
        }
    }

    // ---- IPv4

    private DropReason ipv4Arrives(ByteBuf packet, boolean checksumVouched, int segmentBytes, long nowNanos) {
        DropReason reason = ipv4.wrap(packet).check();
        if (reason != DropReason.NONE) {
            return reason;
        }
        if (ipv4.sourceIsImpossible()) {
            return DropReason.IP_SOURCE;
        }
        IpAddress source = interned.of(0, IpAddress.lowOfIpv4(ipv4.sourceBits()));
        IpAddress destination = interned.of(0, IpAddress.lowOfIpv4(ipv4.destinationBits()));
        if (!localAddresses.contains(destination)) {
            return DropReason.IP_NOT_OURS;
        }
        int headerBytes = ipv4.headerBytes();
        if (headerBytes > Ipv4View.MIN_HEADER_BYTES) {
            int problem = Ipv4Options.check(packet, headerBytes);
            if (problem != Ipv4Options.HARMLESS) {
                if (problem != Ipv4Options.SOURCE_ROUTE) {
                    icmp.sendParameterProblem(source, destination, packet, 0, problem, nowNanos);
                }
                return DropReason.IP_OPTIONS;
            }
        }
        int index = packet.readerIndex() + headerBytes;
        int length = ipv4.totalBytes() - headerBytes;
        if (ipv4.isFragment()) {
            return ipv4FragmentArrives(packet, source, destination, index, length, nowNanos);
        }
        return deliver(
                packet,
                source,
                destination,
                ipv4.protocol(),
                packet.readerIndex() + Ipv4View.PROTOCOL_AT,
                ipv4.tos(),
                index,
                length,
                checksumVouched,
                segmentBytes,
                nowNanos);
    }

    private DropReason ipv4FragmentArrives(
            ByteBuf packet, IpAddress source, IpAddress destination, int index, int length, long nowNanos) {
        int start = ipv4.fragmentOffsetBytes();
        boolean more = ipv4.moreFragments();
        boolean malformed = length == 0 || more && (length & 7) != 0 || start + length > LARGEST_PACKET_BYTES;
        boolean tiny = ipv4.protocol() == Protocol.TCP
                && (start == 0 ? length < LEAST_FIRST_FRAGMENT_BYTES : start == OFFSET_INSIDE_TCP_HEADER);
        if (malformed || tiny) {
            return DropReason.IP_FRAGMENT;
        }
        FragmentKey key = new FragmentKey(source, destination, ipv4.identification(), ipv4.protocol());
        ByteBuf datagram = packet.slice(packet.readerIndex(), ipv4.totalBytes());
        FragmentedPacket whole = fragments.fragmentArrives(
                key,
                start,
                more,
                ipv4.protocol(),
                ipv4.tos(),
                datagram,
                index - packet.readerIndex(),
                length,
                nowNanos);
        if (whole == null) {
            return DropReason.NONE;
        }
        return ipv4Arrives(Fragments.ipv4(whole), false, 0, nowNanos);
    }

    // ---- IPv6

    private DropReason ipv6Arrives(
            ByteBuf packet, boolean mayBeFragment, boolean checksumVouched, int segmentBytes, long nowNanos) {
        DropReason reason = ipv6.wrap(packet).check();
        if (reason != DropReason.NONE) {
            return reason;
        }
        IpAddress source = interned.of(ipv6.sourceHi(), ipv6.sourceLo());
        IpAddress destination = interned.of(ipv6.destinationHi(), ipv6.destinationLo());
        // An IPv4-mapped address has no place on the wire (RFC 4291 2.5.5.2), the loopback's only on itself (2.5.3).
        boolean misplaced = source.isLoopback() && !destination.isLoopback();
        if (source.isMulticast() || source.isUnspecified() || source.isIpv4() || misplaced) {
            return DropReason.IP_SOURCE;
        }
        if (destination.isIpv4() || !localAddresses.contains(destination)) {
            return DropReason.IP_NOT_OURS;
        }
        int base = packet.readerIndex();
        int end = base + Ipv6View.HEADER_BYTES + ipv6.payloadBytes();
        reason = chain.walk(
                packet, ipv6.nextHeader(), base + Ipv6View.NEXT_HEADER_AT, base + Ipv6View.HEADER_BYTES, end);
        if (reason != DropReason.NONE) {
            if (chain.problemCode != Ipv6ExtensionHeaders.NO_PROBLEM) {
                icmp.sendParameterProblem(
                        source, destination, packet, chain.problemCode, chain.problemAt - base, nowNanos);
            }
            return reason;
        }
        if (chain.next == Protocol.FRAGMENT) {
            return mayBeFragment
                    ? ipv6FragmentArrives(packet, source, destination, chain.index, end, nowNanos)
                    : DropReason.IP_FRAGMENT;
        }
        return deliver(
                packet,
                source,
                destination,
                chain.next,
                chain.namedAt,
                ipv6.trafficClass(),
                chain.index,
                end - chain.index,
                checksumVouched,
                segmentBytes,
                nowNanos);
    }

    /** {@code at} is where the fragment header is. */
    private DropReason ipv6FragmentArrives(
            ByteBuf packet, IpAddress source, IpAddress destination, int at, int end, long nowNanos) {
        int base = packet.readerIndex();
        int offsetAndMore = packet.getUnsignedShort(at + 2);
        int start = offsetAndMore & 0xFFF8;
        boolean more = (offsetAndMore & 1) != 0;
        int index = at + Ipv6ExtensionHeaders.FRAGMENT_HEADER_BYTES;
        int length = end - index;
        int nextHeader = packet.getUnsignedByte(at);
        if (more && (length & 7) != 0) {
            // RFC 8200 4.5: at the payload length.
            icmp.sendParameterProblem(source, destination, packet, 0, Ipv6View.PAYLOAD_LENGTH_AT, nowNanos);
            return DropReason.IP_FRAGMENT;
        }
        if (start + length > LARGEST_PACKET_BYTES) {
            icmp.sendParameterProblem(source, destination, packet, 0, at + 2 - base, nowNanos);
            return DropReason.IP_FRAGMENT;
        }
        if (length == 0) {
            return DropReason.IP_FRAGMENT;
        }
        int trafficClass = ipv6.trafficClass();
        if (start == 0 && !holdsWholeChain(packet, nextHeader, at, index, end)) {
            icmp.sendParameterProblem(source, destination, packet, Icmp.INCOMPLETE_CHAIN, 0, nowNanos);
            return DropReason.IP_FRAGMENT;
        }
        FragmentKey key = new FragmentKey(source, destination, packet.getInt(at + 4), 0);
        FragmentedPacket whole = fragments.fragmentArrives(
                key,
                start,
                more,
                nextHeader,
                trafficClass,
                packet.slice(base, end - base),
                index - base,
                length,
                nowNanos);
        if (whole == null) {
            return DropReason.NONE;
        }
        return ipv6Arrives(Fragments.ipv6(whole), false, false, 0, nowNanos);
    }

    /** RFC 7112 5: so that nobody hides from a filter what a packet is. */
    private boolean holdsWholeChain(ByteBuf packet, int nextHeader, int namedAt, int index, int end) {
        if (chain.walk(packet, nextHeader, namedAt, index, end) != DropReason.NONE) {
            // What is wrong with it is said of the whole; what is cut off is not whole.
            return chain.problemCode != Ipv6ExtensionHeaders.NO_PROBLEM;
        }
        int needed =
                switch (chain.next) {
                    case Protocol.TCP -> TCP_HEADER_BYTES;
                    case Protocol.NO_NEXT_HEADER -> 0;
                    default -> OTHER_HEADER_BYTES;
                };
        return chain.index + needed <= end;
    }

    // ---- either

    private DropReason deliver(
            ByteBuf packet,
            IpAddress source,
            IpAddress destination,
            int protocol,
            int namedAt,
            int trafficClass,
            int index,
            int length,
            boolean checksumVouched,
            int segmentBytes,
            long nowNanos) {
        switch (protocol) {
            case Protocol.TCP ->
                tcp.packetArrives(
                        source,
                        destination,
                        trafficClass,
                        packet,
                        index,
                        length,
                        checksumVouched,
                        segmentBytes,
                        nowNanos);
            case Protocol.ICMP, Protocol.ICMPV6 -> {
                return icmp.messageArrives(source, destination, protocol, packet, index, length, nowNanos);
            }
            case Protocol.NO_NEXT_HEADER -> {
                return DropReason.IP_PROTOCOL;
            }
            default -> {
                if (protocol == UDP) {
                    icmp.sendPortUnreachable(source, destination, packet, nowNanos);
                } else {
                    icmp.sendProtocolUnreachable(source, destination, packet, namedAt - packet.readerIndex(), nowNanos);
                }
                return DropReason.IP_PROTOCOL;
            }
        }
        return DropReason.NONE;
    }
}
