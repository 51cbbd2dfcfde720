package net.sojourn.testbed.kernel;

import static net.sojourn.testbed.kernel.SystemCalls.C;
import static net.sojourn.testbed.kernel.SystemCalls.check;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/** Opens TUN devices for a link emulator: bare IP packets, not blocking. */
public final class Tun {

    /** Octets that a read may return: the largest IP packet and virtio_net_hdr. */
    public static final int LARGEST_READ_BYTES = 65_535 + 10;

    private static final long TUNSETIFF = 0x400454caL;
    private static final long TUNSETOFFLOAD = 0x400454d0L;
    private static final int IFF_TUN = 0x0001;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;
    /** TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6. */
    private static final long OFFLOADS = 1 | 2 | 4;

    private static final int IFNAMSIZ = 16;
    private static final int IFREQ_BYTES = 40;

    private Tun() {}

    /**
     * Makes the device in the calling thread's namespace; it vanishes when the file is closed.
     *
     * @param superPackets whether each packet bears a virtio_net_hdr and may be a whole train of TCP segments
     */
    public static NativeFile open(String device, boolean superPackets) throws IOException {
        NativeFile file = new NativeFile(check(
                C.open("/dev/net/tun", SystemCalls.O_RDWR | SystemCalls.O_NONBLOCK | SystemCalls.O_CLOEXEC),
                "open /dev/net/tun"));
        try {
            Pointer ifreq = Memory.allocateDirect(SystemCalls.RUNTIME, IFREQ_BYTES, true);
            ifreq.putString(0, device, IFNAMSIZ, StandardCharsets.US_ASCII);
            ifreq.putShort(IFNAMSIZ, (short) (IFF_TUN | IFF_NO_PI | (superPackets ? IFF_VNET_HDR : 0)));
            check(C.ioctl(file.fd(), TUNSETIFF, ifreq.address()), "make the TUN device " + device + " (TUNSETIFF)");
            // Until told otherwise, the kernel cuts and completes all that it gives us.
            if (superPackets) {
                check(
                        C.ioctl(file.fd(), TUNSETOFFLOAD, OFFLOADS),
                        "switch on offloads of " + device + " (TUNSETOFFLOAD)");
            }
            return file;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }
}
