package net.sojourn.daemon.entry;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import net.sojourn.stack.TcpConnection;
import net.sojourn.tun.host.KernelSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All relays of a daemon, so that they can stand still together. Any thread. */
public final class Relays {

    private static final Logger LOG = LoggerFactory.getLogger(Relays.class);

    private final ExecutorService threads;
    private final Set<Relay> running = ConcurrentHashMap.newKeySet();
    private volatile boolean frozen;

    /** @param threads one of them for each relay */
    public Relays(ExecutorService threads) {
        this.threads = threads;
    }

    /** Returns when both directions have ended; both are closed then. */
    void run(KernelSocket local, TcpConnection remote) {
        run(new Relay(local, remote));
    }

    private void run(Relay relay) {
        running.add(relay);
        try {
            if (frozen) {
                relay.freeze();
            }
            relay.run(threads);
        } finally {
            running.remove(relay);
        }
    }

    /** All stand still from now on, those that come too. {@link #states} follows, when the stack is frozen. */
    public void freeze() {
        frozen = true;
        running.forEach(Relay::freeze);
    }

    /** Where they stand, with descriptors that are the caller's. */
    public List<RelayState> states() {
        List<RelayState> states = new ArrayList<>();
        for (Relay relay : running) {
            try {
                relay.state().ifPresent(states::add);
            } catch (IOException e) {
                LOG.warn("relay=lost error=\"{}\"", e.getMessage());
            }
        }
        running.forEach(Relay::release);
        return states;
    }

    /** Goes on with one that stood still. */
    public void resume(RelayState state, TcpConnection remote) throws IOException {
        Relay relay = new Relay(KernelSocket.adopt(state.descriptor()), remote, state);
        threads.execute(() -> run(relay));
    }
}
