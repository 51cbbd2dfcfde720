package net.sojourn.tun;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import jnr.ffi.Pointer;
import net.sojourn.stack.buffer.BufferPool;
import net.sojourn.stack.spi.PacketPort;
import net.sojourn.stack.spi.PacketSink;
import net.sojourn.stack.spi.TextPieces;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.EventSignal;
import net.sojourn.tun.syscall.Libc;
import net.sojourn.tun.syscall.SystemCallException;
import org.jspecify.annotations.Nullable;

/**
 * A stack's port on a {@link TunDevice}. Nothing is allocated for a packet: reads go into a buffer that is used again, or
 * left to who retains it and replaced from a pool; the device's header is written into the packet's own headroom, and text
 * is gathered from where it lies.
 *
 * <p>While the device is down nothing arrives and what is sent is lost and counted; it may come up again. A device that
 * was deleted, a closed port, or any other failure of {@link #receive} and {@link #await} is an exception.
 *
 * <p><b>Waking.</b> {@code wake} is AWAKE while the loop works, SLEEPING from just before the system call of {@link
 * #await} until just after it, WOKEN when {@link #wakeUp} was called since. Only the caller who turns SLEEPING into WOKEN
 * makes a system call; one who finds AWAKE leaves WOKEN for the next await, which then returns at once. A signal raised
 * so late that the await has ended by itself ends a later one early, which is harmless.
 *
 * <p><b>Closing.</b> Whoever makes a system call is counted by {@link InUse}; the last one out closes the descriptors.
 */
public final class TunPort implements PacketPort {

    private static final int LARGEST_PACKET_BYTES = 65_535;
    /** A burst of packets as on a wire, a window's or a flood's, must find room; the kernel's 500 are 5 ms of a flood. */
    private static final int QUEUE_PACKETS = 4096;
    /** Where packets are read to: the header in front, the IP header on a boundary of 16. */
    private static final int PACKET_INDEX = 16;

    /** 4 MiB of packets that readers have not taken yet. */
    private static final int MOST_INPUTS_KEPT = 64;

    private static final int POLLFD_BYTES = 8;
    private static final int IOVEC_BYTES = 16;
    private static final int TIMESPEC_BYTES = 16;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private static final int AWAKE = 0;
    private static final int SLEEPING = 1;
    private static final int WOKEN = 2;

    private final TunDevice device;
    private final int tun;
    private final int headerBytes;
    private final EventSignal signal;
    private final InUse inUse;
    private final AtomicInteger wake = new AtomicInteger(AWAKE);
    private volatile int mtuBytes;

    private final BufferPool inputs = new BufferPool(PACKET_INDEX + LARGEST_PACKET_BYTES, MOST_INPUTS_KEPT);
    private ByteBuf input = inputs.take();
    /** The last poll has seen that nothing waits. */
    private boolean nothingWaits;

    private final ByteBuf copy;
    private final long copyAddress;
    /** What writev gathers: {@code struct iovec}. */
    private final ByteBuf vector;

    private final VirtioNetHeader header = new VirtioNetHeader();
    private final Pointer pollFds = Libc.allocate(2 * POLLFD_BYTES);
    private final Pointer timespec = Libc.allocate(TIMESPEC_BYTES);
    private @Nullable Thread punctual;

    private final LongAdder badHeaders = new LongAdder();
    private final LongAdder lostWhileDown = new LongAdder();
    private final LongAdder refused = new LongAdder();

    private TunPort(TunDevice device) throws IOException {
        this.device = device;
        tun = device.descriptor().number();
        headerBytes = device.offload() ? VirtioNetHeader.BYTES : 0;
        mtuBytes = device.mtuBytes();
        ByteBuffer copyMemory = ByteBuffer.allocateDirect(PACKET_INDEX + LARGEST_PACKET_BYTES);
        copy = Unpooled.wrappedBuffer(copyMemory);
        copyAddress = copy.memoryAddress();
        vector = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect((1 + TextPieces.MOST) * IOVEC_BYTES));
        signal = new EventSignal();
        inUse = new InUse(() -> {
            device.close();
            signal.close();
        });
        pollFds.putInt(0, tun);
        pollFds.putShort(4, Libc.POLLIN);
        pollFds.putInt(POLLFD_BYTES, signal.number());
        pollFds.putShort(POLLFD_BYTES + 4, Libc.POLLIN);
    }

    /**
     * Opens the device in the calling thread's namespace, sets its MTU and the length of its queue, and sets it up.
     *
     * @throws TunException if it cannot be had, with the remedy
     */
    public static TunPort open(TunSettings settings) throws IOException {
        TunDevice device = TunDevice.open(settings.name(), settings.offload());
        try {
            if (settings.mtuBytes() != 0) {
                device.setMtuBytes(settings.mtuBytes());
            }
            device.setQueuePackets(QUEUE_PACKETS);
            device.setUp(true);
            return on(device);
        } catch (SystemCallException e) {
            device.close();
            throw TunException.of("set up the TUN device " + settings.name(), e);
        } catch (IOException | RuntimeException e) {
            device.close();
            throw e;
        }
    }

    /** A port on {@code device}, as it is. Takes ownership of it, unless this fails. */
    public static TunPort on(TunDevice device) throws IOException {
        return new TunPort(device);
    }

    /** The device below; closed with the port. */
    public TunDevice device() {
        return device;
    }

    // ---- sizes

    @Override
    public int mtuBytes() {
        return mtuBytes;
    }

    /** Reads the device's MTU again, after somebody changed it. Any thread. */
    public void mtuChanges() throws IOException {
        if (inUse.enter()) {
            try {
                mtuBytes = device.mtuBytes();
            } finally {
                inUse.leave();
            }
        }
    }

    @Override
    public int maxPacketBytes() {
        return device.offload() ? LARGEST_PACKET_BYTES : mtuBytes;
    }

    @Override
    public boolean offloadsChecksum() {
        return device.offload();
    }

    @Override
    public int headroomBytes() {
        return headerBytes;
    }

    // ---- in

    @Override
    public int receive(PacketSink sink, int budget) throws IOException {
        if (nothingWaits) {
            nothingWaits = false;
            return 0;
        }
        enter();
        try {
            int received = 0;
            while (received < budget && !inUse.isEnded()) {
                int length = read();
                if (length < 0) {
                    break;
                }
                received++;
                arrives(sink, length);
                if (input.refCnt() > 1) {
                    input.release();
                    input = inputs.take();
                }
            }
            return received;
        } finally {
            inUse.leave();
        }
    }

    /** The length of what was read, header included; below 0 if nothing waits. */
    private int read() throws SystemCallException {
        while (true) {
            long length = Libc.C.read(
                    tun, input.memoryAddress() + PACKET_INDEX - headerBytes, (long) LARGEST_PACKET_BYTES + headerBytes);
            if (length >= 0) {
                return (int) length;
            }
            int errno = Libc.errno();
            if (Errno.EAGAIN.is(errno) || isDown(errno)) {
                return -1;
            }
            if (!Errno.EINTR.is(errno)) {
                throw new SystemCallException("read from " + device.name(), errno);
            }
        }
    }

    private void arrives(PacketSink sink, int length) {
        int packetBytes = length - headerBytes;
        if (headerBytes == 0) {
            sink.packetArrives(input.setIndex(PACKET_INDEX, PACKET_INDEX + packetBytes), false, 0);
        } else if (packetBytes > 0 && header.check(input, PACKET_INDEX - headerBytes, packetBytes)) {
            sink.packetArrives(
                    input.setIndex(PACKET_INDEX, PACKET_INDEX + packetBytes),
                    header.checksumVouched(),
                    header.segmentBytes());
        } else {
            badHeaders.increment();
        }
    }

    // ---- out

    @Override
    public boolean transmit(ByteBuf packet, int segmentBytes, boolean checksumPartial) throws IOException {
        try {
            int packetBytes = packet.readableBytes();
            requireSendable(packetBytes, segmentBytes, checksumPartial);
            if (!inUse.enter()) {
                return false;
            }
            try {
                return write(
                        place(packet, packetBytes, segmentBytes, checksumPartial), headerBytes + packetBytes, false);
            } finally {
                inUse.leave();
            }
        } finally {
            packet.release();
        }
    }

    @Override
    public boolean gathers() {
        return true;
    }

    @Override
    public boolean transmit(ByteBuf packet, TextPieces text, int segmentBytes, boolean checksumPartial)
            throws IOException {
        try {
            int packetBytes = packet.readableBytes() + text.bytes();
            requireSendable(packetBytes, segmentBytes, checksumPartial);
            if (!inUse.enter()) {
                return false;
            }
            try {
                piece(
                        0,
                        place(packet, packetBytes, segmentBytes, checksumPartial),
                        headerBytes + packet.readableBytes());
                for (int i = 0; i < text.count(); i++) {
                    piece(i + 1, text.address(i), text.length(i));
                }
                return write(vector.memoryAddress(), 1 + text.count(), true);
            } finally {
                inUse.leave();
            }
        } finally {
            packet.release();
        }
    }

    private void piece(int place, long address, int length) {
        vector.setLongLE(place * IOVEC_BYTES, address);
        vector.setLongLE(place * IOVEC_BYTES + 8, length);
    }

    private void requireSendable(int packetBytes, int segmentBytes, boolean checksumPartial) {
        if (packetBytes == 0 || packetBytes > LARGEST_PACKET_BYTES) {
            throw new IllegalArgumentException("an IP packet of " + packetBytes + " octets");
        }
        if (headerBytes == 0 && (segmentBytes != 0 || checksumPartial)) {
            throw new IllegalArgumentException(device.name() + " is open without offload");
        }
    }

    /** Puts the header before the packet, of which {@code packetBytes} are not all here; the address of both. */
    private long place(ByteBuf packet, int packetBytes, int segmentBytes, boolean checksumPartial) {
        int at = packet.readerIndex();
        int ownBytes = packet.readableBytes();
        boolean inPlace = packet.hasMemoryAddress() && (headerBytes == 0 || at >= headerBytes && !packet.isReadOnly());
        ByteBuf target = inPlace ? packet : copy;
        int headerIndex = (inPlace ? at : PACKET_INDEX) - headerBytes;
        if (headerBytes != 0) {
            VirtioNetHeader.write(target, headerIndex, packet, at, packetBytes, segmentBytes, checksumPartial);
        }
        if (!inPlace) {
            packet.getBytes(at, copy, PACKET_INDEX, ownBytes);
        }
        return (inPlace ? packet.memoryAddress() : copyAddress) + headerIndex;
    }

    /** @param length octets; or, of a vector, pieces */
    private boolean write(long address, int length, boolean vectored) throws SystemCallException {
        while ((vectored ? Libc.C.writev(tun, address, length) : Libc.C.write(tun, address, length)) < 0) {
            int errno = Libc.errno();
            if (Errno.EAGAIN.is(errno) || Errno.ENOBUFS.is(errno) || Errno.ENOMEM.is(errno)) {
                refused.increment();
                return false;
            }
            if (isDown(errno)) {
                lostWhileDown.increment();
                return false;
            }
            if (!Errno.EINTR.is(errno)) {
                throw new SystemCallException("write to " + device.name(), errno);
            }
        }
        return true;
    }

    private static boolean isDown(int errno) {
        return Errno.EIO.is(errno) || Errno.ENETDOWN.is(errno);
    }

    // ---- waiting

    @Override
    public void await(long timeoutNanos) throws IOException {
        if (timeoutNanos == 0 || !wake.compareAndSet(AWAKE, SLEEPING)) {
            wake.set(AWAKE);
            return;
        }
        enter();
        try {
            bePunctual();
            poll(timeoutNanos);
        } finally {
            wake.set(AWAKE);
            inUse.leave();
        }
    }

    private void poll(long timeoutNanos) throws SystemCallException {
        long timeout = 0;
        if (timeoutNanos > 0) {
            timespec.putLong(0, timeoutNanos / NANOS_PER_SECOND);
            timespec.putLong(8, timeoutNanos % NANOS_PER_SECOND);
            timeout = timespec.address();
        }
        int ready = Libc.C.ppoll(pollFds.address(), 2, timeout, 0);
        nothingWaits = ready >= 0 && (ready == 0 || pollFds.getShort(6) == 0);
        if (ready < 0) {
            int errno = Libc.errno();
            if (!Errno.EINTR.is(errno)) {
                throw new SystemCallException("wait for packets of " + device.name(), errno);
            }
        } else if (ready > 0 && pollFds.getShort(POLLFD_BYTES + 6) != 0) {
            signal.clear();
        }
    }

    /** Without this the kernel may end each wait 50 microseconds late. */
    private void bePunctual() {
        Thread caller = Thread.currentThread();
        if (punctual != caller) {
            punctual = caller;
            Libc.C.prctl(Libc.PR_SET_TIMERSLACK, 1, 0, 0, 0);
        }
    }

    @Override
    public void wakeUp() {
        if (wake.getAndSet(WOKEN) == SLEEPING && inUse.enter()) {
            signal.raise();
            inUse.leave();
        }
    }

    // ---- the end

    @Override
    public void close() {
        if (inUse.enter()) {
            inUse.end();
            signal.raise();
            inUse.leave();
        }
    }

    private void enter() throws ClosedChannelException {
        if (!inUse.enter()) {
            throw new ClosedChannelException();
        }
    }

    // ---- counters, any thread

    /** Packets whose device header was unsound, so that they were not handed up. */
    public long badHeaders() {
        return badHeaders.sum();
    }

    /** Packets sent while the device was down. */
    public long lostWhileDown() {
        return lostWhileDown.sum();
    }

    /** Packets that the device could not take because its queue was full. */
    public long refused() {
        return refused.sum();
    }

    @Override
    public String toString() {
        return device.toString();
    }
}
