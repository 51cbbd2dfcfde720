package net.sojourn.tun.syscall;

import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;
import jnr.ffi.types.u_int64_t;

/**
 * The system calls that this product makes, each signature once. Any thread. Addresses are those of {@link #allocate} or
 * of direct buffers, as numbers: such a call neither allocates nor copies. Results below 0 are failures; {@link #errno}
 * reads their cause, on the same thread and before any other call.
 */
public interface Libc {

    Libc C = LibraryLoader.create(Libc.class).load("c");
    Runtime RUNTIME = Runtime.getRuntime(C);

    int O_RDWR = 2;
    int O_NONBLOCK = 0x800;
    int O_CLOEXEC = 0x80000;
    int CLONE_NEWNET = 0x40000000;
    int PR_SET_TIMERSLACK = 29;
    short POLLIN = 1;
    short POLLERR = 8;
    short POLLHUP = 16;
    short POLLNVAL = 32;

    int AF_INET = 2;
    int AF_INET6 = 10;
    int AF_NETLINK = 16;
    int AF_PACKET = 17;
    int SOCK_DGRAM = 2;
    int SOCK_RAW = 3;
    int SOCK_NONBLOCK = O_NONBLOCK;
    int SOCK_CLOEXEC = O_CLOEXEC;
    int SOCK_STREAM = 1;
    int SOL_SOCKET = 1;
    int SO_REUSEADDR = 2;
    int SO_ERROR = 4;
    int SO_LINGER = 13;
    int IPPROTO_TCP = 6;
    int TCP_NODELAY = 1;
    int SHUT_WR = 1;
    int MSG_NOSIGNAL = 0x4000;
    short POLLOUT = 4;
    int F_SETFD = 2;
    int F_DUPFD_CLOEXEC = 1030;
    int FD_CLOEXEC = 1;
    int SIG_SETMASK = 2;
    int SO_SNDBUF = 7;
    int SO_RCVTIMEO = 20;
    int SO_BINDTODEVICE = 25;
    int SO_RCVBUF = 8;
    int SO_SNDBUFFORCE = 32;
    int SO_RCVBUFFORCE = 33;
    int SO_TIMESTAMPNS = 35;
    int SO_NETNS_COOKIE = 71;
    int MSG_TRUNC = 0x20;
    int MSG_DONTWAIT = 0x40;

    int open(String path, int flags);

    int close(int fd);

    int ioctl(int fd, @u_int64_t long request, @u_int64_t long argument);

    @ssize_t
    long read(int fd, @u_int64_t long address, @size_t long length);

    @ssize_t
    long write(int fd, @u_int64_t long address, @size_t long length);

    @ssize_t
    long writev(int fd, @u_int64_t long pieces, int count);

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

    @ssize_t
    long recv(int fd, @u_int64_t long address, @size_t long length, int flags);

    // Not sendto(2): jffi 1.4.3 leaves the sixth argument of a call to chance.
    @ssize_t
    long sendmsg(int fd, @u_int64_t long message, int flags);

    @ssize_t
    long send(int fd, @u_int64_t long address, @size_t long length, int flags);

    int listen(int fd, int backlog);

    int accept4(int fd, @u_int64_t long address, @u_int64_t long length, int flags);

    int connect(int fd, @u_int64_t long address, int length);

    int shutdown(int fd, int how);

    int getsockname(int fd, @u_int64_t long address, @u_int64_t long length);

    int fcntl(int fd, int command, @u_int64_t long argument);

    int execve(@u_int64_t long path, @u_int64_t long arguments, @u_int64_t long environment);

    int pthread_sigmask(int how, @u_int64_t long set, @u_int64_t long former);

    int if_nametoindex(String name);

    /** The errno of the last failed call of this thread. */
    static int errno() {
        return LastError.getLastError(RUNTIME);
    }

    /** Zeroed memory outside the heap; freed when the pointer is collected, so keep it as long as its address is used. */
    static Pointer allocate(int bytes) {
        return Memory.allocateDirect(RUNTIME, bytes, true);
    }

    /**
     * {@code result} unless it is a failure.
     *
     * @param what completes "cannot ...", such as "open /dev/net/tun"
     */
    static int check(int result, String what) throws SystemCallException {
        if (result < 0) {
            throw SystemCallException.lastOf(what);
        }
        return result;
    }
}
