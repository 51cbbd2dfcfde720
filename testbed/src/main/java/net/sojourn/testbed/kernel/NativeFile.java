package net.sojourn.testbed.kernel;

import java.util.concurrent.atomic.AtomicBoolean;

/** A file descriptor that is closed once. Nobody may be inside a call with it when it is closed. */
public final class NativeFile implements AutoCloseable {

    private final int fd;
    private final AtomicBoolean closed = new AtomicBoolean();

    public NativeFile(int fd) {
        this.fd = fd;
    }

    public int fd() {
        return fd;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            SystemCalls.C.close(fd);
        }
    }
}
