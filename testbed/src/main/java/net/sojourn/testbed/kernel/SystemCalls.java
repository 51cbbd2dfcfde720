package net.sojourn.testbed.kernel;

import java.io.IOException;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;
import jnr.ffi.types.u_int64_t;

/**
 * The C library, as the testbed uses it. Addresses are those of {@link jnr.ffi.Memory#allocateDirect}, as numbers: such a
 * call neither allocates nor copies. Results below 0 are failures; {@link #failure} reads their cause, on the same thread
 * and before any other call.
 */
public interface SystemCalls {

    SystemCalls C = LibraryLoader.create(SystemCalls.class).load("c");
    Runtime RUNTIME = Runtime.getRuntime(C);

    int O_RDWR = 2;
    int O_NONBLOCK = 0x800;
    int O_CLOEXEC = 0x80000;
    int CLONE_NEWNET = 0x40000000;
    int PR_SET_TIMERSLACK = 29;
    short POLLIN = 1;
    int EPERM = 1;
    int EINTR = 4;
    int EIO = 5;
    int EAGAIN = 11;
    int EACCES = 13;
    int ENETDOWN = 100;

    int open(String path, int flags);

    int close(int fd);

    int ioctl(int fd, @u_int64_t long request, @u_int64_t long argument);

    @ssize_t
    long read(int fd, @u_int64_t long address, @size_t long length);

    @ssize_t
    long write(int fd, @u_int64_t long address, @size_t long length);

    int ppoll(@u_int64_t long pollFds, @u_int64_t long count, @u_int64_t long timespec, @u_int64_t long signalMask);

    int eventfd(int initial, int flags);

    int setns(int fd, int type);

    int prctl(int option, @u_int64_t long a, @u_int64_t long b, @u_int64_t long c, @u_int64_t long d);

    int socket(int domain, int type, int protocol);

    int bind(int fd, @u_int64_t long address, int length);

    int setsockopt(int fd, int level, int name, @u_int64_t long value, int length);

    int getsockopt(int fd, int level, int name, @u_int64_t long value, @u_int64_t long length);

    @ssize_t
    long recvmsg(int fd, @u_int64_t long message, int flags);

    String strerror(int errno);

    /** The errno of the last failed call of this thread. */
    static int errno() {
        return LastError.getLastError(RUNTIME);
    }

    /** The last failed call of this thread as an exception: {@code what}, errno's number and its sentence. */
    static IOException failure(String what) {
        int errno = errno();
        String remedy = errno == EPERM || errno == EACCES ? ". Run as root." : "";
        return new IOException("cannot " + what + ": " + C.strerror(errno) + " (errno " + errno + ")" + remedy);
    }

    /** {@code result} unless it is a failure. */
    static int check(int result, String what) throws IOException {
        if (result < 0) {
            throw failure(what);
        }
        return result;
    }
}
