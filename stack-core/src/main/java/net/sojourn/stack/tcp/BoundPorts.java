package net.sojourn.stack.tcp;

import java.util.ArrayList;
import java.util.List;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.TcpState;
import org.jspecify.annotations.Nullable;

/** Local ports that sockets hold from their bind to their close (POSIX {@code bind}). Loop thread only. */
public final class BoundPorts {

    /**
     * @param address null for every address
     * @param reuse SO_REUSEADDR: connections that are dying, and others who say the same, do not stand in the way
     */
    private record Bound(Object owner, @Nullable IpAddress address, int port, boolean reuse) {

        boolean meets(@Nullable IpAddress other, int otherPort) {
            return port == otherPort && overlap(address, other);
        }
    }

    private final Tcp tcp;
    private final List<Bound> all = new ArrayList<>();

    BoundPorts(Tcp tcp) {
        this.tcp = tcp;
    }

    private static boolean overlap(@Nullable IpAddress one, @Nullable IpAddress other) {
        return one == null || other == null || one.equals(other);
    }

    /**
     * Holds a port for {@code owner}, who gives it back with {@link #release}.
     *
     * @param port 0 chooses one
     * @return the port, or -1 if it is in use or none is left
     */
    public int bind(Object owner, @Nullable IpAddress address, int port, boolean reuse) {
        int chosen = port == 0 ? tcp.unusedPort() : port;
        if (chosen < 0 || (port != 0 && isTaken(address, port, reuse))) {
            return -1;
        }
        all.add(new Bound(owner, address, chosen, reuse));
        return chosen;
    }

    private boolean isTaken(@Nullable IpAddress address, int port, boolean reuse) {
        if (tcp.isListening(address, port)) {
            return true;
        }
        for (Bound other : all) {
            if (other.meets(address, port) && !(reuse && other.reuse())) {
                return true;
            }
        }
        return tcp.connections().stream()
                .filter(tcb -> tcb.tuple().localPort() == port)
                .filter(tcb -> overlap(address, tcb.tuple().localAddress()))
                // A connection that an earlier listener on this port took is no hindrance for its successor.
                .anyMatch(tcb -> !reuse || (tcb.initiator && tcb.state() != TcpState.TIME_WAIT));
    }

    public void release(Object owner) {
        all.removeIf(bound -> bound.owner() == owner);
    }

    boolean holds(int port) {
        return all.stream().anyMatch(bound -> bound.port() == port);
    }
}
