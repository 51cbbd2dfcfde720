package net.sojourn.tun.attach;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import jnr.ffi.Pointer;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.stack.spi.PacketSink;
import net.sojourn.tun.TunPort;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.FileDescriptor;
import net.sojourn.tun.syscall.Libc;
import net.sojourn.tun.syscall.SystemCallException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes packets in from a TUN and sends them out by raw sockets, header included, so that they pass the host's output rules
 * and routes like those of the kernel. The kernel is told each packet's source beside (IP_PKTINFO, RFC 3542 6.2), or it would
 * choose the way as if there were none: so rules for a source hold; and where an address has a way out of its own, its packets leave by the
 * device that has the address, whatever other device the routes prefer by now: routers drop the addresses of other networks.
 * What has an address that the host has no longer does not leave. No segmentation offload on the way out. Source: raw(7), ip(7), ipv6(7).
 */
final class RawOutput implements PacketPort {

    private static final Logger LOG = LoggerFactory.getLogger(RawOutput.class);
    private static final int IPPROTO_RAW = 255;
    private static final int SOCKADDR_IN_BYTES = 16;
    private static final int SOCKADDR_IN6_BYTES = 28;
    private static final int MSGHDR_BYTES = 56;
    private static final int IOVEC_BYTES = 16;
    private static final int CMSGHDR_BYTES = 16;
    private static final int CMSG_ALIGNMENT = 8;
    private static final int IPPROTO_IP = 0;
    private static final int IP_PKTINFO = 8;
    private static final int IN_PKTINFO_BYTES = 12;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_PKTINFO = 50;
    private static final int IN6_PKTINFO_BYTES = 20;
    private static final int IPV4_SOURCE_AT = 12;
    private static final int IPV4_DESTINATION_AT = 16;
    private static final int IPV6_SOURCE_AT = 8;
    private static final int IPV6_DESTINATION_AT = 24;
    private static final int SEND_BUFFER_BYTES = 4 << 20;
    private static final int LARGEST_PACKET_BYTES = 65_535;

    private final TunPort tun;
    private final FileDescriptor raw4;
    private final FileDescriptor raw6;
    private final IntSupplier mtuBytes;
    private final Pointer destination4 = Libc.allocate(SOCKADDR_IN_BYTES);
    private final Pointer destination6 = Libc.allocate(SOCKADDR_IN6_BYTES);
    private final Pointer source4 = control(IPPROTO_IP, IP_PKTINFO, IN_PKTINFO_BYTES);
    private final Pointer source6 = control(IPPROTO_IPV6, IPV6_PKTINFO, IN6_PKTINFO_BYTES);
    private final Pointer parts = Libc.allocate(IOVEC_BYTES);
    private final Pointer message4;
    private final Pointer message6;
    private final Pointer copy = Libc.allocate(LARGEST_PACKET_BYTES);
    private final byte[] copyHeap = new byte[LARGEST_PACKET_BYTES];
    private final LongAdder full = new LongAdder();
    private final LongAdder tooLarge = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder unroutable = new LongAdder();
    private final LongAdder sourceGone = new LongAdder();
    /** Guards the sockets against being closed under a call. */
    private final Object sending = new Object();

    /** Guarded by {@link #sending}. */
    private Exits exits = Exits.NONE;

    /** By the device that they are bound to. Guarded by {@link #sending}. */
    private final Map<Integer, BoundSockets> bound = new HashMap<>();

    private boolean firewallSeen;
    private boolean closed;

    private RawOutput(TunPort tun, FileDescriptor raw4, FileDescriptor raw6, IntSupplier mtuBytes) {
        this.tun = tun;
        this.raw4 = raw4;
        this.raw6 = raw6;
        this.mtuBytes = mtuBytes;
        destination4.putShort(0, (short) Libc.AF_INET);
        destination6.putShort(0, (short) Libc.AF_INET6);
        message4 = message(destination4, SOCKADDR_IN_BYTES, source4);
        message6 = message(destination6, SOCKADDR_IN6_BYTES, source6);
    }

    /**
     * Which socket takes the packets of which source: arrays, since this is asked for each packet.
     *
     * @param ipv4 sorted
     * @param ipv6High and {@code ipv6Low}: the halves of each address
     */
    private record Exits(
            int[] ipv4, FileDescriptor[] sockets4, long[] ipv6High, long[] ipv6Low, FileDescriptor[] sockets6) {

        static final Exits NONE =
                new Exits(new int[0], new FileDescriptor[0], new long[0], new long[0], new FileDescriptor[0]);

        /** Below 0 if it is no address of ours. */
        int find4(int address) {
            return Arrays.binarySearch(ipv4, address);
        }

        /** Below 0 if it is no address of ours. */
        int find6(long high, long low) {
            for (int i = 0; i < ipv6High.length; i++) {
                if (ipv6High[i] == high && ipv6Low[i] == low) {
                    return i;
                }
            }
            return -1;
        }
    }

    private record BoundSockets(FileDescriptor raw4, FileDescriptor raw6) {

        void close() {
            raw4.close();
            raw6.close();
        }
    }

    /**
     * An address of the host.
     *
     * @param link index of the device by which its packets leave; 0 if the routes alone decide
     */
    record Source(IpAddress address, int link, String linkName) {}

    /** A struct cmsghdr with room for its data. */
    private static Pointer control(int level, int type, int dataBytes) {
        Pointer control = Libc.allocate((CMSGHDR_BYTES + dataBytes + CMSG_ALIGNMENT - 1) & -CMSG_ALIGNMENT);
        control.putLong(0, CMSGHDR_BYTES + dataBytes);
        control.putInt(8, level);
        control.putInt(12, type);
        return control;
    }

    /** A struct msghdr with one part and one control message. */
    private Pointer message(Pointer destination, int destinationBytes, Pointer source) {
        Pointer message = Libc.allocate(MSGHDR_BYTES);
        message.putLong(0, destination.address());
        message.putInt(8, destinationBytes);
        message.putLong(16, parts.address());
        message.putLong(24, 1);
        message.putLong(32, source.address());
        message.putLong(40, source.size());
        return message;
    }

    /**
     * Takes ownership of {@code tun}, unless it fails.
     *
     * @param mtuBytes of the narrowest uplink at present
     */
    static RawOutput open(TunPort tun, IntSupplier mtuBytes) throws SystemCallException {
        FileDescriptor raw4 = socket(Libc.AF_INET);
        try {
            return new RawOutput(tun, raw4, socket(Libc.AF_INET6), mtuBytes);
        } catch (SystemCallException e) {
            raw4.close();
            throw e;
        }
    }

    private static FileDescriptor socket(int family) throws SystemCallException {
        FileDescriptor socket = new FileDescriptor(Libc.check(
                Libc.C.socket(family, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, IPPROTO_RAW),
                "open a raw socket (CAP_NET_RAW)"));
        Pointer bytes = Libc.allocate(Integer.BYTES);
        bytes.putInt(0, SEND_BUFFER_BYTES);
        // Beyond net.core.wmem_max where we may (CAP_NET_ADMIN); where the kernel grants less, it is less.
        if (Libc.C.setsockopt(socket.number(), Libc.SOL_SOCKET, Libc.SO_SNDBUFFORCE, bytes.address(), Integer.BYTES)
                < 0) {
            Libc.C.setsockopt(socket.number(), Libc.SOL_SOCKET, Libc.SO_SNDBUF, bytes.address(), Integer.BYTES);
        }
        return socket;
    }

    @Override
    public int mtuBytes() {
        return mtuBytes.getAsInt();
    }

    @Override
    public int maxPacketBytes() {
        return mtuBytes();
    }

    @Override
    public boolean offloadsChecksum() {
        return false;
    }

    @Override
    public int headroomBytes() {
        return 0;
    }

    @Override
    public int receive(PacketSink sink, int budget) throws IOException {
        return tun.receive(sink, budget);
    }

    @Override
    public boolean transmit(ByteBuf packet, int segmentBytes, boolean checksumPartial) {
        try {
            synchronized (sending) {
                return !closed && send(packet);
            }
        } finally {
            packet.release();
        }
    }

    private boolean send(ByteBuf packet) {
        int at = packet.readerIndex();
        int length = packet.readableBytes();
        boolean ipv4 = packet.getByte(at) >> 4 == 4;
        FileDescriptor socket = ipv4 ? exit4(packet, at) : exit6(packet, at);
        if (socket == null) {
            sourceGone.increment();
            return false;
        }
        if (ipv4) {
            // All in network order, as in the packet.
            destination4.putInt(4, Integer.reverseBytes(packet.getInt(at + IPV4_DESTINATION_AT)));
            source4.putInt(CMSGHDR_BYTES + 4, Integer.reverseBytes(packet.getInt(at + IPV4_SOURCE_AT)));
        } else {
            copyAddress(packet, at + IPV6_DESTINATION_AT, destination6, 8);
            copyAddress(packet, at + IPV6_SOURCE_AT, source6, CMSGHDR_BYTES);
        }
        long octets = packet.hasMemoryAddress() ? packet.memoryAddress() + at : copied(packet, at, length);
        parts.putLong(0, octets);
        parts.putLong(8, length);
        long sent = Libc.C.sendmsg(socket.number(), (ipv4 ? message4 : message6).address(), Libc.MSG_DONTWAIT);
        if (sent >= 0) {
            return true;
        }
        count(Libc.errno());
        return false;
    }

    /** Null if the source is not ours. */
    private @Nullable FileDescriptor exit4(ByteBuf packet, int at) {
        int source = exits.find4(packet.getInt(at + IPV4_SOURCE_AT));
        if (source < 0) {
            return null;
        }
        boolean toOurselves = exits.find4(packet.getInt(at + IPV4_DESTINATION_AT)) >= 0; // no device leads there
        return toOurselves ? raw4 : exits.sockets4()[source];
    }

    /** A source that is not ours is left to the kernel, which refuses it. */
    private FileDescriptor exit6(ByteBuf packet, int at) {
        int source = exits.find6(packet.getLong(at + IPV6_SOURCE_AT), packet.getLong(at + IPV6_SOURCE_AT + 8));
        if (source < 0) {
            return raw6;
        }
        boolean toOurselves =
                exits.find6(packet.getLong(at + IPV6_DESTINATION_AT), packet.getLong(at + IPV6_DESTINATION_AT + 8))
                        >= 0;
        return toOurselves ? raw6 : exits.sockets6()[source];
    }

    private static void copyAddress(ByteBuf packet, int at, Pointer target, int offset) {
        target.putLong(offset, Long.reverseBytes(packet.getLong(at)));
        target.putLong(offset + 8, Long.reverseBytes(packet.getLong(at + 8)));
    }

    private long copied(ByteBuf packet, int at, int length) {
        packet.getBytes(at, copyHeap, 0, length);
        copy.put(0, copyHeap, 0, length);
        return copy.address();
    }

    private void count(int errno) {
        if (Errno.EAGAIN.is(errno) || Errno.ENOBUFS.is(errno) || Errno.ENOMEM.is(errno)) {
            full.increment();
        } else if (Errno.EMSGSIZE.is(errno)) {
            tooLarge.increment();
        } else if (Errno.EPERM.is(errno) || Errno.EACCES.is(errno)) {
            if (!firewallSeen) {
                firewallSeen = true;
                LOG.warn(
                        "output=refused remedy=\"a firewall rule of this host drops what the stack sends: see its output"
                                + " chains\"");
            }
            refused.increment();
        } else if (Errno.EINVAL.is(errno)) {
            sourceGone.increment();
        } else {
            unroutable.increment();
        }
    }

    @Override
    public void await(long timeoutNanos) throws IOException {
        tun.await(timeoutNanos);
    }

    @Override
    public void wakeUp() {
        tun.wakeUp();
    }

    @Override
    public void close() {
        tun.close();
        synchronized (sending) {
            if (!closed) {
                closed = true;
                raw4.close();
                raw6.close();
                bound.values().forEach(BoundSockets::close);
                bound.clear();
            }
        }
    }

    /** The host's addresses from now on: what comes from another IPv4 address does not leave. Any thread. */
    void sources(List<Source> sources) {
        List<Source> four = sources.stream()
                .filter(source -> source.address().isIpv4())
                .sorted(Comparator.comparingInt(source -> source.address().ipv4Bits()))
                .toList();
        List<Source> six =
                sources.stream().filter(source -> !source.address().isIpv4()).toList();
        Map<Integer, String> wanted = new HashMap<>();
        sources.stream().filter(source -> source.link() > 0).forEach(s -> wanted.put(s.link(), s.linkName()));
        synchronized (sending) {
            if (closed) {
                return;
            }
            bound.entrySet().removeIf(entry -> {
                boolean unwanted = !wanted.containsKey(entry.getKey());
                if (unwanted) {
                    entry.getValue().close();
                }
                return unwanted;
            });
            wanted.forEach(this::bind);
            exits = new Exits(
                    four.stream()
                            .mapToInt(source -> source.address().ipv4Bits())
                            .toArray(),
                    four.stream()
                            .map(source -> bound.containsKey(source.link())
                                    ? bound.get(source.link()).raw4()
                                    : raw4)
                            .toArray(FileDescriptor[]::new),
                    six.stream().mapToLong(source -> half(source, 0)).toArray(),
                    six.stream().mapToLong(source -> half(source, Long.BYTES)).toArray(),
                    six.stream()
                            .map(source -> bound.containsKey(source.link())
                                    ? bound.get(source.link()).raw6()
                                    : raw6)
                            .toArray(FileDescriptor[]::new));
        }
    }

    private static long half(Source source, int at) {
        return ByteBuffer.wrap(source.address().toBytes()).getLong(at);
    }

    private void bind(int link, String name) {
        if (bound.containsKey(link)) {
            return;
        }
        try {
            FileDescriptor four = boundTo(name, Libc.AF_INET);
            try {
                bound.put(link, new BoundSockets(four, boundTo(name, Libc.AF_INET6)));
            } catch (SystemCallException e) {
                four.close();
                throw e;
            }
        } catch (SystemCallException e) {
            // The device has gone meanwhile: its packets take whatever way there is until the news are here.
            LOG.debug("output=unbound link={} error=\"{}\"", name, e.getMessage());
        }
    }

    private static FileDescriptor boundTo(String name, int family) throws SystemCallException {
        FileDescriptor socket = socket(family);
        byte[] octets = name.getBytes(StandardCharsets.US_ASCII);
        Pointer text = Libc.allocate(octets.length + 1);
        text.put(0, octets, 0, octets.length);
        if (Libc.C.setsockopt(socket.number(), Libc.SOL_SOCKET, Libc.SO_BINDTODEVICE, text.address(), octets.length + 1)
                < 0) {
            SystemCallException failure = SystemCallException.lastOf("bind a socket to device " + name);
            socket.close();
            throw failure;
        }
        return socket;
    }

    /** Packets lost on the way out, by cause, for people. */
    String losses() {
        return "queue-full=" + full.sum() + " too-large=" + tooLarge.sum() + " refused-by-firewall=" + refused.sum()
                + " unroutable=" + unroutable.sum() + " source-gone=" + sourceGone.sum();
    }
}
