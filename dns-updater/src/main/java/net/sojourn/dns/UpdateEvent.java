package net.sojourn.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import net.sojourn.dns.transport.Transport;

/** What happens to a name, as it happens; given to the listener on the updater's thread. */
public sealed interface UpdateEvent {

    /** The name concerned, with the final dot. */
    String name();

    /** An update was sent; {@code attempt} counts from 1 after each success, change or move. */
    record Sent(String name, Set<InetAddress> addresses, InetSocketAddress server, Transport transport, int attempt)
            implements UpdateEvent {}

    /**
     * The primary has the addresses.
     *
     * @param afterMillis since these addresses were first sent
     * @param authentic whether the server proved it; never with SIG(0), where verification decides
     */
    record Acknowledged(String name, Set<InetAddress> addresses, double afterMillis, boolean authentic)
            implements UpdateEvent {}

    /**
     * All servers of the zone publish the addresses.
     *
     * @param afterMillis since these addresses were first sent, or asked for if they were there already
     */
    record Verified(String name, Set<InetAddress> addresses, double afterMillis, int servers) implements UpdateEvent {}

    /** Something did not work; {@code why} says what to do if anything can be done. */
    record Failed(String name, String why, Duration nextRetry) implements UpdateEvent {}
}
