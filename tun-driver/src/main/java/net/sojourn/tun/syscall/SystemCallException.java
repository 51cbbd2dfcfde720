package net.sojourn.tun.syscall;

import java.io.IOException;

/** A system call failed. The message names the call, the error and what to do. */
public final class SystemCallException extends IOException {

    private final int errno;

    /**
     * @param what completes "cannot ...", such as "open /dev/net/tun"
     * @param errno the kernel's number, positive
     */
    public SystemCallException(String what, int errno) {
        super("cannot " + what + ": " + Errno.describe(errno)
                + (Errno.remedyOf(errno).isEmpty() ? "" : ". " + Errno.remedyOf(errno)));
        this.errno = errno;
    }

    /** Of the last failed call of this thread; before any other call. */
    public static SystemCallException lastOf(String what) {
        return new SystemCallException(what, Libc.errno());
    }

    /** The kernel's number. */
    public int errno() {
        return errno;
    }

    public boolean is(Errno expected) {
        return expected.is(errno);
    }
}
