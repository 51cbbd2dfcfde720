package net.sojourn.tun;

import java.io.IOException;
import java.util.Objects;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.SystemCallException;

/** A TUN device cannot be had. The message says why and what to do; {@link #reason} is for programs. */
public final class TunException extends IOException {

    /** Why. */
    public enum Reason {
        /** This process may not make or take devices. */
        NOT_PERMITTED,
        /** Another program is attached to the device. */
        HELD_BY_ANOTHER,
        /** A device of this name exists and is none that this port can attach to. */
        OTHER_KIND,
        /** The kernel has no TUN driver, or this container no {@code /dev/net/tun}. */
        NO_DRIVER,
        /** Anything else: the message holds the call and the error. */
        SYSTEM_CALL
    }

    private final Reason reason;
    private final int errno;

    private TunException(Reason reason, String message, SystemCallException cause) {
        super(message, cause);
        this.reason = reason;
        this.errno = cause.errno();
    }

    /** {@code cause} is what opening {@code /dev/net/tun} gave. */
    static TunException ofOpen(SystemCallException cause) {
        if (cause.is(Errno.ENOENT) || cause.is(Errno.ENODEV) || cause.is(Errno.ENXIO)) {
            return new TunException(
                    Reason.NO_DRIVER,
                    "cannot open /dev/net/tun: " + Errno.describe(cause.errno())
                            + ". Load the kernel module tun (modprobe tun), or pass the device into the container"
                            + " (--device /dev/net/tun)",
                    cause);
        }
        return of("open /dev/net/tun", cause);
    }

    /** {@code cause} is what TUNSETIFF gave for the device {@code name}. */
    static TunException ofAttach(String name, SystemCallException cause) {
        String what = "make or take the TUN device " + name + " (TUNSETIFF)";
        if (cause.is(Errno.EBUSY)) {
            return new TunException(
                    Reason.HELD_BY_ANOTHER,
                    failed(what, cause) + ". Another program holds " + name + ": stop it, or choose another name",
                    cause);
        }
        if (cause.is(Errno.EINVAL) || cause.is(Errno.EEXIST)) {
            return new TunException(
                    Reason.OTHER_KIND,
                    failed(what, cause) + ". A device " + name
                            + " exists that is no TUN device with one queue (a TAP, or another kind): remove it with"
                            + " `ip link del " + name + "`, or choose another name",
                    cause);
        }
        return of(what, cause);
    }

    static TunException of(String what, SystemCallException cause) {
        if (cause.is(Errno.EPERM) || cause.is(Errno.EACCES)) {
            return new TunException(
                    Reason.NOT_PERMITTED,
                    failed(what, cause) + ". Needs CAP_NET_ADMIN: run as root or grant the capability",
                    cause);
        }
        return new TunException(Reason.SYSTEM_CALL, Objects.requireNonNull(cause.getMessage()), cause);
    }

    private static String failed(String what, SystemCallException cause) {
        return "cannot " + what + ": " + Errno.describe(cause.errno());
    }

    public Reason reason() {
        return reason;
    }

    /** The kernel's number. */
    public int errno() {
        return errno;
    }
}
