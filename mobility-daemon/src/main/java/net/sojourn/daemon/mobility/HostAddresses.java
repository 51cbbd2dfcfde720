package net.sojourn.daemon.mobility;

import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import net.sojourn.stack.IpAddress;

/** The host's addresses and routes as they are now. Implemented over rtnetlink, and by tests. Any thread. */
public interface HostAddresses extends Closeable {

    /** Addresses that a connection may use (no tentative, deprecated or link-local ones), with their interface. */
    Map<IpAddress, InterfaceView> usable() throws IOException;

    /** The source the kernel would choose towards {@code peer}; empty without a route. */
    Optional<IpAddress> sourceFor(IpAddress peer) throws IOException;

    /** Whether packets from {@code source} get to {@code peer} by the interface that has it, whatever the kernel prefers. */
    boolean leads(IpAddress source, IpAddress peer) throws IOException;

    /** Calls {@code changed} after every change of an address or route, on a thread of its own, until closed. */
    void listen(Runnable changed) throws IOException;
}
