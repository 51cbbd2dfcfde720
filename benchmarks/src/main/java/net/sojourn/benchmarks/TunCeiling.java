package net.sojourn.benchmarks;

import static net.sojourn.tun.syscall.Libc.C;

import java.io.IOException;
import java.util.Locale;
import jnr.ffi.Pointer;
import net.sojourn.tun.TunDevice;
import net.sojourn.tun.syscall.Libc;

/**
 * {@code ceiling.c} in Java: only reads, or only writes, packets of a TUN. Arguments: {@code read} or {@code write}, DEVICE,
 * OCTETS, SECONDS. Prints {@link BulkServices#READY}, then {@link Arena#RESULT} and bits/s.
 */
final class TunCeiling {

    private static final int PACKETS_AT_ONCE = 64;
    private static final int POLLFD_BYTES = 8;
    private static final int UDP = 17;
    private static final double NANOS_PER_SECOND = 1e9;

    private TunCeiling() {}

    public static void main(String[] arguments) throws IOException {
        boolean reading = arguments[0].equals("read");
        int packetBytes = Integer.parseInt(arguments[2]);
        double seconds = Double.parseDouble(arguments[3]);
        try (TunDevice device = TunDevice.open(arguments[1], false)) {
            int tun = device.descriptor().number();
            Pointer packet = Libc.allocate(TunDevice.LARGEST_READ_BYTES);
            compose(packet, packetBytes);
            Pointer poll = Libc.allocate(POLLFD_BYTES);
            poll.putInt(0, tun);
            poll.putShort(4, Libc.POLLIN);
            System.out.println(BulkServices.READY);
            System.out.printf(
                    Locale.ROOT, Arena.RESULT + "%.0f%n", run(tun, packet, poll, reading, packetBytes, seconds));
        }
    }

    /** Bits/s from the first packet on. */
    private static double run(int tun, Pointer packet, Pointer poll, boolean reading, int packetBytes, double seconds) {
        Pointer millisecond = Libc.allocate(2 * Long.BYTES);
        millisecond.putLong(Long.BYTES, 1_000_000);
        long start = 0;
        double bits = 0;
        double elapsed = 0;
        while (elapsed < seconds) {
            for (int i = 0; i < PACKETS_AT_ONCE; i++) {
                long n = reading
                        ? C.read(tun, packet.address(), TunDevice.LARGEST_READ_BYTES)
                        : C.write(tun, packet.address(), packetBytes);
                if (n <= 0) {
                    C.ppoll(poll.address(), 1, millisecond.address(), 0);
                    break;
                }
                start = start == 0 ? System.nanoTime() : start;
                bits += n * 8.0;
            }
            elapsed = start == 0 ? 0 : (System.nanoTime() - start) / NANOS_PER_SECOND;
        }
        return bits / elapsed;
    }

    /** UDP from 10.7.0.2 to 192.0.2.1, without checksum. */
    private static void compose(Pointer packet, int packetBytes) {
        int[] header = {
            0x4500,
            packetBytes,
            0,
            0x4000,
            64 << 8 | UDP,
            0,
            0x0A07,
            0x0002,
            0xC000,
            0x0201,
            5000,
            5000,
            packetBytes - 20,
            0
        };
        int sum = 0;
        for (int i = 0; i < 10; i++) {
            sum += header[i];
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        header[5] = ~((sum & 0xFFFF) + (sum >>> 16)) & 0xFFFF;
        for (int i = 0; i < header.length; i++) {
            packet.putByte(2 * i, (byte) (header[i] >>> 8));
            packet.putByte(2 * i + 1, (byte) header[i]);
        }
    }
}
