package net.sojourn.tun.host;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Objects;
import jnr.ffi.Pointer;
import net.sojourn.tun.InUse;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.EventSignal;
import net.sojourn.tun.syscall.FileDescriptor;
import net.sojourn.tun.syscall.Libc;
import net.sojourn.tun.syscall.SystemCallException;

/**
 * A TCP connection of the host's kernel that can outlive the program: its descriptor is known, and a call that is ended by
 * {@link #stop} has moved exactly so many octets as it says. One thread reads, one writes, any may stop and close.
 */
public final class KernelSocket implements Closeable {

    /** {@link #read} was ended by {@link #stop}. */
    public static final int STOPPED = -2;

    private static final int CHUNK_BYTES = 64 * 1024;
    private static final int LINGER_BYTES = 8;

    private final FileDescriptor descriptor;
    private final EventSignal signal;
    private final InUse inUse;
    private final Waiting readable;
    private final Waiting writable;
    private final Pointer incoming = Libc.allocate(CHUNK_BYTES);
    private final Pointer outgoing = Libc.allocate(CHUNK_BYTES);
    private volatile int readTimeoutMillis;
    private volatile boolean stopped;

    private KernelSocket(FileDescriptor descriptor, EventSignal signal) {
        this.descriptor = descriptor;
        this.signal = signal;
        this.inUse = new InUse(() -> {
            descriptor.close();
            signal.close();
        });
        this.readable = new Waiting(descriptor.number(), Libc.POLLIN, signal);
        this.writable = new Waiting(descriptor.number(), Libc.POLLOUT, signal);
    }

    /** Takes ownership of a connected descriptor that does not block, also if this fails. */
    static KernelSocket on(FileDescriptor descriptor) throws SystemCallException {
        try {
            return new KernelSocket(descriptor, new EventSignal());
        } catch (SystemCallException e) {
            descriptor.close();
            throw e;
        }
    }

    /** Goes on with a connection of the program that was here before: {@link #keptDescriptor} of its socket. */
    public static KernelSocket adopt(int number) throws IOException {
        KernelSocket adopted = on(new FileDescriptor(number));
        Libc.C.fcntl(number, Libc.F_SETFD, Libc.FD_CLOEXEC);
        adopted.linger(false, 0);
        return adopted;
    }

    /**
     * Connects, in the namespace of the calling thread.
     *
     * @throws ConnectException if that is refused
     * @throws SocketTimeoutException after {@code timeoutMillis}
     */
    public static KernelSocket connect(InetSocketAddress to, int timeoutMillis) throws IOException {
        KernelSocket socket = on(newDescriptor(SocketAddresses.family(to)));
        try {
            socket.connectTo(to, timeoutMillis);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private void connectTo(InetSocketAddress to, int timeoutMillis) throws IOException {
        Pointer octets = Libc.allocate(SocketAddresses.LARGEST_BYTES);
        int length = SocketAddresses.write(to, octets);
        if (Libc.C.connect(descriptor.number(), octets.address(), length) == 0) {
            return;
        }
        int errno = Libc.errno();
        if (Errno.EINPROGRESS.is(errno)) {
            if (!writable.await(timeoutMillis)) {
                throw new SocketTimeoutException("Connect timed out");
            }
            Pointer answer = Libc.allocate(2 * Integer.BYTES);
            answer.putInt(Integer.BYTES, Integer.BYTES);
            Libc.C.getsockopt(
                    descriptor.number(),
                    Libc.SOL_SOCKET,
                    Libc.SO_ERROR,
                    answer.address(),
                    answer.address() + Integer.BYTES);
            errno = answer.getInt(0);
        }
        if (errno != 0) {
            throw new ConnectException(sentence(errno));
        }
    }

    // ---- octets

    /** 0 waits without limit, as {@link java.net.Socket#setSoTimeout}. */
    public void readTimeoutMillis(int millis) {
        readTimeoutMillis = millis;
    }

    /**
     * Waits for octets and takes at most {@code length} of them.
     *
     * @return how many; -1 at the end; {@link #STOPPED}, having taken none
     */
    public int read(byte[] target, int index, int length) throws IOException {
        Objects.checkFromIndexSize(index, length, target.length);
        enter();
        try {
            while (!stopped) {
                requireOpen();
                long n = Libc.C.recv(
                        descriptor.number(), incoming.address(), Math.min(length, CHUNK_BYTES), Libc.MSG_DONTWAIT);
                if (n >= 0) {
                    incoming.get(0, target, index, (int) n);
                    return n == 0 && length > 0 ? -1 : (int) n;
                }
                if (mayTryAgain(Libc.errno()) && !readable.await(readTimeoutMillis)) {
                    throw new SocketTimeoutException("Read timed out");
                }
            }
            return STOPPED;
        } finally {
            inUse.leave();
        }
    }

    /** Waits until all octets are taken. @return how many were; less than {@code length} only after {@link #stop} */
    public int write(byte[] source, int index, int length) throws IOException {
        Objects.checkFromIndexSize(index, length, source.length);
        enter();
        try {
            int done = 0;
            while (done < length && !stopped) {
                requireOpen();
                int some = Math.min(length - done, CHUNK_BYTES);
                outgoing.put(0, source, index + done, some);
                long n = Libc.C.send(
                        descriptor.number(), outgoing.address(), some, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL);
                if (n >= 0) {
                    done += (int) n;
                } else if (mayTryAgain(Libc.errno())) {
                    writable.await(0);
                }
            }
            return done;
        } finally {
            inUse.leave();
        }
    }

    private static boolean mayTryAgain(int errno) throws SocketException {
        if (Errno.EAGAIN.is(errno) || Errno.EINTR.is(errno)) {
            return true;
        }
        throw new SocketException(sentence(errno));
    }

    /** For what is read before octets are moved by {@link #read}. */
    public InputStream input() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] target, int index, int length) throws IOException {
                return Math.max(-1, KernelSocket.this.read(target, index, length));
            }
        };
    }

    /** For what is written before octets are moved by {@link #write}. */
    public OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                write(new byte[] {(byte) octet}, 0, 1);
            }

            @Override
            public void write(byte[] source, int index, int length) throws IOException {
                if (KernelSocket.this.write(source, index, length) < length) {
                    throw new SocketException("stopped");
                }
            }
        };
    }

    // ---- options

    /** Nagle's algorithm off. */
    public void noDelay() {
        if (inUse.enter()) {
            option(descriptor.number(), Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1);
            inUse.leave();
        }
    }

    private void linger(boolean on, int seconds) {
        Pointer value = Libc.allocate(LINGER_BYTES);
        value.putInt(0, on ? 1 : 0);
        value.putInt(Integer.BYTES, seconds);
        Libc.C.setsockopt(descriptor.number(), Libc.SOL_SOCKET, Libc.SO_LINGER, value.address(), LINGER_BYTES);
    }

    // ---- the end

    /** Sends FIN behind what was written; more than once does nothing. */
    public void shutdownOutput() throws IOException {
        enter();
        try {
            Libc.C.shutdown(descriptor.number(), Libc.SHUT_WR);
        } finally {
            inUse.leave();
        }
    }

    /** Ends every wait, and lets none begin: from now on nothing is read or written. The other end notices nothing. */
    public void stop() {
        stopped = true;
        if (inUse.enter()) {
            signal.raise();
            inUse.leave();
        }
    }

    /**
     * Another descriptor of the same connection, which stays open when this one is closed and, after {@link SelfExec}, is the
     * next program's to {@link #adopt}. The caller owns it.
     */
    public int keptDescriptor() throws IOException {
        enter();
        try {
            return Libc.check(Libc.C.fcntl(descriptor.number(), Libc.F_DUPFD_CLOEXEC, 3), "keep a descriptor");
        } finally {
            inUse.leave();
        }
    }

    /** Closes with a reset. */
    public void reset() {
        if (inUse.enter()) {
            linger(true, 0);
            inUse.leave();
        }
        close();
    }

    @Override
    public void close() {
        if (inUse.enter()) {
            inUse.end();
            signal.raise();
            inUse.leave();
        }
    }

    private void enter() throws SocketException {
        if (!inUse.enter()) {
            throw new SocketException("Socket closed");
        }
    }

    private void requireOpen() throws SocketException {
        if (inUse.isEnded()) {
            throw new SocketException("Socket closed");
        }
    }

    // ---- what listeners share

    static FileDescriptor newDescriptor(int family) throws SystemCallException {
        return new FileDescriptor(Libc.check(
                Libc.C.socket(family, Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0), "make a socket"));
    }

    static void option(int descriptor, int level, int name, int value) {
        Pointer octets = Libc.allocate(Integer.BYTES);
        octets.putInt(0, value);
        Libc.C.setsockopt(descriptor, level, name, octets.address(), Integer.BYTES);
    }

    static InetSocketAddress localAddress(int descriptor) throws IOException {
        Pointer octets = Libc.allocate(SocketAddresses.LARGEST_BYTES + Integer.BYTES);
        octets.putInt(SocketAddresses.LARGEST_BYTES, SocketAddresses.LARGEST_BYTES);
        Libc.check(
                Libc.C.getsockname(descriptor, octets.address(), octets.address() + SocketAddresses.LARGEST_BYTES),
                "ask for a socket's address");
        return SocketAddresses.read(octets);
    }

    static String sentence(int errno) {
        for (Errno known : Errno.values()) {
            if (known.is(errno)) {
                return known.sentence();
            }
        }
        return "error " + errno;
    }
}
