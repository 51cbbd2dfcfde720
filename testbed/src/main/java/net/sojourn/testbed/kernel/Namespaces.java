package net.sojourn.testbed.kernel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Runs Java code inside a network namespace. */
public final class Namespaces {

    private Namespaces() {}

    /**
     * Runs {@code task} on a thread of its own inside the namespace and returns its result. Sockets opened there belong to
     * that namespace for good and may be used by any thread afterwards; threads the task starts are inside as well.
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

    private static void enter(Path namespace) throws IOException {
        int fd =
                SystemCalls.check(SystemCalls.C.open(namespace.toString(), SystemCalls.O_CLOEXEC), "open " + namespace);
        try (NativeFile file = new NativeFile(fd)) {
            SystemCalls.check(SystemCalls.C.setns(file.fd(), SystemCalls.CLONE_NEWNET), "enter " + namespace);
        }
    }
}
