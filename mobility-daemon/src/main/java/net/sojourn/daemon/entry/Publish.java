package net.sojourn.daemon.entry;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import net.sojourn.daemon.config.DaemonSettings;
import net.sojourn.daemon.config.Prefix;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.socket.SojournServerSocket;
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
    private final ServerSocket listener;
    private final Consumer<Socket> accepted;
    private final ExecutorService threads;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private Publish(
            DaemonSettings.PublishedPort settings,
            ServerSocket listener,
            Consumer<Socket> accepted,
            ExecutorService threads) {
        this.settings = settings;
        this.listener = listener;
        this.accepted = accepted;
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
            Consumer<Socket> accepted,
            ExecutorService threads)
            throws IOException {
        ServerSocket listener = new SojournServerSocket(stack);
        try {
            listener.bind(new InetSocketAddress(settings.port()), BACKLOG);
        } catch (IOException e) {
            listener.close();
            throw new IOException(
                    "cannot publish port " + settings.port() + ": " + e.getMessage() + ". Is it published twice?", e);
        }
        Publish publish = new Publish(settings, listener, accepted, threads);
        threads.execute(publish::acceptAll);
        return publish;
    }

    private void acceptAll() {
        while (!listener.isClosed()) {
            try {
                Socket peer = listener.accept();
                open.add(peer);
                threads.execute(() -> serve(peer));
            } catch (IOException | RejectedExecutionException e) {
                LOG.debug("publish={} stopped=\"{}\"", settings.port(), e.getMessage());
                return;
            }
        }
    }

    private void serve(Socket peer) {
        Socket server = new Socket();
        try {
            IpAddress source = IpAddress.of(peer.getInetAddress());
            if (!isAllowed(source)) {
                LOG.info("publish={} peer={} refused=\"not in sources\"", settings.port(), source);
                Relay.reset(peer);
                return;
            }
            accepted.accept(peer);
            server.setTcpNoDelay(true);
            server.connect(settings.to(), CONNECT_TIMEOUT_MILLIS);
            new Relay(peer, server).run(threads);
        } catch (IOException e) {
            LOG.warn("publish={} to={} error=\"{}\"", settings.port(), settings.to(), e.getMessage());
            Relay.reset(peer);
        } finally {
            Relay.close(server);
            open.remove(peer);
        }
    }

    private boolean isAllowed(IpAddress source) {
        return settings.sources().isEmpty()
                || settings.sources().stream().anyMatch((Prefix prefix) -> prefix.contains(source));
    }

    /** Ends the listening and every connection. */
    @Override
    public void close() throws IOException {
        listener.close();
        open.forEach(Relay::reset);
    }
}
