package net.sojourn.tun.host;

import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import jnr.ffi.Pointer;
import net.sojourn.tun.InUse;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.EventSignal;
import net.sojourn.tun.syscall.FileDescriptor;
import net.sojourn.tun.syscall.Libc;
import net.sojourn.tun.syscall.SystemCallException;

/** A listening socket of the host's kernel whose connections are {@link KernelSocket}s. One thread accepts, any closes. */
public final class KernelListener implements Closeable {

    private final FileDescriptor descriptor;
    private final EventSignal signal;
    private final InUse inUse;
    private final Waiting waiting;
    private final InetSocketAddress address;

    private KernelListener(FileDescriptor descriptor, EventSignal signal) throws IOException {
        this.descriptor = descriptor;
        this.signal = signal;
        this.inUse = new InUse(() -> {
            descriptor.close();
            signal.close();
        });
        this.waiting = new Waiting(descriptor.number(), Libc.POLLIN, signal);
        this.address = KernelSocket.localAddress(descriptor.number());
    }

    /**
     * Listens in the namespace of the calling thread.
     *
     * @throws BindException if the address is in use or not the host's
     */
    public static KernelListener open(InetSocketAddress where, int backlog) throws IOException {
        FileDescriptor descriptor = KernelSocket.newDescriptor(SocketAddresses.family(where));
        try {
            KernelSocket.option(descriptor.number(), Libc.SOL_SOCKET, Libc.SO_REUSEADDR, 1);
            Pointer octets = Libc.allocate(SocketAddresses.LARGEST_BYTES);
            int length = SocketAddresses.write(where, octets);
            if (Libc.C.bind(descriptor.number(), octets.address(), length) < 0) {
                throw new BindException(KernelSocket.sentence(Libc.errno()));
            }
            if (Libc.C.listen(descriptor.number(), backlog) < 0) {
                throw new BindException(KernelSocket.sentence(Libc.errno()));
            }
            return new KernelListener(descriptor, new EventSignal());
        } catch (IOException e) {
            descriptor.close();
            throw e;
        }
    }

    /** Where it listens, with the port that was chosen if 0 was asked for. */
    public InetSocketAddress address() {
        return address;
    }

    /** @throws SocketException when it is closed */
    public KernelSocket accept() throws IOException {
        if (!inUse.enter()) {
            throw new SocketException("Socket closed");
        }
        try {
            while (!inUse.isEnded()) {
                int accepted = Libc.C.accept4(descriptor.number(), 0, 0, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
                if (accepted >= 0) {
                    return KernelSocket.on(new FileDescriptor(accepted));
                }
                int errno = Libc.errno();
                if (Errno.EMFILE.is(errno)) {
                    throw new SystemCallException("accept a connection", errno);
                }
                if (Errno.EAGAIN.is(errno)) {
                    waiting.await(0);
                }
            }
            throw new SocketException("Socket closed");
        } finally {
            inUse.leave();
        }
    }

    public boolean isClosed() {
        return inUse.isEnded();
    }

    @Override
    public void close() {
        if (inUse.enter()) {
            inUse.end();
            signal.raise();
            inUse.leave();
        }
    }
}
