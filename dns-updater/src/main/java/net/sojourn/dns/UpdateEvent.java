package net.sojourn.dns;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** What happened to a name. Given to an {@link UpdateListener}; immutable. */
public sealed interface UpdateEvent {

    String host();

    Instant at();

    /**
     * An update went out.
     *
     * @param server address, port and protocol
     * @param attempt 1 for the first since the addresses or the network changed
     */
    record Sent(String host, Instant at, Set<InetAddress> addresses, String server, int attempt)
            implements UpdateEvent {}

    /**
     * The server has applied it, or it was found to be applied already.
     *
     * @param believed false for SIG(0): only {@link Verified} is certain
     * @param afterMillis since the update was sent
     * @param sinceChangeMillis since the updater was told of the addresses
     */
    record Acknowledged(
            String host,
            Instant at,
            Set<InetAddress> addresses,
            boolean believed,
            long afterMillis,
            long sinceChangeMillis)
            implements UpdateEvent {}

    /**
     * All authoritative servers answer with the new addresses.
     *
     * @param afterMillis since the update was sent
     * @param sinceChangeMillis since the updater was told of the addresses
     */
    record Verified(
            String host, Instant at, Set<InetAddress> addresses, int servers, long afterMillis, long sinceChangeMillis)
            implements UpdateEvent {}

    /**
     * It did not work.
     *
     * @param why cause and remedy in words
     * @param retryIn when it is tried again; empty when newer addresses go out in its place
     */
    record Failed(String host, Instant at, String why, Optional<Duration> retryIn) implements UpdateEvent {}
}
