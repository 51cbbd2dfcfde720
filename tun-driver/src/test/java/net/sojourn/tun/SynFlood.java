package net.sojourn.tun;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import jnr.ffi.LibraryLoader;
import jnr.ffi.types.u_int64_t;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.wire.Checksum;
import net.sojourn.stack.wire.Ipv4View;
import net.sojourn.stack.wire.Protocol;
import net.sojourn.tun.syscall.FileDescriptor;
import net.sojourn.tun.syscall.Libc;
import net.sojourn.tun.syscall.SystemCallException;

/**
 * SYNs of invented sources in 11.0.0.0/8 from a raw socket (raw(7)), 64 with each system call: sending must cost less than
 * answering, since both share the processors.
 */
final class SynFlood implements AutoCloseable {

    private static final int DIFFERENT = 1 << 14;
    private static final int AT_ONCE = 64;
    private static final int TCP_BYTES = 24;
    private static final int SYN_BYTES = Ipv4View.MIN_HEADER_BYTES + TCP_BYTES;
    private static final int IPPROTO_RAW = 255;
    private static final int SOCKADDR_IN_BYTES = 16;
    private static final int MMSGHDR_BYTES = 64;
    private static final int IOVEC_BYTES = 16;
    private static final int SEND_BUFFER_BYTES = 8 << 20;
    private static final int PAUSE_NANOS = 100_000;
    private static final Batches C = LibraryLoader.create(Batches.class).load("c");

    /** What of the C library only this needs. */
    public interface Batches {
        int sendmmsg(int fd, @u_int64_t long messages, int count, int flags);
    }

    private final FileDescriptor socket;
    private final ByteBuf syns = direct(DIFFERENT * SYN_BYTES);
    private final ByteBuf vectors = direct(AT_ONCE * IOVEC_BYTES);
    private final ByteBuf messages = direct(AT_ONCE * MMSGHDR_BYTES);
    private volatile long sent;

    /** In the namespace of the calling thread. */
    SynFlood(IpAddress target, int port) throws SystemCallException {
        socket = new FileDescriptor(Libc.check(
                Libc.C.socket(Libc.AF_INET, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, IPPROTO_RAW), "make a raw socket"));
        ByteBuf value = direct(SOCKADDR_IN_BYTES);
        value.setIntLE(0, SEND_BUFFER_BYTES);
        Libc.check(
                Libc.C.setsockopt(
                        socket.number(), Libc.SOL_SOCKET, Libc.SO_SNDBUFFORCE, value.memoryAddress(), Integer.BYTES),
                "enlarge a send buffer");
        value.setShortLE(0, Libc.AF_INET);
        value.setInt(4, (int) target.lo());
        Libc.check(Libc.C.connect(socket.number(), value.memoryAddress(), SOCKADDR_IN_BYTES), "connect a raw socket");
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < DIFFERENT; i++) {
            writeSyn(random, target, port);
        }
        for (int i = 0; i < AT_ONCE; i++) {
            vectors.setLongLE(i * IOVEC_BYTES + 8, SYN_BYTES);
            // struct msghdr: msg_iov and msg_iovlen.
            messages.setLongLE(i * MMSGHDR_BYTES + 16, vectors.memoryAddress() + (long) i * IOVEC_BYTES);
            messages.setLongLE(i * MMSGHDR_BYTES + 24, 1);
        }
    }

    private static ByteBuf direct(int bytes) {
        return Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(bytes)).setIndex(0, 0);
    }

    private void writeSyn(SplittableRandom random, IpAddress target, int port) {
        IpAddress source = IpAddress.ofIpv4(0x0B00_0000 | random.nextInt(1 << 24));
        ByteBuf packet = direct(SYN_BYTES).setIndex(Ipv4View.MIN_HEADER_BYTES, Ipv4View.MIN_HEADER_BYTES);
        packet.writeShort(1024 + random.nextInt(60_000)).writeShort(port);
        packet.writeInt(random.nextInt()).writeInt(0);
        packet.writeShort(6 << 12 | 2).writeShort(1024).writeInt(0);
        packet.writeInt(0x0204_0000 | 1460);
        int at = packet.readerIndex();
        long sum = Checksum.pseudoHeaderSum(source, target, Protocol.TCP, TCP_BYTES);
        packet.setShort(at + 16, Checksum.complement(sum + Checksum.sum(packet, at, TCP_BYTES)));
        Ipv4View.prepend(packet, 0, source, target, Protocol.TCP, 0, 0, 64);
        syns.writeBytes(packet);
    }

    /** How many have been sent. Any thread. */
    long sent() {
        return sent;
    }

    /**
     * Sends until {@code goesOn} is false.
     *
     * @param answered how many of them were; no more than {@code mostUnanswered} wait for it
     */
    void run(int perSecond, int mostUnanswered, LongSupplier answered, BooleanSupplier goesOn) {
        long beganNanos = System.nanoTime();
        int next = 0;
        while (goesOn.getAsBoolean()) {
            boolean early = sent >= (System.nanoTime() - beganNanos) / 1e9 * perSecond;
            if (early || sent - answered.getAsLong() > mostUnanswered) {
                LockSupport.parkNanos(PAUSE_NANOS);
                continue;
            }
            for (int i = 0; i < AT_ONCE; i++) {
                useNextPort(next * SYN_BYTES + Ipv4View.MIN_HEADER_BYTES);
                vectors.setLongLE(i * IOVEC_BYTES, syns.memoryAddress() + (long) next * SYN_BYTES);
                next = (next + 1) % DIFFERENT;
            }
            int taken = C.sendmmsg(socket.number(), messages.memoryAddress(), AT_ONCE, 0);
            assertTrue(taken > 0, "the flood cannot be sent");
            sent += taken;
        }
    }

    /** Another connection than the last time: a SYN sent again earns the same SYN/ACK if it is among the half-open. */
    private void useNextPort(int at) {
        syns.setShort(at, syns.getUnsignedShort(at) + 1);
        // RFC 1624: one more in the sum.
        syns.setShort(at + 16, Checksum.complement((~syns.getUnsignedShort(at + 16) & 0xFFFF) + 1));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
