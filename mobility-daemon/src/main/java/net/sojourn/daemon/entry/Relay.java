package net.sojourn.daemon.entry;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import net.sojourn.stack.TcpConnection;
import net.sojourn.tun.host.KernelSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins a connection of the host's kernel and one of the stack so that each end sees what the other does: text, the end of
 * one direction (FIN) while the other goes on, and a reset. One direction on the caller's thread, one on another. Nothing
 * read is lost: a FIN is passed on behind the last octet, and both are closed only when both directions have ended.
 *
 * <p>It can be frozen together with its stack: then it stands still, knows which octets it had taken from one side and not
 * given to the other, and another program goes on from there ({@link RelayState}).
 */
final class Relay {

    private static final int CHUNK_BYTES = 64 * 1024;
    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

    private final KernelSocket local;
    private final TcpConnection remote;
    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch standing = new CountDownLatch(2);

    private volatile boolean frozen;
    private volatile boolean broken;
    // Each of them is one pump's until it stands.
    private byte[] toRemote;
    private byte[] toLocal;
    private boolean localEnded;
    private boolean remoteEnded;

    Relay(KernelSocket local, TcpConnection remote) {
        this(local, remote, new RelayState(remote.id(), -1, new byte[0], new byte[0], false, false));
    }

    /** Goes on from where another stood. */
    Relay(KernelSocket local, TcpConnection remote, RelayState from) {
        this.local = local;
        this.remote = remote;
        this.toRemote = from.toRemote();
        this.toLocal = from.toLocal();
        this.localEnded = from.localEnded();
        this.remoteEnded = from.remoteEnded();
    }

    /** Returns when both directions have ended; both sockets are closed then. */
    void run(ExecutorService threads) {
        Future<?> back = threads.submit(() -> pump(this::remoteToLocal));
        pump(this::localToRemote);
        try {
            back.get();
            if (frozen) {
                released.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            reset();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            local.close();
            remote.close();
        }
    }

    private interface Direction {
        void run() throws IOException;
    }

    private void pump(Direction direction) {
        try {
            direction.run();
        } catch (IOException e) {
            if (!frozen) {
                // A reset, or an end that takes no more: the other end hears it as a reset, which also wakes its
                // reader.
                LOG.debug("relay=broken error=\"{}\"", e.getMessage());
                broken = true;
                reset();
            }
        } finally {
            standing.countDown();
        }
    }

    private void reset() {
        local.reset();
        remote.abort();
    }

    private void localToRemote() throws IOException {
        byte[] chunk = toRemote.length > 0 ? toRemote : new byte[CHUNK_BYTES];
        int n = toRemote.length;
        while (n >= 0) {
            if (!give(chunk, n)) {
                return;
            }
            chunk = chunk.length == CHUNK_BYTES ? chunk : new byte[CHUNK_BYTES];
            n = localEnded ? -1 : local.read(chunk, 0, CHUNK_BYTES);
        }
        if (n == KernelSocket.STOPPED) {
            return;
        }
        localEnded = true;
        remote.shutdownOutput();
    }

    /** @return false if the stack was frozen; then what is left is in {@link #toRemote} */
    private boolean give(byte[] chunk, int n) throws IOException {
        long before = remote.octetsWritten();
        toRemote = new byte[0];
        try {
            remote.write(chunk, 0, n);
            return true;
        } catch (IOException e) {
            if (!remote.isFrozen()) {
                throw e;
            }
            toRemote = Arrays.copyOfRange(chunk, (int) (remote.octetsWritten() - before), n);
            return false;
        }
    }

    private void remoteToLocal() throws IOException {
        byte[] chunk = toLocal.length > 0 ? toLocal : new byte[CHUNK_BYTES];
        int n = toLocal.length;
        while (n >= 0) {
            int given = local.write(chunk, 0, n);
            toLocal = Arrays.copyOfRange(chunk, given, n);
            if (given < n) {
                return;
            }
            chunk = chunk.length == CHUNK_BYTES ? chunk : new byte[CHUNK_BYTES];
            n = remoteEnded ? -1 : remote.read(chunk, 0, CHUNK_BYTES);
        }
        remoteEnded = true;
        local.shutdownOutput();
    }

    // ---- another life

    /** From now on nothing is taken from the local side; the other side stands as soon as its stack is frozen. */
    void freeze() {
        frozen = true;
        local.stop();
    }

    /**
     * Where it stands, once its stack is frozen; empty if it is broken, or does not stand within a second.
     *
     * @return with a descriptor that is the caller's
     */
    Optional<RelayState> state() throws IOException {
        boolean stands = false;
        try {
            stands = standing.await(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return stands && !broken
                ? Optional.of(
                        new RelayState(remote.id(), local.keptDescriptor(), toRemote, toLocal, localEnded, remoteEnded))
                : Optional.empty();
    }

    /** {@link #run} may return. */
    void release() {
        released.countDown();
    }
}
