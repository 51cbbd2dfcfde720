package net.sojourn.dns;

import java.time.Duration;
import java.util.List;
import net.sojourn.dns.transport.SiteResolvers;

/**
 * How {@link NameLookup} asks.
 *
 * @param servers whom to ask, in turn; hosts must be addresses. Empty: those of {@code /etc/resolv.conf}, read anew each
 *     time
 * @param tryTimeout how long one answer is waited for
 * @param rounds how often the list is gone through
 */
public record LookupSettings(List<ServerAddress> servers, Duration tryTimeout, int rounds) {

    public static final LookupSettings DEFAULT = new LookupSettings(List.of(), Duration.ofMillis(1500), 2);

    /** @throws IllegalArgumentException naming the value that is out of range */
    public LookupSettings {
        servers = List.copyOf(servers);
        if (tryTimeout.isNegative() || tryTimeout.isZero()) {
            throw new IllegalArgumentException("tryTimeout must be positive, not " + tryTimeout);
        }
        if (rounds < 1 || rounds > 10) {
            throw new IllegalArgumentException("rounds " + rounds + " is not between 1 and 10");
        }
        for (ServerAddress server : servers) {
            if (!SiteResolvers.isAddress(server.host())) {
                throw new IllegalArgumentException(
                        "server " + server + ": an address is needed, for a name could not be looked up");
            }
        }
    }

    /** Default timing, these servers. */
    public static LookupSettings of(List<ServerAddress> servers) {
        return new LookupSettings(servers, DEFAULT.tryTimeout(), DEFAULT.rounds());
    }
}
