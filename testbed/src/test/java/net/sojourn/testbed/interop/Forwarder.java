package net.sojourn.testbed.interop;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.Callable;

/**
 * Passes each connection of a listener on to another socket, so that programs of the kernel's side reach the other side
 * through the stack. Halves are shut as they are at the other end.
 */
final class Forwarder implements AutoCloseable {

    private final ServerSocket listener;

    Forwarder(ServerSocket listener, Callable<Socket> onward) {
        this.listener = listener;
        background(() -> {
            while (!listener.isClosed()) {
                Socket from = listener.accept();
                Socket to = onward.call();
                background(() -> pump(from, to));
                background(() -> pump(to, from));
            }
            return true;
        });
    }

    private static void background(Callable<?> task) {
        Delivery.inBackground("forwarder", task);
    }

    private static boolean pump(Socket from, Socket to) throws IOException {
        byte[] chunk = new byte[64 * 1024];
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        try {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                out.write(chunk, 0, n);
            }
            to.shutdownOutput();
            if (from.isOutputShutdown()) {
                from.close();
                to.close();
            }
            return true;
        } catch (IOException e) {
            from.close();
            to.close();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
