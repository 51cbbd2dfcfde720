package net.sojourn.stack.ip;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import net.sojourn.stack.FloodLimits;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.Counters;
import net.sojourn.stack.machine.Deadlines;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.wire.Checksum;
import net.sojourn.stack.wire.Ipv6View;
import org.jspecify.annotations.Nullable;

/**
 * Packets that wait for fragments (RFC 791 3.2, RFC 815, RFC 8200 4.5, RFC 8900): for 30 s (IPv4) or 60 s (IPv6), within
 * limits of memory for each source and for all; when all is full the oldest packet goes. Pieces lie on the heap, so there is
 * nothing to release. Loop thread only.
 */
final class Fragments {

    private static final long IPV4_WAIT_NANOS = 30_000_000_000L;
    private static final long IPV6_WAIT_NANOS = 60_000_000_000L;
    private static final int ECN_BITS = 3;
    private static final int LARGEST_BYTES = 65_535;

    /** Hears of packets that were given up although their first fragment is here. */
    interface TimeExceeded {
        void reassemblyTimedOut(IpAddress source, IpAddress destination, byte[] firstFragment, long nowNanos);
    }

    private final FloodLimits limits;
    private final Deadlines deadlines;
    private final Counters counters;
    private final TimeExceeded timeExceeded;
    private final Map<FragmentKey, FragmentedPacket> waiting = new LinkedHashMap<>();
    private final Map<IpAddress, Integer> heldBySource = new HashMap<>();
    private int heldBytes;

    Fragments(FloodLimits limits, Deadlines deadlines, Counters counters, TimeExceeded timeExceeded) {
        this.limits = limits;
        this.deadlines = deadlines;
        this.counters = counters;
        this.timeExceeded = timeExceeded;
    }

    /** Memory held. */
    int heldBytes() {
        return heldBytes;
    }

    /**
     * A fragment of {@code length} octets from {@code index} of {@code packet}, whose octets start at its reader index.
     *
     * @param start where in the payload of the whole it belongs
     * @param nextHeader what the payload is, as this fragment says; that of the first counts (RFC 8200 4.5)
     * @return the whole, complete now, and out of the table; null if it is not
     */
    @Nullable
    FragmentedPacket fragmentArrives(
            FragmentKey key,
            int start,
            boolean more,
            int nextHeader,
            int trafficClass,
            ByteBuf packet,
            int index,
            int length,
            long nowNanos) {
        counters.count(Counter.FRAGMENTS_IN);
        int cost = FragmentedPacket.PIECE_BYTES + length + (start == 0 ? packet.readableBytes() : 0);
        FragmentedPacket whole = waiting.get(key);
        if (whole == null) {
            cost += FragmentedPacket.ENTRY_BYTES;
        }
        if (heldBySource.getOrDefault(key.payer(), 0) + cost > limits.fragmentBytesPerSource()) {
            counters.drop(DropReason.IP_FRAGMENT_MEMORY);
            return null;
        }
        makeRoom(cost, whole);
        if (whole == null) {
            whole = enter(key, nowNanos);
        }
        int before = whole.heldBytes();
        if (whole.add(start, more, trafficClass & ECN_BITS, packet, index, length) && start == 0) {
            byte[] octets = new byte[packet.readableBytes()];
            packet.getBytes(packet.readerIndex(), octets);
            whole.keepFirst(octets, nextHeader);
        }
        held(key, whole.heldBytes() - before);
        if (whole.isCondemned()) {
            counters.drop(DropReason.IP_FRAGMENT);
            return null;
        }
        if (!whole.isComplete()) {
            return null;
        }
        leave(whole);
        counters.count(Counter.FRAGMENTS_REASSEMBLED);
        return whole;
    }

    private FragmentedPacket enter(FragmentKey key, long nowNanos) {
        FragmentedPacket whole = new FragmentedPacket(key) {
            @Override
            protected void passes(long now) {
                timedOut(this, now);
            }
        };
        waiting.put(key, whole);
        held(key, whole.heldBytes());
        deadlines.set(whole, nowNanos + (key.source().isIpv4() ? IPV4_WAIT_NANOS : IPV6_WAIT_NANOS));
        return whole;
    }

    private void makeRoom(int cost, @Nullable FragmentedPacket spared) {
        while (heldBytes + cost > limits.fragmentBytes()) {
            FragmentedPacket oldest = null;
            for (Iterator<FragmentedPacket> i = waiting.values().iterator(); i.hasNext() && oldest == null; ) {
                FragmentedPacket next = i.next();
                oldest = next == spared ? null : next;
            }
            if (oldest == null) {
                return;
            }
            counters.count(Counter.REASSEMBLIES_FAILED);
            counters.drop(DropReason.IP_FRAGMENT_MEMORY);
            leave(oldest);
        }
    }

    private void timedOut(FragmentedPacket whole, long nowNanos) {
        counters.count(Counter.REASSEMBLIES_FAILED);
        counters.drop(DropReason.IP_FRAGMENT_TIMEOUT);
        leave(whole);
        if (whole.first().length > 0) {
            // RFC 1122 3.3.2, RFC 8200 4.5: only who has the first fragment can tell whose packet it was.
            timeExceeded.reassemblyTimedOut(whole.key.source(), whole.key.destination(), whole.first(), nowNanos);
        }
    }

    private void leave(FragmentedPacket whole) {
        waiting.remove(whole.key);
        deadlines.cancel(whole);
        held(whole.key, -whole.heldBytes());
    }

    private void held(FragmentKey key, int change) {
        heldBytes += change;
        heldBySource.merge(key.payer(), change, (former, more) -> former + more == 0 ? null : former + more);
    }

    // ---- the whole, as if it had come in one piece

    /** Empty if it would be too large. */
    static ByteBuf ipv4(FragmentedPacket whole) {
        byte[] first = whole.first();
        int headerBytes = (first[0] & 0xF) * 4;
        ByteBuf packet = joined(whole, Arrays.copyOf(first, headerBytes));
        if (packet.isReadable()) {
            packet.setByte(1, packet.getByte(1) | (whole.experiencedCongestion() ? ECN_BITS : 0));
            packet.setShort(2, packet.readableBytes());
            packet.setShort(6, 0);
            packet.setShort(10, 0);
            packet.setShort(10, Checksum.complement(Checksum.sum(packet, 0, headerBytes)));
        }
        return packet;
    }

    /** Without the extension headers of the first fragment, which have had their say. Empty if it would be too large. */
    static ByteBuf ipv6(FragmentedPacket whole) {
        ByteBuf packet = joined(whole, Arrays.copyOf(whole.first(), Ipv6View.HEADER_BYTES));
        if (packet.isReadable()) {
            int congestion = whole.experiencedCongestion() ? ECN_BITS << 20 : 0;
            packet.setInt(0, packet.getInt(0) | congestion);
            packet.setShort(4, whole.totalBytes());
            packet.setByte(6, whole.nextHeader());
        }
        return packet;
    }

    private static ByteBuf joined(FragmentedPacket whole, byte[] header) {
        // The length field of IPv4 counts the header, that of IPv6 does not.
        int counted = (header[0] >> 4 == 4 ? header.length : 0) + whole.totalBytes();
        if (counted > LARGEST_BYTES) {
            return Unpooled.EMPTY_BUFFER;
        }
        byte[] packet = Arrays.copyOf(header, header.length + whole.totalBytes());
        whole.copyTo(packet, header.length);
        return Unpooled.wrappedBuffer(packet);
    }
}
