package net.sojourn.daemon.restart;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import net.sojourn.daemon.config.DaemonSettings.RestartSettings;
import net.sojourn.daemon.restart.ConnectionsFile.Saved;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.freeze.FrozenStateException;
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

    /** @param longestAge after which no peer waits for us any more */
    public Restart(RestartSettings settings, Duration longestAge) {
        this.settings = settings;
        this.longestAge = longestAge;
        this.file = new ConnectionsFile(settings.stateFile(), Clock.systemUTC());
    }

    /** Starts the stack with the connections that the file holds, if there is one. */
    public NetworkStack start(NetworkStack.Builder builder) {
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
        NetworkStack stack = builder.startFrom(saved.stack(), saved.age());
        LOG.info(
                "restart=restored connections={} downMillis={}",
                stack.connections().size(),
                saved.age().toMillis());
        return stack;
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
     * @param guard asked for peace before anything is taken back on the host
     */
    public void stop(NetworkStack stack, Guard guard) throws IOException {
        List<FourTuple> worthIt = stack.connections().stream()
                .filter(info -> info.state().isSynchronized() && info.state() != TcpState.TIME_WAIT)
                .map(ConnectionInfo::tuple)
                .toList();
        if (!settings.keepConnections() || worthIt.isEmpty()) {
            stack.close();
            return;
        }
        // Before the port goes: what the attachment would hand to it falls to the kernel from then on.
        raise(guard, worthIt);
        byte[] state = stack.freeze();
        try {
            file.write(state, new byte[0], ProcessLife.own());
            LOG.info("restart=saved connections={} file={}", worthIt.size(), file.path());
        } catch (IOException e) {
            LOG.error("restart=lost connections={} file={} error=\"{}\"", worthIt.size(), file.path(), e.toString());
            return;
        } finally {
            Arrays.fill(state, (byte) 0);
        }
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
