package net.sojourn.daemon.entry;

import java.io.Closeable;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import net.sojourn.daemon.config.DaemonSettings;
import net.sojourn.daemon.config.Prefix;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.tun.host.KernelSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port of the stack behind which a server of the host's kernel answers. A peer whose address is not allowed, or whose
 * server refuses, gets a reset.
 */
public final class Publish implements Closeable {

    private static final int BACKLOG = 1024;
    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;
    private static final Logger LOG = LoggerFactory.getLogger(Publish.class);

    private final DaemonSettings.PublishedPort settings;
    private final TcpListener listener;
    private final Consumer<TcpConnection> accepted;
    private final Relays relays;
    private final ExecutorService threads;
    private final Set<TcpConnection> open = ConcurrentHashMap.newKeySet();

    private Publish(
            DaemonSettings.PublishedPort settings,
            TcpListener listener,
            Consumer<TcpConnection> accepted,
            Relays relays,
            ExecutorService threads) {
        this.settings = settings;
        this.listener = listener;
        this.accepted = accepted;
        this.relays = relays;
        this.threads = threads;
    }

    /**
     * Listens on every address of the stack, now and later.
     *
     * @param accepted hears of each connection that is served
     */
    public static Publish start(
            NetworkStack stack,
            DaemonSettings.PublishedPort settings,
            Consumer<TcpConnection> accepted,
            Relays relays,
            ExecutorService threads)
            throws IOException {
        TcpListener listener;
        try {
            listener = stack.listen(null, settings.port(), BACKLOG);
        } catch (IOException e) {
            throw new IOException(
                    "cannot publish port " + settings.port() + ": " + e.getMessage() + ". Is it published twice?", e);
        }
        Publish publish = new Publish(settings, listener, accepted, relays, threads);
        threads.execute(publish::acceptAll);
        return publish;
    }

    private void acceptAll() {
        while (!listener.isClosed()) {
            try {
                serveSoon(listener.accept(0));
            } catch (IOException | RejectedExecutionException e) {
                LOG.debug("publish={} stopped=\"{}\"", settings.port(), e.getMessage());
                return;
            }
        }
    }

    /** One that was accepted here, or by a daemon that is gone and had not served it yet. */
    public void serveSoon(TcpConnection peer) {
        open.add(peer);
        threads.execute(() -> serve(peer));
    }

    private void serve(TcpConnection peer) {
        try {
            IpAddress source = IpAddress.of(peer.remoteAddress().getAddress());
            if (!isAllowed(source)) {
                LOG.info("publish={} peer={} refused=\"not in sources\"", settings.port(), source);
                peer.abort();
                return;
            }
            accepted.accept(peer);
            try (KernelSocket server = KernelSocket.connect(settings.to(), CONNECT_TIMEOUT_MILLIS)) {
                server.noDelay();
                relays.run(server, peer);
            }
        } catch (IOException e) {
            LOG.warn("publish={} to={} error=\"{}\"", settings.port(), settings.to(), e.getMessage());
            peer.abort();
        } finally {
            open.remove(peer);
        }
    }

    private boolean isAllowed(IpAddress source) {
        return settings.sources().isEmpty()
                || settings.sources().stream().anyMatch((Prefix prefix) -> prefix.contains(source));
    }

    public int port() {
        return settings.port();
    }

    /** Ends the listening and every connection. */
    @Override
    public void close() {
        listener.close();
        open.forEach(TcpConnection::abort);
    }
}
