package net.sojourn.stack.ip;

import io.netty.buffer.ByteBuf;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.Counters;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.tcp.Tcp;
import net.sojourn.stack.wire.Ipv4View;
import net.sojourn.stack.wire.Ipv6View;
import net.sojourn.stack.wire.Protocol;

/** A packet arrives: which family, well formed, for us, and for whom above (RFC 1122 3.2.1, RFC 8200 4). Loop thread only. */
public final class IpInput {

    private static final int UDP = 17;
    private static final int MAX_EXTENSION_HEADERS = 8;
    private static final int FRAGMENT_HEADER_BYTES = 8;
    private static final int FRAGMENT_OFFSET_AND_MORE = 0xFFF9;

    private final LocalAddresses localAddresses;
    private final Counters counters;
    private final Tcp tcp;
    private final Icmp icmp;
    private final Ipv4View ipv4 = new Ipv4View();
    private final Ipv6View ipv6 = new Ipv6View();
    private final InternedAddresses interned = new InternedAddresses();

    public IpInput(LocalAddresses localAddresses, Counters counters, Tcp tcp, Icmp icmp) {
        this.localAddresses = localAddresses;
        this.counters = counters;
        this.tcp = tcp;
        this.icmp = icmp;
    }

    /** {@code packet}'s readable octets are one IP packet; borrowed for the call. */
    public void packetArrives(ByteBuf packet, boolean checksumVouched, int segmentBytes, long nowNanos) {
        counters.count(Counter.PACKETS_IN);
        int version = packet.isReadable() ? packet.getUnsignedByte(packet.readerIndex()) >>> 4 : 0;
        DropReason reason =
                switch (version) {
                    case 4 -> ipv4Arrives(packet, checksumVouched, segmentBytes, nowNanos);
                    case 6 -> ipv6Arrives(packet, checksumVouched, segmentBytes, nowNanos);
                    default -> DropReason.IP_VERSION;
                };
        if (reason != DropReason.NONE) {
            counters.drop(reason);
        }
    }

    private DropReason ipv4Arrives(ByteBuf packet, boolean checksumVouched, int segmentBytes, long nowNanos) {
        DropReason reason = ipv4.wrap(packet).check();
        if (reason != DropReason.NONE) {
            return reason;
        }
        IpAddress source = interned.of(0, IpAddress.lowOfIpv4(ipv4.sourceBits()));
        IpAddress destination = interned.of(0, IpAddress.lowOfIpv4(ipv4.destinationBits()));
        if (source.isMulticast() || source.isUnspecified() || source.isLimitedBroadcast()) {
            return DropReason.IP_SOURCE;
        }
        if (!localAddresses.contains(destination)) {
            return DropReason.IP_NOT_OURS;
        }
        if (ipv4.isFragment()) {
            return DropReason.IP_FRAGMENT;
        }
        int headerBytes = ipv4.headerBytes();
        int index = packet.readerIndex() + headerBytes;
        int length = ipv4.totalBytes() - headerBytes;
        return deliver(
                packet,
                source,
                destination,
                ipv4.protocol(),
                ipv4.tos(),
                index,
                length,
                checksumVouched,
                segmentBytes,
                nowNanos);
    }

    private DropReason ipv6Arrives(ByteBuf packet, boolean checksumVouched, int segmentBytes, long nowNanos) {
        DropReason reason = ipv6.wrap(packet).check();
        if (reason != DropReason.NONE) {
            return reason;
        }
        IpAddress source = interned.of(ipv6.sourceHi(), ipv6.sourceLo());
        IpAddress destination = interned.of(ipv6.destinationHi(), ipv6.destinationLo());
        // An IPv4-mapped address has no place on the wire (RFC 4291 2.5.5.2).
        if (source.isMulticast() || source.isUnspecified() || source.isIpv4()) {
            return DropReason.IP_SOURCE;
        }
        if (destination.isIpv4() || !localAddresses.contains(destination)) {
            return DropReason.IP_NOT_OURS;
        }
        int index = packet.readerIndex() + Ipv6View.HEADER_BYTES;
        int end = index + ipv6.payloadBytes();
        int next = ipv6.nextHeader();
        for (int headers = 0; isExtensionHeader(next) || isAtomicFragment(packet, next, index, end); headers++) {
            if (headers == MAX_EXTENSION_HEADERS || index + 8 > end) {
                return DropReason.IPV6_EXTENSION;
            }
            int headerBytes =
                    next == Protocol.FRAGMENT ? FRAGMENT_HEADER_BYTES : (packet.getUnsignedByte(index + 1) + 1) * 8;
            boolean segmentsLeft = next == Protocol.ROUTING && packet.getByte(index + 3) != 0;
            if (index + headerBytes > end || segmentsLeft) {
                return DropReason.IPV6_EXTENSION;
            }
            next = packet.getUnsignedByte(index);
            index += headerBytes;
        }
        if (next == Protocol.FRAGMENT) {
            return DropReason.IP_FRAGMENT;
        }
        return deliver(
                packet,
                source,
                destination,
                next,
                ipv6.trafficClass(),
                index,
                end - index,
                checksumVouched,
                segmentBytes,
                nowNanos);
    }

    private static boolean isExtensionHeader(int nextHeader) {
        return nextHeader == Protocol.HOP_BY_HOP
                || nextHeader == Protocol.ROUTING
                || nextHeader == Protocol.DESTINATION_OPTIONS;
    }

    /** RFC 6946 4: offset 0 and no more fragments, so the packet is whole. */
    private static boolean isAtomicFragment(ByteBuf packet, int nextHeader, int index, int end) {
        return nextHeader == Protocol.FRAGMENT
                && index + FRAGMENT_HEADER_BYTES <= end
                && (packet.getUnsignedShort(index + 2) & FRAGMENT_OFFSET_AND_MORE) == 0;
    }

    private DropReason deliver(
            ByteBuf packet,
            IpAddress source,
            IpAddress destination,
            int protocol,
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
                icmp.sendUnreachable(source, destination, packet, protocol == UDP, nowNanos);
                return DropReason.IP_PROTOCOL;
            }
        }
        return DropReason.NONE;
    }
}
