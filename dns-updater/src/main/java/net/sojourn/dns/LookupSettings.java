package net.sojourn.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Whom a {@link NameLookup} asks. Immutable.
 *
 * @param resolvers in this order; empty: those of {@code /etc/resolv.conf}, read for each lookup
 * @param authorities zone name → its servers, asked straight for names in that zone, before any resolver
 * @param discoverAuthorities find the servers of other zones by their SOA and NS records and ask them straight, too; they
 *     are remembered for some minutes, answers never are
 * @param timeout for one question to one server
 */
public record LookupSettings(
        List<InetSocketAddress> resolvers,
        Map<String, List<InetSocketAddress>> authorities,
        boolean discoverAuthorities,
        Duration timeout) {

    public LookupSettings {
        resolvers = List.copyOf(resolvers);
        authorities = Map.copyOf(authorities);
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout: must be positive, but is " + timeout);
        }
        authorities.forEach((zone, servers) -> {
            if (servers.isEmpty()) {
                throw new IllegalArgumentException("authorities: zone " + zone + " has no server");
            }
        });
    }

    /** The host's resolvers, no authority known, 1 s. */
    public static LookupSettings system() {
        return new LookupSettings(List.of(), Map.of(), false, Duration.ofSeconds(1));
    }

    /** These resolvers, no authority known, 1 s. */
    public static LookupSettings of(List<InetSocketAddress> resolvers) {
        return new LookupSettings(resolvers, Map.of(), false, Duration.ofSeconds(1));
    }

    public LookupSettings withAuthorities(Map<String, List<InetSocketAddress>> value) {
        return new LookupSettings(resolvers, value, discoverAuthorities, timeout);
    }

    public LookupSettings discoveringAuthorities() {
        return new LookupSettings(resolvers, authorities, true, timeout);
    }
}
