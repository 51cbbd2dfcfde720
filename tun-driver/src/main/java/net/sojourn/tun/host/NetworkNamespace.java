package net.sojourn.tun.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import jnr.ffi.Pointer;
import net.sojourn.tun.syscall.FileDescriptor;
import net.sojourn.tun.syscall.Libc;
import net.sojourn.tun.syscall.SystemCallException;

/** Runs Java code inside a network namespace. Needs CAP_SYS_ADMIN. Source: setns(2), network_namespaces(7). */
public final class NetworkNamespace {

    private static final Path OWN = Path.of("/proc/thread-self/ns/net");

    private NetworkNamespace() {}

    /**
     * Runs {@code task} on a thread of its own inside the namespace and returns its result. Sockets and devices opened
     * there belong to that namespace for good and may be used by any thread afterwards; threads the task starts are
     * inside as well.
     *
     * @param namespace its file, such as {@code /run/netns/NAME}
     * @throws IOException if the namespace cannot be entered, or what the task threw
     */
    public static <T> T call(Path namespace, Callable<T> task) throws IOException {
        FutureTask<T> inside = new FutureTask<>(() -> {
            enter(namespace);
            return task.call();
        });
        Thread thread = new Thread(inside, "in-" + namespace.getFileName());
        thread.setDaemon(true);
        thread.start();
        try {
            return inside.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while working in " + namespace, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        }
    }

    /**
     * A number for the calling thread's namespace that no other has or will have until the machine starts anew; {@link
     * #ownFileNumber}, where the kernel is older than 5.14. Source: socket(7), SO_NETNS_COOKIE.
     */
    public static String ownNumber() throws IOException {
        int number = Libc.check(Libc.C.socket(Libc.AF_INET, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0), "make a socket");
        Pointer cookie = Libc.allocate(Long.BYTES);
        Pointer length = Libc.allocate(Integer.BYTES);
        length.putInt(0, Long.BYTES);
        try (FileDescriptor socket = new FileDescriptor(number)) {
            int answer = Libc.C.getsockopt(
                    socket.number(), Libc.SOL_SOCKET, Libc.SO_NETNS_COOKIE, cookie.address(), length.address());
            if (answer == 0) {
                return Long.toUnsignedString(cookie.getLong(0));
            }
        }
        return ownFileNumber();
    }

    /** Of the calling thread's namespace; the kernel gives it to another one when this is gone. */
    public static String ownFileNumber() throws IOException {
        return Files.readSymbolicLink(OWN).toString().replaceAll("[^0-9]", "");
    }

    private static void enter(Path namespace) throws SystemCallException {
        int number = Libc.check(Libc.C.open(namespace.toString(), Libc.O_CLOEXEC), "open " + namespace);
        try (FileDescriptor file = new FileDescriptor(number)) {
            Libc.check(Libc.C.setns(file.number(), Libc.CLONE_NEWNET), "enter " + namespace);
        }
    }
}
