package net.sojourn.dns;

import java.util.List;
import java.util.Optional;

/**
 * How zones and servers are found. Whatever is empty is found by DNS itself.
 *
 * @param zone the zone of all names; empty: by SOA
 * @param primaries where updates go, best first; empty: the SOA's primary, then the zone's name servers
 * @param verifyServers who must agree that a name is published; empty: {@code primaries} if given, else all name servers
 * @param resolvers whom to ask for SOA and NS; empty: those of {@code /etc/resolv.conf}, read anew each time
 */
public record ZoneSettings(
        Optional<String> zone,
        List<ServerAddress> primaries,
        List<ServerAddress> verifyServers,
        List<ServerAddress> resolvers) {

    public static final ZoneSettings DISCOVER = new ZoneSettings(Optional.empty(), List.of(), List.of(), List.of());

    /** @throws IllegalArgumentException if the zone is no DNS name */
    public ZoneSettings {
        zone = zone.map(DnsNames::canonical);
        primaries = List.copyOf(primaries);
        verifyServers = List.copyOf(verifyServers);
        resolvers = List.copyOf(resolvers);
    }

    /** All of it fixed: one zone, these servers, nothing asked of anybody else. */
    public static ZoneSettings of(String zone, List<ServerAddress> primaries) {
        return new ZoneSettings(Optional.of(zone), primaries, List.of(), List.of());
    }
}
