package net.sojourn.daemon;

import java.io.IOException;
import net.sojourn.daemon.config.DaemonSettings;
import net.sojourn.daemon.control.Timeline;
import net.sojourn.daemon.entry.Socks5;
import net.sojourn.daemon.mobility.HostAddresses;
import net.sojourn.daemon.mobility.NameKeeper;
import net.sojourn.daemon.mobility.UpdatedNames;
import net.sojourn.dns.LookupSettings;
import net.sojourn.dns.NameLookup;
import net.sojourn.stack.IpAddress;

/** The parts of a daemon on this host. */
public final class HostParts implements Parts {

    private static final String NO_DRIVER =
            "this build has no TUN driver, so the daemon cannot reach the network: build it together with tun-driver";

    @Override
    public Attached attach(DaemonSettings settings) throws IOException {
        throw new IOException(NO_DRIVER);
    }

    @Override
    public HostAddresses addresses(DaemonSettings settings) throws IOException {
        throw new IOException(NO_DRIVER);
    }

    @Override
    public NameKeeper names(DaemonSettings settings, Timeline timeline) throws IOException {
        return settings.dns().isEmpty()
                ? NameKeeper.NONE
                : UpdatedNames.start(settings.dns().get(), settings.resolverServers(), timeline);
    }

    @Override
    public Socks5.Names lookup(DaemonSettings settings) {
        NameLookup lookup = new NameLookup(LookupSettings.of(settings.resolverServers()));
        return name -> lookup.lookup(name).stream().map(IpAddress::of).toList();
    }
}
