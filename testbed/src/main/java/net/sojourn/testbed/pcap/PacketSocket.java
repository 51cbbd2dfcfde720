package net.sojourn.testbed.pcap;

import static net.sojourn.tun.syscall.Libc.C;
import static net.sojourn.tun.syscall.Libc.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Pointer;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.FileDescriptor;
import net.sojourn.tun.syscall.Libc;
import net.sojourn.tun.syscall.SystemCallException;

/**
 * A packet(7) socket that sees the IP packets of all devices of its namespace, both ways, without link headers. One
 * thread, but for {@link #missed}. The accessors speak of the packet received last.
 */
final class PacketSocket implements AutoCloseable {

    private static final int ETH_P_ALL = 0x0003;
    private static final int ETH_P_IP = 0x0800;
    private static final int ETH_P_IPV6 = 0x86DD;
    private static final int ARPHRD_LOOPBACK = 772;
    private static final int PACKET_OUTGOING = 4;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_STATISTICS = 6;
    private static final long SIOCGIFNAME = 0x8910;
    private static final int RECEIVE_BUFFER_BYTES = 32 << 20;
    private static final int PATIENCE_MICROS = 50_000;

    // One block of memory: msghdr | iovec | sockaddr_ll | control | packet.
    private static final int IOVEC = 56;
    private static final int NAME = IOVEC + 16;
    private static final int NAME_BYTES = 20;
    private static final int CONTROL = NAME + 24;
    private static final int CONTROL_BYTES = 64;
    private static final int PACKET = CONTROL + CONTROL_BYTES;
    private static final int PACKET_BYTES = 1 << 16;
    private static final int CMSG_HEADER_BYTES = 16;

    private final FileDescriptor file;
    private final Pointer memory = Libc.allocate(PACKET + PACKET_BYTES);
    private int originalBytes;
    private long missed;

    private PacketSocket(FileDescriptor file) {
        this.file = file;
    }

    /** Opens it in the calling thread's namespace. */
    public static PacketSocket open() throws IOException {
        int fd = check(
                C.socket(
                        Libc.AF_PACKET,
                        Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC,
                        Short.reverseBytes((short) ETH_P_ALL) & 0xFFFF),
                "open a packet socket");
        PacketSocket socket = new PacketSocket(new FileDescriptor(fd));
        try {
            socket.set(Libc.SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES);
            socket.set(Libc.SO_TIMESTAMPNS, 1);
            Pointer timeval = Libc.allocate(16);
            timeval.putLong(8, PATIENCE_MICROS);
            check(C.setsockopt(fd, Libc.SOL_SOCKET, Libc.SO_RCVTIMEO, timeval.address(), 16), "set SO_RCVTIMEO");
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private void set(int option, int value) throws IOException {
        Pointer word = Libc.allocate(Integer.BYTES);
        word.putInt(0, value);
        check(
                C.setsockopt(file.number(), Libc.SOL_SOCKET, option, word.address(), Integer.BYTES),
                "set socket option " + option + " of a packet socket");
    }

    /**
     * Waits up to 50 ms for an IP packet and puts it into {@code packet}, from 0 to its limit. False if none came, or one
     * that is not of interest: no IP, or the first of the two sightings of a packet on the loopback device.
     */
    public boolean receive(ByteBuffer packet) throws IOException {
        long base = memory.address();
        memory.putLong(0, base + NAME);
        memory.putInt(8, NAME_BYTES);
        memory.putLong(16, base + IOVEC);
        memory.putLong(24, 1);
        memory.putLong(32, base + CONTROL);
        memory.putLong(40, CONTROL_BYTES);
        memory.putLong(IOVEC, base + PACKET);
        memory.putLong(IOVEC + 8, PACKET_BYTES);
        long length = C.recvmsg(file.number(), base, Libc.MSG_TRUNC);
        if (length < 0) {
            int errno = Libc.errno();
            if (Errno.EAGAIN.is(errno) || Errno.EINTR.is(errno) || Errno.ENETDOWN.is(errno)) {
                return false;
            }
            throw new SystemCallException("receive from a packet socket", errno);
        }
        int protocol = Short.reverseBytes(memory.getShort(NAME + 2)) & 0xFFFF;
        boolean loopback = memory.getShort(NAME + 8) == ARPHRD_LOOPBACK;
        if ((protocol != ETH_P_IP && protocol != ETH_P_IPV6) || (loopback && isOutgoing())) {
            return false;
        }
        originalBytes = (int) length;
        packet.clear();
        packet.limit(Math.min(Math.min(originalBytes, PACKET_BYTES), packet.capacity()));
        memory.get(PACKET, packet.array(), packet.arrayOffset(), packet.limit());
        return true;
    }

    /** Its length, should it not have fitted. */
    public int originalBytes() {
        return originalBytes;
    }

    public int interfaceIndex() {
        return memory.getInt(NAME + 4);
    }

    public boolean isOutgoing() {
        return memory.getByte(NAME + 10) == PACKET_OUTGOING;
    }

    /** When the kernel saw it, nanoseconds since 1970. */
    public long epochNanos() {
        boolean stamped = memory.getLong(40) >= CMSG_HEADER_BYTES + 16
                && memory.getInt(CONTROL + 8) == Libc.SOL_SOCKET
                && memory.getInt(CONTROL + 12) == Libc.SO_TIMESTAMPNS;
        if (!stamped) {
            return System.currentTimeMillis() * 1_000_000;
        }
        return memory.getLong(CONTROL + CMSG_HEADER_BYTES) * 1_000_000_000
                + memory.getLong(CONTROL + CMSG_HEADER_BYTES + 8);
    }

    /** The name of a device of the socket's namespace; its number if it is gone. */
    public String interfaceName(int index) {
        Pointer ifreq = Libc.allocate(40);
        ifreq.putInt(16, index);
        return C.ioctl(file.number(), SIOCGIFNAME, ifreq.address()) < 0
                ? "device " + index
                : ifreq.getString(0, 16, StandardCharsets.US_ASCII);
    }

    /** Packets dropped because nobody received them in time. Any thread. */
    public synchronized long missed() throws IOException {
        Pointer statistics = Libc.allocate(16);
        statistics.putInt(8, 8);
        check(
                C.getsockopt(
                        file.number(), SOL_PACKET, PACKET_STATISTICS, statistics.address(), statistics.address() + 8),
                "read PACKET_STATISTICS");
        missed += statistics.getInt(4) & 0xFFFF_FFFFL; // The kernel's count starts again with each reading.
        return missed;
    }

    @Override
    public void close() {
        file.close();
    }
}
