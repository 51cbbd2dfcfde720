package net.sojourn.daemon.control;

import java.util.List;

/** What a daemon answers. Each goes over the socket as one line of JSON ({@link RecordJson}). */
public sealed interface Reply {

    /**
     * @param attachment {@code host-address} or {@code routed}
     * @param socks5 listen address, empty if off
     * @param published one text a port
     * @param dns one sentence on the state of the name
     */
    record Status(
            String version,
            long pid,
            long uptimeMillis,
            String attachment,
            String tun,
            List<String> addresses,
            String socks5,
            List<String> published,
            int connections,
            int migratable,
            int suspended,
            long moves,
            String dns)
            implements Reply {}

    record Connections(List<Connection> connections) implements Reply {}

    /**
     * One connection.
     *
     * @param migrate the state of its migration, empty when nothing is under way
     * @param rttMicros -1 before the first sample
     */
    record Connection(
            long id,
            String local,
            String peer,
            String state,
            String migrate,
            boolean migratable,
            boolean suspended,
            int moves,
            long ageMillis,
            long rttMicros,
            long cwndBytes,
            long flightBytes,
            long octetsAcknowledged,
            long octetsReceived,
            long octetsRetransmitted,
            long sendQueueBytes,
            long receiveQueueBytes) {}

    /** One outcome a connection that was asked to move. */
    record Migrated(List<Outcome> outcomes) implements Reply {}

    /** @param outcome {@code STARTED}, {@code UNDER_WAY}, {@code QUEUED} or {@code REFUSED} */
    record Outcome(long connection, String to, String outcome) {}

    /** @param lines {@code key=value} facts, one a line */
    record Dns(boolean configured, List<String> lines) implements Reply {}

    record Event(TimelineEvent event) implements Reply {}

    record Version(String version) implements Reply {}

    /** The request was not done. {@code message} says why and what to do. */
    record Failed(String message) implements Reply {}
}
