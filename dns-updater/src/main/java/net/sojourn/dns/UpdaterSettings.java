package net.sojourn.dns;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * All of an updater. Immutable.
 *
 * @param names the names to keep; each once
 * @param resolvers who is asked for zones and primaries; empty: those of {@code /etc/resolv.conf}, read each time
 * @param stateFile what is remembered between runs; made with mode 0600, its directory must exist. Losing it costs one query
 */
public record UpdaterSettings(
        List<NameSettings> names, List<InetSocketAddress> resolvers, Path stateFile, UpdateTiming timing) {

    public UpdaterSettings {
        names = List.copyOf(names);
        resolvers = List.copyOf(resolvers);
        Set<String> seen = new HashSet<>();
        for (NameSettings name : names) {
            if (!seen.add(canonical(name.host()))) {
                throw new IllegalArgumentException("names: " + name.host() + " is there twice");
            }
        }
        for (InetSocketAddress resolver : resolvers) {
            if (resolver.isUnresolved()) {
                throw new IllegalArgumentException("resolvers: " + resolver + " must be an IP address and a port");
            }
        }
    }

    /** One spelling for each name: lower case, no final dot. */
    static String canonical(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
