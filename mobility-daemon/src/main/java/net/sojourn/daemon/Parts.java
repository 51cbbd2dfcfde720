package net.sojourn.daemon;

import java.io.Closeable;
import java.io.IOException;
import net.sojourn.daemon.config.DaemonSettings;
import net.sojourn.daemon.control.Timeline;
import net.sojourn.daemon.entry.Socks5;
import net.sojourn.daemon.mobility.HostAddresses;
import net.sojourn.daemon.mobility.NameKeeper;
import net.sojourn.daemon.restart.Guard;
import net.sojourn.stack.spi.PacketPort;

/**
 * Makes the parts of a daemon that touch the host: the real ones, or a test's. Each is called once, at start, in this
 * order, but {@link #addresses}, which is called again for what must not share with the mover.
 */
public interface Parts {

    /**
     * The stack's way to the network.
     *
     * @param undo takes back what was changed on the host; the port is closed by then
     * @param guard keeps peace for connections that are kept, from before {@code undo} on
     */
    record Attached(PacketPort port, Closeable undo, Guard guard) {}

    Attached attach(DaemonSettings settings) throws IOException;

    HostAddresses addresses(DaemonSettings settings) throws IOException;

    NameKeeper names(DaemonSettings settings, Timeline timeline) throws IOException;

    Socks5.Names lookup(DaemonSettings settings) throws IOException;
}
