package net.sojourn.tun;

import java.nio.charset.StandardCharsets;
import jnr.ffi.Pointer;
import net.sojourn.tun.syscall.FileDescriptor;
import net.sojourn.tun.syscall.Libc;
import net.sojourn.tun.syscall.SystemCallException;

/**
 * A TUN device: bare IP packets by read(2) and write(2) of {@link #descriptor}, not blocking. Made new, it vanishes with
 * {@link #close} or with the process; one that exists already (persistent) is taken over and stays behind. It belongs to
 * the network namespace of the thread that opened it, and so do all questions asked of it later.
 *
 * <p>Any thread may call, except that nobody may be inside a call with the descriptor when {@link #close} is called;
 * {@link TunPort} sees to that. Source: Linux Documentation/networking/tuntap.rst, netdevice(7).
 */
public final class TunDevice implements AutoCloseable {

    /** Octets that a read may return: the largest IP packet and the header in front of it. */
    public static final int LARGEST_READ_BYTES = 65_535 + VirtioNetHeader.BYTES;

    private static final long TUNSETIFF = 0x400454caL;
    private static final long TUNSETOFFLOAD = 0x400454d0L;
    private static final long TUNSETVNETHDRSZ = 0x400454d8L;
    private static final long TUNSETVNETLE = 0x400454dcL;
    private static final int IFF_TUN = 0x0001;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;
    private static final long TUN_F_CSUM = 1;
    private static final long TUN_F_TSO4 = 2;
    private static final long TUN_F_TSO6 = 4;

    private static final long SIOCGIFFLAGS = 0x8913;
    private static final long SIOCSIFFLAGS = 0x8914;
    private static final long SIOCGIFMTU = 0x8921;
    private static final long SIOCSIFMTU = 0x8922;
    private static final long SIOCGIFTXQLEN = 0x8942;
    private static final long SIOCSIFTXQLEN = 0x8943;
    private static final long SIOCGIFINDEX = 0x8933;
    private static final int IFF_UP = 1;

    private static final int IFNAMSIZ = 16;
    private static final int IFREQ_BYTES = 40;

    private final FileDescriptor tun;
    private final FileDescriptor control;
    private final Pointer ifreq;
    private final boolean offload;
    private final String name;
    private final int interfaceIndex;

    private TunDevice(FileDescriptor tun, FileDescriptor control, Pointer ifreq, boolean offload)
            throws SystemCallException {
        this.tun = tun;
        this.control = control;
        this.ifreq = ifreq;
        this.offload = offload;
        this.name = ifreq.getString(0, IFNAMSIZ, StandardCharsets.US_ASCII);
        ask(SIOCGIFINDEX, "read the interface index");
        this.interfaceIndex = ifreq.getInt(IFNAMSIZ);
    }

    /**
     * Makes the device, or takes an existing one, in the calling thread's namespace. A new one is down.
     *
     * @param name 1 to 15 octets; a {@code %d} in it lets the kernel choose a number
     * @param offload whether each packet bears a {@link VirtioNetHeader virtio_net_hdr} of 10 octets, little-endian, may
     *     be a whole train of TCP segments and may leave its checksum to the reader; otherwise plain packets
     * @throws TunException with the reason and the remedy
     */
    public static TunDevice open(String name, boolean offload) throws TunException {
        requireName(name);
        FileDescriptor tun;
        try {
            tun = new FileDescriptor(Libc.check(
                    Libc.C.open("/dev/net/tun", Libc.O_RDWR | Libc.O_NONBLOCK | Libc.O_CLOEXEC), "open /dev/net/tun"));
        } catch (SystemCallException e) {
            throw TunException.ofOpen(e);
        }
        try {
            Pointer ifreq = attach(tun, name, offload);
            setOffload(tun, name, offload);
            return withControlSocket(tun, ifreq, offload);
        } catch (SystemCallException e) {
            tun.close();
            throw TunException.of("set up the TUN device " + name, e);
        } catch (TunException | RuntimeException e) {
            tun.close();
            throw e;
        }
    }

    private static void requireName(String name) {
        boolean valid = !name.isEmpty()
                && name.length() < IFNAMSIZ
                && name.chars().allMatch(c -> c > ' ' && c < 0x7F && c != '/' && c != ':')
                && !name.equals(".")
                && !name.equals("..");
        if (!valid) {
            throw new IllegalArgumentException("not a name of a network device: \"" + name
                    + "\". It has 1 to 15 printable ASCII characters, no blank, slash or colon");
        }
    }

    private static Pointer attach(FileDescriptor tun, String name, boolean offload) throws TunException {
        Pointer ifreq = Libc.allocate(IFREQ_BYTES);
        ifreq.putString(0, name, IFNAMSIZ, StandardCharsets.US_ASCII);
        ifreq.putShort(IFNAMSIZ, (short) (IFF_TUN | IFF_NO_PI | (offload ? IFF_VNET_HDR : 0)));
        try {
            Libc.check(Libc.C.ioctl(tun.number(), TUNSETIFF, ifreq.address()), "make or take " + name);
            return ifreq;
        } catch (SystemCallException e) {
            throw TunException.ofAttach(name, e);
        }
    }

    private static void setOffload(FileDescriptor tun, String name, boolean offload) throws SystemCallException {
        if (offload) {
            Pointer word = Libc.allocate(Integer.BYTES);
            word.putInt(0, VirtioNetHeader.BYTES);
            Libc.check(
                    Libc.C.ioctl(tun.number(), TUNSETVNETHDRSZ, word.address()),
                    "set the header's size of " + name + " (TUNSETVNETHDRSZ)");
            word.putInt(0, 1);
            Libc.check(
                    Libc.C.ioctl(tun.number(), TUNSETVNETLE, word.address()),
                    "set the header's byte order of " + name + " (TUNSETVNETLE)");
        }
        // Until told otherwise the kernel cuts and completes all that it gives us; but a persistent device remembers
        // what its former holder told it.
        Libc.check(
                Libc.C.ioctl(tun.number(), TUNSETOFFLOAD, offload ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 : 0),
                "set the offloads of " + name + " (TUNSETOFFLOAD)");
    }

    private static TunDevice withControlSocket(FileDescriptor tun, Pointer ifreq, boolean offload)
            throws SystemCallException {
        FileDescriptor control = new FileDescriptor(Libc.check(
                Libc.C.socket(Libc.AF_INET, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0), "open a control socket"));
        try {
            return new TunDevice(tun, control, ifreq, offload);
        } catch (SystemCallException | RuntimeException e) {
            control.close();
            throw e;
        }
    }

    /** As the kernel has it. */
    public String name() {
        return name;
    }

    /** The device's number in its namespace. */
    public int interfaceIndex() {
        return interfaceIndex;
    }

    /** Whether packets bear a virtio_net_hdr and may be larger than the MTU. */
    public boolean offload() {
        return offload;
    }

    /** For read(2), write(2) and poll; closed by {@link #close}. */
    public FileDescriptor descriptor() {
        return tun;
    }

    /** The device's MTU now. */
    public synchronized int mtuBytes() throws SystemCallException {
        ask(SIOCGIFMTU, "read the MTU");
        return ifreq.getInt(IFNAMSIZ);
    }

    /**
     * Sets the MTU, unless it is so already.
     *
     * @param mtuBytes 68 to 65,535; at least 1,280 for IPv6
     */
    public synchronized void setMtuBytes(int mtuBytes) throws SystemCallException {
        if (mtuBytes() != mtuBytes) {
            ifreq.putInt(IFNAMSIZ, mtuBytes);
            ask(SIOCSIFMTU, "set the MTU to " + mtuBytes);
        }
    }

    /** How many packets the kernel keeps for us while we do not read; it drops the rest. */
    public synchronized int queuePackets() throws SystemCallException {
        ask(SIOCGIFTXQLEN, "read the length of the queue");
        return ifreq.getInt(IFNAMSIZ);
    }

    /** Sets {@link #queuePackets}. @param packets more than 0 */
    public synchronized void setQueuePackets(int packets) throws SystemCallException {
        ifreq.putInt(IFNAMSIZ, packets);
        ask(SIOCSIFTXQLEN, "set the length of the queue to " + packets);
    }

    public synchronized boolean isUp() throws SystemCallException {
        ask(SIOCGIFFLAGS, "read the flags");
        return (ifreq.getShort(IFNAMSIZ) & IFF_UP) != 0;
    }

    /** Sets the device up or down, unless it is so already. */
    public synchronized void setUp(boolean up) throws SystemCallException {
        if (isUp() != up) {
            ifreq.putShort(IFNAMSIZ, (short) (ifreq.getShort(IFNAMSIZ) ^ IFF_UP));
            ask(SIOCSIFFLAGS, up ? "set up" : "set down");
        }
    }

    private void ask(long request, String what) throws SystemCallException {
        if (control.isClosed()) {
            throw new IllegalStateException(name + " is closed");
        }
        Libc.check(Libc.C.ioctl(control.number(), request, ifreq.address()), what + " of " + name);
    }

    @Override
    public synchronized void close() {
        tun.close();
        control.close();
    }

    @Override
    public String toString() {
        return name + (offload ? " (TUN with offload)" : " (TUN)");
    }
}
