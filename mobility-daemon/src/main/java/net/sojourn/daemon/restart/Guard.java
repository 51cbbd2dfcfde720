package net.sojourn.daemon.restart;

import java.io.IOException;
import java.util.List;
import net.sojourn.stack.FourTuple;

/** Keeps peace on the host for connections that are kept; see {@link net.sojourn.tun.attach.RestartGuard}. */
@FunctionalInterface
public interface Guard {

    Guard NONE = connections -> {};

    void raise(List<FourTuple> connections) throws IOException;
}
