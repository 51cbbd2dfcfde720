package net.sojourn.tun.syscall;

import jnr.ffi.Pointer;

/** An eventfd(2): wakes a thread that waits in ppoll(2). {@link #raise} from any thread, {@link #clear} by the waiter. */
public final class EventSignal implements AutoCloseable {

    private final FileDescriptor descriptor;
    private final Pointer one = Libc.allocate(Long.BYTES);
    private final Pointer count = Libc.allocate(Long.BYTES);

    public EventSignal() throws SystemCallException {
        descriptor =
                new FileDescriptor(Libc.check(Libc.C.eventfd(0, Libc.O_CLOEXEC | Libc.O_NONBLOCK), "make an eventfd"));
        one.putLong(0, 1);
    }

    /** What to poll for POLLIN. */
    public int number() {
        return descriptor.number();
    }

    /** Ends a wait now or later. Not after {@link #close}. */
    public void raise() {
        Libc.C.write(descriptor.number(), one.address(), Long.BYTES);
    }

    /** Forgets what was raised. */
    public void clear() {
        Libc.C.read(descriptor.number(), count.address(), Long.BYTES);
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
