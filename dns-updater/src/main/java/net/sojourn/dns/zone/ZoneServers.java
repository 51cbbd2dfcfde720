package net.sojourn.dns.zone;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * A zone and who answers for it.
 *
 * @param zone its name with the final dot
 * @param primaries where updates go, best first; not empty
 * @param authoritative all whose answers count for verification; not empty
 */
public record ZoneServers(String zone, List<InetSocketAddress> primaries, List<InetSocketAddress> authoritative) {

    public ZoneServers {
        primaries = List.copyOf(primaries);
        authoritative = List.copyOf(authoritative);
        if (primaries.isEmpty() || authoritative.isEmpty()) {
            throw new IllegalArgumentException("zone " + zone + " without servers");
        }
    }
}
