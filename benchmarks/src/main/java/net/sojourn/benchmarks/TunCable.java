package net.sojourn.benchmarks;

import static net.sojourn.tun.syscall.Libc.C;

import java.io.IOException;
import java.nio.file.Path;
import jnr.ffi.Pointer;
import net.sojourn.tun.TunDevice;
import net.sojourn.tun.host.NetworkNamespace;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.Libc;
import net.sojourn.tun.syscall.SystemCallException;

/**
 * Puts kernel TCP behind a TUN as Sojourn is: a program that makes a device in each of two namespaces and carries every
 * packet from one to the other as it is, the least that anything behind a TUN must do. Arguments: NAMESPACE-FILE DEVICE
 * NAMESPACE-FILE DEVICE OFFLOAD. Prints {@link BulkServices#READY} when both exist.
 */
final class TunCable {

    private static final int POLLFD_BYTES = 8;

    private TunCable() {}

    public static void main(String[] arguments) throws IOException {
        boolean offload = Boolean.parseBoolean(arguments[4]);
        TunDevice a = NetworkNamespace.call(Path.of(arguments[0]), () -> TunDevice.open(arguments[1], offload));
        TunDevice b = NetworkNamespace.call(Path.of(arguments[2]), () -> TunDevice.open(arguments[3], offload));
        start(a, b);
        start(b, a);
        System.out.println(BulkServices.READY);
    }

    private static void start(TunDevice in, TunDevice out) {
        new Thread(
                        () -> {
                            try {
                                carry(in.descriptor().number(), out.descriptor().number());
                            } catch (SystemCallException e) {
                                throw new IllegalStateException("the cable ends", e);
                            }
                        },
                        "cable-from-" + in.name())
                .start();
    }

    private static void carry(int in, int out) throws SystemCallException {
        Pointer buffer = Libc.allocate(TunDevice.LARGEST_READ_BYTES);
        Pointer poll = Libc.allocate(POLLFD_BYTES);
        poll.putInt(0, in);
        poll.putShort(4, Libc.POLLIN);
        while (true) {
            long length = C.read(in, buffer.address(), TunDevice.LARGEST_READ_BYTES);
            if (length > 0) {
                // What the other device cannot take is lost, as on any cable.
                C.write(out, buffer.address(), length);
            } else if (length < 0) {
                int errno = Libc.errno();
                // EIO: the device is still down.
                if (!Errno.EAGAIN.is(errno) && !Errno.EINTR.is(errno) && !Errno.EIO.is(errno)) {
                    throw new SystemCallException("read from the cable's device", errno);
                }
                C.ppoll(poll.address(), 1, 0, 0);
            }
        }
    }
}
