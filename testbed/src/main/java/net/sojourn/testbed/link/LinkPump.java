package net.sojourn.testbed.link;

import static net.sojourn.tun.syscall.Libc.C;

import java.io.IOException;
import java.util.PriorityQueue;
import jnr.ffi.Pointer;
import net.sojourn.testbed.link.EmulatedLink.Direction;
import net.sojourn.tun.TunDevice;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.EventSignal;
import net.sojourn.tun.syscall.Libc;
import net.sojourn.tun.syscall.SystemCallException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One direction of a {@link LinkForwarder}: a thread that reads packets from one device, asks the model, and writes them
 * to the other device when their time has come. The model and the counters are guarded by this object's monitor.
 */
final class LinkPump {

    private static final Logger LOG = LoggerFactory.getLogger(LinkPump.class);

    /** Reads between two looks at what is due: bounds how late a packet becomes under load. */
    private static final int READS_AT_ONCE = 16;

    private static final int VNET_HEADER_BYTES = 10;
    private static final long TIMER_SLACK_NANOS = 1_000;
    private static final int POLLFD_BYTES = 8;
    private static final int TIMESPEC_BYTES = 16;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    /** A packet on its way; {@code order} is its place among those that entered. */
    private record Travelling(long arrivalNanos, long order, byte[] packet) implements Comparable<Travelling> {
        @Override
        public int compareTo(Travelling other) {
            int byTime = Long.compare(arrivalNanos - other.arrivalNanos, 0);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final TunDevice in;
    private final TunDevice out;
    private final LinkModel model;
    private final boolean superPackets;
    private final Middlebox middlebox;
    private final Direction direction;
    private final EventSignal wakeUp;
    private final Thread thread;
    private volatile boolean stopping;

    private final PriorityQueue<Travelling> travelling = new PriorityQueue<>();
    private final Pointer buffer = Libc.allocate(TunDevice.LARGEST_READ_BYTES);
    private final Pointer pollFds = Libc.allocate(2 * POLLFD_BYTES);
    private final Pointer timespec = Libc.allocate(TIMESPEC_BYTES);
    private long latestOrder = -1;

    private long offered;
    private long offeredBytes;
    private long delivered;
    private long deliveredBytes;
    private long lost;
    private long queueFull;
    private long tooLarge;
    private long whileDown;
    private long overtaken;
    private long duplicated;
    private long corrupted;
    private long stopped;
    private long refused;

    LinkPump(
            String name,
            TunDevice in,
            TunDevice out,
            LinkModel model,
            boolean superPackets,
            Middlebox middlebox,
            Direction direction)
            throws IOException {
        this.in = in;
        this.out = out;
        this.model = model;
        this.superPackets = superPackets;
        this.middlebox = middlebox;
        this.direction = direction;
        wakeUp = new EventSignal();
        thread = new Thread(this::run, "link-" + name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Ends the thread; packets on their way are gone. */
    void stop() {
        stopping = true;
        wakeUp.raise();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true; // It ends at once, and its descriptors must not be closed under it.
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        wakeUp.close();
    }

    synchronized void change(LinkSettings settings) {
        model.change(settings, System.nanoTime());
    }

    synchronized void setUp(boolean up) {
        model.setUp(up);
    }

    synchronized LinkCounters counters() {
        return new LinkCounters(
                offered,
                offeredBytes,
                delivered,
                deliveredBytes,
                lost,
                queueFull,
                tooLarge,
                whileDown,
                overtaken,
                duplicated,
                corrupted,
                stopped,
                refused);
    }

    private void run() {
        // The default slack of 50 us would be most of our lateness.
        C.prctl(Libc.PR_SET_TIMERSLACK, TIMER_SLACK_NANOS, 0, 0, 0);
        pollFds.putInt(0, in.descriptor().number());
        pollFds.putShort(4, Libc.POLLIN);
        pollFds.putInt(POLLFD_BYTES, wakeUp.number());
        pollFds.putShort(POLLFD_BYTES + 4, Libc.POLLIN);
        try {
            while (!stopping) {
                await();
                if (superPackets) {
                    pass();
                } else {
                    accept();
                    deliver();
                }
            }
        } catch (IOException e) {
            LOG.error("link {} ends: {}", thread.getName(), e.getMessage());
        }
    }

    /** Sleeps until a packet waits, one is due, or the link is stopped. */
    private void await() throws IOException {
        long timeout = 0;
        Travelling next = travelling.peek();
        if (next != null) {
            long nanos = Math.max(0, next.arrivalNanos() - System.nanoTime());
            timespec.putLong(0, nanos / NANOS_PER_SECOND);
            timespec.putLong(8, nanos % NANOS_PER_SECOND);
            timeout = timespec.address();
        }
        if (C.ppoll(pollFds.address(), 2, timeout, 0) < 0 && !Errno.EINTR.is(Libc.errno())) {
            throw SystemCallException.lastOf("wait for packets");
        }
    }

    /** Carries super-packets from device to device as they are, header included. */
    private void pass() throws IOException {
        for (long length = read(); length > 0; length = read()) {
            long packetBytes = length - VNET_HEADER_BYTES;
            boolean up;
            synchronized (this) {
                offered++;
                offeredBytes += packetBytes;
                up = model.isUp();
                whileDown += up ? 0 : 1;
            }
            if (up) {
                write(length, packetBytes);
            }
            if (stopping) {
                return;
            }
        }
    }

    private void accept() throws IOException {
        for (int i = 0; i < READS_AT_ONCE; i++) {
            int length = (int) read();
            if (length <= 0) {
                return;
            }
            judge(length);
        }
    }

    private synchronized void judge(int length) {
        long order = offered++;
        offeredBytes += length;
        if (middlebox != Middlebox.NONE && !passesMiddlebox(length)) {
            stopped++;
            return;
        }
        Fate fate = model.offer(length, System.nanoTime());
        switch (fate.outcome()) {
            case DELIVERED -> travel(fate, order, length);
            case LOST, LOST_IN_BURST -> lost++;
            case QUEUE_FULL -> queueFull++;
            case TOO_LARGE -> tooLarge++;
            case LINK_DOWN -> whileDown++;
        }
    }

    private boolean passesMiddlebox(int length) {
        byte[] packet = new byte[length];
        buffer.get(0, packet, 0, length);
        boolean passes;
        synchronized (middlebox) {
            passes = middlebox.passes(direction, packet);
        }
        buffer.put(0, packet, 0, length);
        return passes;
    }

    private void travel(Fate fate, long order, int length) {
        byte[] packet = new byte[length];
        buffer.get(0, packet, 0, length);
        if (fate.corruptedBit() != Fate.INTACT) {
            packet[fate.corruptedBit() / 8] ^= (byte) (0x80 >>> (fate.corruptedBit() % 8));
            corrupted++;
        }
        travelling.add(new Travelling(fate.arrivalNanos(), order, packet));
        if (fate.duplicateNanos() != Fate.NO_COPY) {
            travelling.add(new Travelling(fate.duplicateNanos(), order, packet));
            duplicated++;
        }
    }

    private void deliver() {
        long nowNanos = System.nanoTime();
        for (Travelling next = travelling.peek();
                next != null && next.arrivalNanos() - nowNanos <= 0;
                next = travelling.peek()) {
            travelling.remove();
            byte[] packet = next.packet();
            buffer.put(0, packet, 0, packet.length);
            write(packet.length, packet.length);
            if (next.order() < latestOrder) {
                synchronized (this) {
                    overtaken++;
                }
            }
            latestOrder = Math.max(latestOrder, next.order());
        }
    }

    /** The length of the packet read into the buffer, or 0 if none waits. */
    private long read() throws IOException {
        long length = C.read(in.descriptor().number(), buffer.address(), TunDevice.LARGEST_READ_BYTES);
        if (length >= 0) {
            return length;
        }
        int errno = Libc.errno();
        // EIO: the device is down; nothing can wait there, and it may come up again.
        if (Errno.EAGAIN.is(errno) || Errno.EINTR.is(errno) || Errno.EIO.is(errno)) {
            return 0;
        }
        throw new SystemCallException("read from the link's device", errno);
    }

    /** Whatever a device refuses is a packet lost, as on a wire; it is counted. */
    private void write(long length, long packetBytes) {
        boolean taken = C.write(out.descriptor().number(), buffer.address(), length) == length;
        synchronized (this) {
            if (taken) {
                delivered++;
                deliveredBytes += packetBytes;
            } else {
                refused++;
            }
        }
    }
}
