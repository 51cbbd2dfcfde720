package net.sojourn.daemon;

import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import net.sojourn.daemon.config.DaemonSettings;
import net.sojourn.daemon.config.DaemonSettings.Mode;
import net.sojourn.daemon.config.DaemonSettings.PublishedPort;
import net.sojourn.daemon.config.Entry;
import net.sojourn.daemon.config.Place;
import net.sojourn.daemon.control.ControlServer;
import net.sojourn.daemon.control.Reply;
import net.sojourn.daemon.control.Request;
import net.sojourn.daemon.control.Timeline;
import net.sojourn.daemon.entry.Publish;
import net.sojourn.daemon.entry.Relays;
import net.sojourn.daemon.entry.Socks5;
import net.sojourn.daemon.mobility.HostAddresses;
import net.sojourn.daemon.mobility.MigrationTimeline;
import net.sojourn.daemon.mobility.MovePolicy;
import net.sojourn.daemon.mobility.MoveRequests;
import net.sojourn.daemon.mobility.Mover;
import net.sojourn.daemon.mobility.NameKeeper;
import net.sojourn.daemon.mobility.PeerNames;
import net.sojourn.daemon.mobility.RuleBook;
import net.sojourn.daemon.rehearsal.Rehearsal;
import net.sojourn.daemon.restart.DaemonState;
import net.sojourn.daemon.restart.Guard;
import net.sojourn.daemon.restart.Restart;
import net.sojourn.daemon.restart.Upgrade;
import net.sojourn.migrate.MigrateExtension;
import net.sojourn.migrate.MigrateKeys;
import net.sojourn.migrate.Migration;
import net.sojourn.migrate.MigrationEvent;
import net.sojourn.migrate.MigrationListener;
import net.sojourn.migrate.Suite;
import net.sojourn.migrate.SuspensionCause;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.loop.SecureRandomSource;
import net.sojourn.stack.socket.SojournSocket;
import net.sojourn.stack.socket.SojournSocketFactory;
import net.sojourn.stack.spi.RandomSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running daemon: attachment, stack, Migrate, names, ways in and control socket. Any thread may call. A start that
 * fails, and {@link #close}, take everything back in the reverse order.
 */
public final class Daemon implements Closeable {

    private static final int KEY_POOL_CAPACITY = 64;
    private static final int FORGET_EVERY = 256;
    private static final long ANSWER_MILLIS = 50;
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

    private final DaemonSettings settings;
    private final Timeline timeline = Timeline.logged();
    private final Deque<Closeable> opened = new ArrayDeque<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicInteger connectionsOpened = new AtomicInteger();
    private final long startedNanos = System.nanoTime();

    private final NetworkStack stack;
    private final MigrateExtension migrate;
    private final NameKeeper names;
    private final RuleBook rules;
    private final PeerNames peers;
    /** The mover is there. */
    private volatile boolean moving;

    private final Mover mover;
    private final MoveRequests moves;
    private final Relays relays;
    private final List<TcpConnection> thawed;
    private final Restart restart;
    private final Guard guard;
    private final String socks5Address;

    private Daemon(DaemonSettings settings, Parts parts, MigrationListener program) throws IOException {
        this.settings = settings;
        rules = new RuleBook(
                settings.move().rules(),
                settings.stack().firstEphemeralPort(),
                settings.stack().lastEphemeralPort());
        opened.push(timeline);
        ExecutorService threads = threads();
        boolean complete = false;
        try {
            Parts.Attached attached = parts.attach(settings);
            opened.push(attached.undo());
            opened.push(attached.port()::close);
            HostAddresses host = parts.addresses(settings);
            opened.push(host);
            RandomSource random = new SecureRandomSource();
            MigrateKeys keys = MigrateKeys.pooled(random, threads, KEY_POOL_CAPACITY);
            opened.push(keys::close);
            migrate = new MigrateExtension(
                    settings.migrate(), keys, random, new Listener(new MigrationTimeline(timeline), program));
            Socks5.Names lookup = parts.lookup(settings);
            peers = new PeerNames(lookup::addressesOf, threads, settings.peerNames(), this::peerMayBeAt);
            migrate.locatePeersBy(peers);
            guard = attached.guard();
            restart = new Restart(
                    settings.restart(),
                    settings.attachment().tun(),
                    Duration.ofNanos(settings.migrate().resumeWindowNanos()));
            stack = restart.start(builder(attached));
            opened.push(() -> restart.stop(stack, knownOfTheLiving(), attached.guard()));
            restart.before().peerNames().forEach(peers::opened);
            rules.goOn(restart.before().rules());
            names = parts.names(settings, timeline);
            opened.push(names);
            mover = new Mover(stack, migrate, host, names, timeline, new MovePolicy(settings.move()), rules, peers);
            opened.push(mover);
            moves = mover.requests();
            moving = true;
            startMoving();
            relays = new Relays(threads);
            for (PublishedPort port : settings.published()) {
                Publish publish = Publish.start(stack, port, this::accepted, relays, threads);
                opened.push(publish);
                stack.thawed().stream()
                        .filter(connection -> connection.localAddress().getPort() == port.port())
                        .filter(connection -> !restart.hasRelay(connection))
                        .forEach(publish::serveSoon);
            }
            stack.thawed().stream().filter(restart::hasRelay).forEach(this::cameBack);
            thawed = restart.resume(stack, relays).stream()
                    .filter(connection -> !isPublished(connection))
                    .toList();
            socks5Address = startSocks5(lookup, threads);
            opened.push(ControlServer.start(settings.controlSocket(), this::answer, timeline, threads));
            restart.complete();
            complete = true;
        } finally {
            if (!complete) {
                close();
            }
        }
        LOG.info(
                "daemon=started mode={} tun={} socks5={} published={} control={}",
                settings.attachment().mode().word(),
                settings.attachment().tun(),
                socks5Address,
                settings.published().size(),
                settings.controlSocket());
        if (!isRouted()) {
            daemonThread(() -> rehearse(parts), "sojourn-rehearsal").start();
        }
    }

    private void rehearse(Parts parts) {
        // A view of its own: the mover's is closed when the daemon stops, in the midst of a rehearsal perhaps.
        try (HostAddresses real = parts.addresses(settings)) {
            LOG.debug("rehearsal=done moves={}", Rehearsal.run(settings.migrate(), settings.move(), real));
        } catch (IOException e) {
            LOG.warn("rehearsal=failed error=\"{}\" effect=\"the first move is slower\"", e.toString());
        }
    }

    /** @throws IOException saying which part could not start and what to do; nothing is left behind then */
    public static Daemon start(DaemonSettings settings, Parts parts) throws IOException {
        return new Daemon(settings, parts, MigrationListener.NONE);
    }

    /**
     * As {@link #start(DaemonSettings, Parts)}.
     *
     * @param program hears when connections are suspended, resumed and moved; on the stack's loop, so it must not block
     */
    public static Daemon start(DaemonSettings settings, Parts parts, MigrationListener program) throws IOException {
        return new Daemon(settings, parts, program);
    }

    /**
     * For programs that live in the daemon's process. Their connections outlive the daemon if the settings say so: they are
     * {@link #thawed} after the next start.
     */
    public NetworkStack stack() {
        return stack;
    }

    /** Moves connections, and says why they are where they are. */
    public MoveRequests moves() {
        return moves;
    }

    /**
     * Connections of programs in the daemon's process, in its former life: theirs to go on with, or to abort. What was a SOCKS5
     * client's or a published port's is not among them.
     */
    public List<TcpConnection> thawed() {
        return thawed;
    }

    public Timeline timeline() {
        return timeline;
    }

    private ExecutorService threads() {
        AtomicInteger number = new AtomicInteger();
        ExecutorService threads =
                Executors.newCachedThreadPool(task -> daemonThread(task, "sojourn-" + number.incrementAndGet()));
        opened.push(() -> stop(threads));
        return threads;
    }

    private static Thread daemonThread(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private static void stop(ExecutorService threads) {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(2, TimeUnit.SECONDS)) {
                LOG.warn("daemon=stop left=\"threads that do not end\"");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private NetworkStack.Builder builder(Parts.Attached attached) {
        NetworkStack.Builder builder =
                NetworkStack.builder(attached.port()).settings(settings.stack()).extension(migrate);
        if (isRouted()) {
            settings.attachment().addresses().forEach(builder::address);
        } else {
            builder.sourceSelection(this::sourceFor);
        }
        return builder;
    }

    private boolean isRouted() {
        return settings.attachment().mode() == Mode.ROUTED;
    }

    /** The stack's own addresses do not change: in mode routed nothing moves but by a person's wish. */
    private void startMoving() throws IOException {
        if (isRouted()) {
            names.publish(stack.addresses());
        } else {
            mover.start();
        }
    }

    private String startSocks5(Socks5.Names lookup, ExecutorService threads) throws IOException {
        if (settings.socks5().isEmpty()) {
            return "";
        }
        Socks5 socks = Socks5.start(
                settings.socks5().get(),
                new SojournSocketFactory(stack),
                lookup,
                this::openedByClient,
                relays,
                threads);
        opened.push(socks);
        return socks.address().getAddress().getHostAddress() + ":"
                + socks.address().getPort();
    }

    private void openedByClient(Socket remote, String name) {
        idOf(remote).ifPresent(id -> {
            if (!name.isEmpty()) {
                peers.opened(id, name);
            }
            came(id, Entry.SOCKS5);
        });
    }

    private void accepted(TcpConnection peer) {
        peers.accepted(peer.id(), IpAddress.of(peer.remoteAddress().getAddress()));
        came(peer.id(), Entry.PUBLISH);
    }

    private boolean isPublished(TcpConnection connection) {
        int here = connection.localAddress().getPort();
        return settings.published().stream().anyMatch(port -> port.port() == here);
    }

    /** It has a relay of the program that this process was before. */
    private void cameBack(TcpConnection connection) {
        if (isPublished(connection)) {
            accepted(connection);
        } else {
            came(connection.id(), Entry.SOCKS5);
        }
    }

    private static OptionalLong idOf(Socket socket) {
        return socket instanceof SojournSocket ours ? ours.connectionId() : OptionalLong.empty();
    }

    private void came(long id, Entry entry) {
        rules.opened(id, entry);
        mover.connectionsCame();
        if (connectionsOpened.incrementAndGet() % FORGET_EVERY == 0) {
            forgetTheDead();
        }
    }

    private DaemonState knownOfTheLiving() {
        forgetTheDead();
        return new DaemonState(List.of(), peers.names(), rules.kept());
    }

    private void forgetTheDead() {
        try {
            Set<Long> living =
                    stack.connections().stream().map(ConnectionInfo::id).collect(Collectors.toSet());
            peers.retain(living);
            rules.retain(living);
        } catch (IOException e) {
            LOG.debug("daemon=stopping");
        }
    }

    private Optional<IpAddress> sourceFor(IpAddress peer) {
        try {
            return moving ? mover.sourceFor(peer) : Optional.empty();
        } catch (IOException e) {
            LOG.warn("route=unknown peer={} error=\"{}\"", peer, e.getMessage());
            return Optional.empty();
        }
    }

    /** What happens to connections goes on the timeline, to the mover, and to the program. On the loop. */
    private final class Listener implements MigrationListener {

        private final MigrationListener told;
        private final MigrationListener program;

        Listener(MigrationListener told, MigrationListener program) {
            this.told = told;
            this.program = program;
        }

        @Override
        public void migrationEvent(Migration migration, MigrationEvent event, long nowNanos) {
            told.migrationEvent(migration, event, nowNanos);
            program.migrationEvent(migration, event, nowNanos);
            if (!moving) {
                return; // connections of a former life, before this one is complete
            }
            if (event instanceof MigrationEvent.Negotiated) {
                mover.connectionsCame();
            } else if (event instanceof MigrationEvent.MoveAbandoned) {
                mover.abandoned(migration.connectionId());
            }
        }

        @Override
        public void onSuspended(Migration migration, SuspensionCause cause, Duration atMost) {
            program.onSuspended(migration, cause, atMost);
        }

        @Override
        public void onResumed(Migration migration, Duration suspended) {
            program.onResumed(migration, suspended);
        }

        @Override
        public void onMoved(Migration migration, FourTuple from, FourTuple to) {
            program.onMoved(migration, from, to);
        }
    }

    /** A lookup has an answer: whoever asks for the peer elsewhere asks there. */
    private void peerMayBeAt(List<IpAddress> addresses, long connectionId) {
        try {
            stack.onLoop(now -> {
                migrate.migrationOf(connectionId).ifPresent(migration -> addresses.stream()
                        .filter(address -> !address.equals(migration.tuple().peerAddress()))
                        .findFirst()
                        .ifPresent(address -> migration.peerMayBeAt(address, now)));
                return Boolean.TRUE;
            });
        } catch (IOException e) {
            LOG.debug("connection={} error=\"{}\"", connectionId, e.getMessage());
        }
    }

    // ---- answers

    private Reply answer(Request request) throws IOException {
        if (request instanceof Request.Status) {
            return status();
        } else if (request instanceof Request.Connections) {
            return connections(info -> true);
        } else if (request instanceof Request.Migrate order) {
            return new Reply.Migrated(
                    moves.moveNow(order.connection(), order.to().map(Place::parse)));
        } else if (request instanceof Request.ChangeRule order) {
            moves.changeRule(
                    order.connection(),
                    order.change(),
                    order.places().stream().map(Place::parse).toList());
            return connections(info -> info.id() == order.connection());
        } else if (request instanceof Request.DnsPush) {
            names.push();
            return dns();
        } else if (request instanceof Request.Upgrade) {
            return upgrade();
        } else if (request instanceof Request.DnsShow) {
            return dns();
        }
        return new Reply.Version(version());
    }

    /** The answer goes out before the program does. */
    private Reply upgrade() throws IOException {
        if (!settings.restart().keepConnections()) {
            throw new IOException("restart.keep_connections is false, so an upgrade would end every connection; restart"
                    + " the daemon instead");
        }
        Upgrade.check();
        Thread thread = new Thread(this::exec, "sojourn-upgrade");
        thread.start();
        return new Reply.Upgrading(ProcessHandle.current().pid());
    }

    private void exec() {
        try {
            TimeUnit.MILLISECONDS.sleep(ANSWER_MILLIS);
            restart.exec(stack, relays, knownOfTheLiving(), guard, this);
        } catch (IOException | RuntimeException e) {
            LOG.error("daemon=upgrade error=\"{}\" action=\"stopping\"", e.toString());
            close();
            // Whoever watches the daemon starts it again; it finds what was saved.
            Runtime.getRuntime().exit(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Reply dns() {
        return new Reply.Dns(settings.dns().isPresent(), names.status());
    }

    private Reply status() throws IOException {
        List<ConnectionInfo> connections = stack.connections();
        return new Reply.Status(
                version(),
                ProcessHandle.current().pid(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos),
                settings.attachment().mode().word(),
                settings.attachment().tun(),
                stack.addresses().stream().sorted().map(IpAddress::toString).toList(),
                moves.uplinks(),
                settings.migrate().suites().stream()
                        .findFirst()
                        .orElse(Suite.OFF)
                        .name()
                        .toLowerCase(Locale.ROOT),
                settings.move().rules().size(),
                socks5Address,
                settings.published().stream()
                        .map(port -> port.port() + " -> " + port.to())
                        .toList(),
                connections.size(),
                (int) connections.stream().filter(ConnectionInfo::migratable).count(),
                (int) connections.stream().filter(ConnectionInfo::suspended).count(),
                connections.stream().mapToLong(ConnectionInfo::moves).sum(),
                String.join("; ", names.status()));
    }

    private Reply connections(Predicate<ConnectionInfo> wanted) throws IOException {
        Map<Long, MoveRequests.Explanation> explanations = moves.explain();
        return new Reply.Connections(stack.connections().stream()
                .filter(wanted)
                .map(info -> connection(info, explanations.getOrDefault(info.id(), MoveRequests.Explanation.NONE)))
                .toList());
    }

    private Reply.Connection connection(ConnectionInfo info, MoveRequests.Explanation explanation) {
        return new Reply.Connection(
                info.id(),
                info.tuple().local(),
                info.tuple().peer(),
                info.state().toString(),
                info.extension(),
                info.migratable(),
                info.suspended(),
                info.moves(),
                TimeUnit.NANOSECONDS.toMillis(info.ageNanos()),
                info.srttNanos() < 0 ? -1 : info.srttNanos() / 1000,
                info.cwndBytes(),
                info.flightBytes(),
                info.octetsAcknowledged(),
                info.octetsReceived(),
                info.octetsRetransmitted(),
                info.sendQueueBytes(),
                info.receiveQueueBytes(),
                explanation.interfaceName(),
                rules.entryOf(info.id()).word(),
                peers.nameOf(info.id()),
                explanation.rule(),
                explanation.why(),
                explanation.words());
    }

    /** Of the packaged program. */
    public static String version() {
        String packaged = Daemon.class.getPackage().getImplementationVersion();
        return packaged == null ? "0.1.0-SNAPSHOT" : packaged;
    }

    /** Keeps the connections it can, ends the others and takes back what the start did. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (IOException | RuntimeException e) {
                LOG.warn("daemon=stop error=\"{}\"", e.toString());
            }
        }
        LOG.info("daemon=stopped");
    }
}
