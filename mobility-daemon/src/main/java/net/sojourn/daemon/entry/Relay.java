package net.sojourn.daemon.entry;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins two connections so that each end sees what the other does: text, the end of one direction (FIN) while the other
 * goes on, and a reset. One direction on the caller's thread, one on another. Nothing read is lost: a FIN is passed on
 * behind the last octet, and both are closed only when both directions have ended.
 */
final class Relay {

    private static final int CHUNK_BYTES = 128 * 1024;
    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

    private final Socket one;
    private final Socket other;

    Relay(Socket one, Socket other) {
        this.one = one;
        this.other = other;
    }

    /** Returns when both directions have ended; both sockets are closed then. */
    void run(ExecutorService threads) {
        java.util.concurrent.Future<?> back = threads.submit(() -> pump(other, one));
        pump(one, other);
        try {
            back.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            reset(one);
            reset(other);
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            close(one);
            close(other);
        }
    }

    private static void pump(Socket from, Socket to) {
        byte[] chunk = new byte[CHUNK_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                out.write(chunk, 0, n);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            // A reset, or an end that takes no more: the other end hears it as a reset, which also wakes its reader.
            LOG.debug("relay=broken error=\"{}\"", e.getMessage());
            reset(from);
            reset(to);
        }
    }

    static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            LOG.trace("relay=already-closed");
        }
        close(socket);
    }

    static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("relay=close error=\"{}\"", e.getMessage());
        }
    }
}
