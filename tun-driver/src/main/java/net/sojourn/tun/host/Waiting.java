package net.sojourn.tun.host;

import java.net.SocketException;
import java.util.concurrent.TimeUnit;
import jnr.ffi.Pointer;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.EventSignal;
import net.sojourn.tun.syscall.Libc;

/** One thread's place to wait for a descriptor, until that is ready or a signal is raised. One thread at a time. */
final class Waiting {

    private static final int POLLFD_BYTES = 8;

    private final Pointer descriptors = Libc.allocate(2 * POLLFD_BYTES);
    private final Pointer timespec = Libc.allocate(2 * Long.BYTES);

    Waiting(int descriptor, short events, EventSignal signal) {
        descriptors.putInt(0, descriptor);
        descriptors.putShort(4, events);
        descriptors.putInt(POLLFD_BYTES, signal.number());
        descriptors.putShort(POLLFD_BYTES + 4, Libc.POLLIN);
    }

    /**
     * @param timeoutMillis 0 waits without limit
     * @return false after the time-out
     */
    boolean await(int timeoutMillis) throws SocketException {
        timespec.putLong(0, timeoutMillis / 1000);
        timespec.putLong(Long.BYTES, TimeUnit.MILLISECONDS.toNanos(timeoutMillis % 1000));
        int ready = Libc.C.ppoll(descriptors.address(), 2, timeoutMillis == 0 ? 0 : timespec.address(), 0);
        int errno = ready < 0 ? Libc.errno() : 0;
        if (ready < 0 && !Errno.EINTR.is(errno)) {
            throw new SocketException("cannot wait for a socket: error " + errno);
        }
        return ready != 0;
    }
}
