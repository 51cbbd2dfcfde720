package net.sojourn.tun.syscall;

import java.util.concurrent.atomic.AtomicBoolean;

/** A file descriptor that is closed once. Nobody may be inside a call with it when it is closed. */
public final class FileDescriptor implements AutoCloseable {

    private final int number;
    private final AtomicBoolean closed = new AtomicBoolean();

    public FileDescriptor(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    public boolean isClosed() {
        return closed.get();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            Libc.C.close(number);
        }
    }
}
