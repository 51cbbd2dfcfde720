package net.sojourn.dns.zone;

import java.net.InetSocketAddress;
import java.util.List;
import org.xbill.DNS.Name;

/**
 * Where a name lives.
 *
 * @param primaries servers to send updates to, best first; not empty
 * @param authorities servers that answer for the zone; not empty
 */
public record ZonePlace(Name zone, List<InetSocketAddress> primaries, List<InetSocketAddress> authorities) {

    public ZonePlace {
        primaries = List.copyOf(primaries);
        authorities = List.copyOf(authorities);
        if (primaries.isEmpty() || authorities.isEmpty()) {
            throw new IllegalArgumentException("zone " + zone + " needs a primary and an authority");
        }
    }
}
