package net.sojourn.daemon.restart;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.sojourn.daemon.config.DaemonSettings.RestartSettings;
import net.sojourn.daemon.entry.RelayState;
import net.sojourn.daemon.entry.Relays;
import net.sojourn.daemon.restart.ConnectionsFile.Saved;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.tun.host.NetworkNamespace;
import net.sojourn.tun.host.RunFolder;
import net.sojourn.tun.host.SelfExec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops a daemon's stack so that the next one can go on with its connections, and starts one from what is there. Nothing
 * that is wrong with the file keeps a daemon from starting: it starts without, and says so. docs/restart.md.
 */
public final class Restart {

    private static final Logger LOG = LoggerFactory.getLogger(Restart.class);

    private final RestartSettings settings;
    private final Duration longestAge;
    private final ConnectionsFile file;
    private final Set<Integer> inherited = new HashSet<>();
    private final List<RelayState> relays = new ArrayList<>();
    private final List<RelayState> orphans = new ArrayList<>();
    private DaemonState before = DaemonState.NOTHING;
    private volatile boolean stopped;

    /**
     * @param tun name of the stack's device
     * @param longestAge after which no peer waits for us any more
     */
    public Restart(RestartSettings settings, String tun, Duration longestAge) throws IOException {
        this.settings = settings;
        this.longestAge = longestAge;
        this.file = new ConnectionsFile(fileOf(settings, tun), Clock.systemUTC());
    }

    /** A daemon's own, whatever others there are on the machine: by the device it makes and the namespace it runs in. */
    private static Path fileOf(RestartSettings settings, String tun) throws IOException {
        return settings.stateFile().isPresent()
                ? settings.stateFile().get()
                : RunFolder.PATH.resolve(tun + "-" + NetworkNamespace.ownNumber() + ".connections");
    }

    /** Starts the stack with the connections that the file holds, if there is one. */
    public NetworkStack start(NetworkStack.Builder builder) {
        inherited.addAll(Inherited.descriptors());
        try {
            Saved saved = file.read().orElse(null);
            if (saved != null) {
                try (saved) {
                    return start(builder, saved);
                }
            }
        } catch (FrozenStateException e) {
            setAside(e);
        } catch (IOException e) {
            LOG.error("restart=unreadable file={} error=\"{}\" action=\"started without\"", file.path(), e.toString());
        }
        return builder.start();
    }

    private NetworkStack start(NetworkStack.Builder builder, Saved saved) throws IOException {
        if (!settings.keepConnections() || saved.age().compareTo(longestAge) > 0) {
            LOG.warn(
                    "restart=not-used file={} ageSeconds={} reason=\"{}\" action=\"wiped; started without\"",
                    file.path(),
                    saved.age().toSeconds(),
                    settings.keepConnections()
                            ? "older than migrate.resume_window_seconds"
                            : "restart.keep_connections is false");
            file.wipe();
            return builder.start();
        }
        DaemonState daemon = DaemonState.decode(saved.daemon());
        NetworkStack stack = builder.startFrom(saved.stack(), saved.age());
        before = daemon;
        sort(daemon.relays(), saved.process());
        LOG.info(
                "restart=restored connections={} downMillis={}",
                stack.connections().size(),
                saved.age().toMillis());
        return stack;
    }

    private void sort(List<RelayState> frozen, ProcessLife process) throws IOException {
        boolean sameProcess = process.equals(ProcessLife.own());
        for (RelayState relay : frozen) {
            // Its local side closed with the process that had it.
            boolean lives = sameProcess && inherited.contains(relay.descriptor());
            (lives ? relays : orphans).add(relay);
        }
    }

    /** What the daemon knew of the connections that were restored. */
    public DaemonState before() {
        return before;
    }

    /**
     * Goes on with the relays of the program that this process was before.
     *
     * @return connections that never had a relay
     */
    public List<TcpConnection> resume(NetworkStack stack, Relays all) {
        List<TcpConnection> others = new ArrayList<>(stack.thawed());
        others.removeIf(connection -> hasRelay(connection));
        for (RelayState state : relays) {
            connection(stack, state).ifPresent(remote -> {
                try {
                    all.resume(state, remote);
                    inherited.remove(state.descriptor());
                } catch (IOException e) {
                    LOG.warn("restart=relay-lost error=\"{}\"", e.getMessage());
                    remote.abort();
                }
            });
        }
        orphans.forEach(state -> connection(stack, state).ifPresent(TcpConnection::abort));
        inherited.forEach(Inherited::close);
        return others;
    }

    /** Whether a relay of a former life has this connection. */
    public boolean hasRelay(TcpConnection connection) {
        return Stream.concat(relays.stream(), orphans.stream())
                .anyMatch(state -> state.connection() == connection.id());
    }

    private static Optional<TcpConnection> connection(NetworkStack stack, RelayState state) {
        return stack.thawed().stream()
                .filter(connection -> connection.id() == state.connection())
                .findFirst();
    }

    /**
     * Freezes stack and relays and replaces the program of this process by the one on the disk, which goes on with them.
     * Does not return if it succeeds.
     *
     * @param known what else the next program shall know
     * @param last takes everything else back
     */
    public void exec(NetworkStack stack, Relays all, DaemonState known, Guard guard, Closeable last)
            throws IOException {
        all.freeze();
        List<FourTuple> worthIt = worthIt(stack);
        raise(guard, worthIt);
        stopped = true;
        byte[] state = stack.freeze();
        List<RelayState> states = all.states();
        byte[] daemon = known.with(states).encode();
        try {
            file.write(state, daemon, ProcessLife.own());
        } finally {
            Arrays.fill(state, (byte) 0);
            Arrays.fill(daemon, (byte) 0);
        }
        last.close();
        LOG.info("restart=exec connections={} relays={}", worthIt.size(), states.size());
        Set<Integer> keep = states.stream().map(RelayState::descriptor).collect(Collectors.toSet());
        SelfExec.exec(keep, Inherited.VARIABLE, Inherited.text(keep));
    }

    private void setAside(FrozenStateException e) {
        try {
            LOG.error(
                    "restart=refused reason={} error=\"{}\" kept={} action=\"started without\"",
                    e.reason(),
                    e.getMessage(),
                    file.setAside());
        } catch (IOException also) {
            LOG.error(
                    "restart=refused reason={} error=\"{}\" also=\"{}\"", e.reason(), e.getMessage(), also.toString());
        }
    }

    /** All that was to be restored lives: what the file holds is of no use any more. */
    public void complete() throws IOException {
        file.wipe();
    }

    /**
     * Stops the stack. Connections that are worth it are kept if the settings say so; the rest is reset.
     *
     * @param known what else the next daemon shall know
     * @param guard asked for peace before anything is taken back on the host
     */
    public void stop(NetworkStack stack, DaemonState known, Guard guard) throws IOException {
        if (stopped) {
            return;
        }
        List<FourTuple> worthIt = worthIt(stack);
        if (!settings.keepConnections() || worthIt.isEmpty()) {
            stack.close();
            return;
        }
        // Before the port goes: what the attachment would hand to it falls to the kernel from then on.
        raise(guard, worthIt);
        byte[] state = stack.freeze();
        try {
            file.write(state, known.encode(), ProcessLife.own());
            LOG.info("restart=saved connections={} file={}", worthIt.size(), file.path());
        } catch (IOException e) {
            LOG.error("restart=lost connections={} file={} error=\"{}\"", worthIt.size(), file.path(), e.toString());
            return;
        } finally {
            Arrays.fill(state, (byte) 0);
        }
    }

    private static List<FourTuple> worthIt(NetworkStack stack) throws IOException {
        return stack.connections().stream()
                .filter(info -> info.state().isSynchronized() && info.state() != TcpState.TIME_WAIT)
                .map(ConnectionInfo::tuple)
                .toList();
    }

    private void raise(Guard guard, List<FourTuple> connections) {
        if (settings.guardSeconds() > 0) {
            try {
                guard.raise(connections);
            } catch (IOException e) {
                LOG.warn("restart=unguarded error=\"{}\" effect=\"the kernel resets what is kept\"", e.getMessage());
            }
        }
    }
}
