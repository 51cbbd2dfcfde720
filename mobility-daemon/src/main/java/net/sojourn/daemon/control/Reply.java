package net.sojourn.daemon.control;

import java.util.List;

/** What a daemon answers. Each goes over the socket as one line of JSON ({@link RecordJson}). */
public sealed interface Reply {

    /**
     * @param attachment {@code host-address} or {@code routed}
     * @param socks5 listen address, empty if off
     * @param uplinks each address that connections may use, in mode host-address
     * @param suite what our connections offer: {@code m2}, {@code classic} or {@code off}
     * @param rules how many rules the configuration has
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
            List<Uplink> uplinks,
            String suite,
            int rules,
            String socks5,
            List<String> published,
            int connections,
            int migratable,
            int suspended,
            long moves,
            String dns)
            implements Reply {}

    /**
     * An address of an uplink.
     *
     * @param kind {@code wired}, {@code wifi}, {@code mobile}, {@code vpn} or {@code other}
     * @param best connections that nothing else is said of live here
     */
    record Uplink(
            String address,
            String interfaceName,
            String kind,
            boolean metered,
            int metric,
            boolean never,
            boolean best) {}

    record Connections(List<Connection> connections) implements Reply {}

    /**
     * One connection.
     *
     * @param migrate the state of its migration, empty when nothing is under way
     * @param rttMicros -1 before the first sample
     * @param interfaceName that has its local address; empty if none has
     * @param entry {@code socks5}, {@code publish} or {@code program}
     * @param peerName the name it was opened by; empty if it was opened by address, or by the peer
     * @param rule what holds for it beside the general order: a rule's name, {@code by hand}, or empty
     * @param why the reason that it is where it is, one word of a fixed set
     * @param words the same as a sentence
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
            long receiveQueueBytes,
            String interfaceName,
            String entry,
            String peerName,
            String rule,
            String why,
            String words) {}

    /** One outcome a connection that was asked to move. */
    record Migrated(List<Outcome> outcomes) implements Reply {}

    /**
     * @param outcome {@code STARTED}, {@code UNDER_WAY}, {@code QUEUED} or {@code REFUSED}
     * @param why it was refused; empty if it was not
     */
    record Outcome(long connection, String to, String outcome, String why) {}

    /** @param lines {@code key=value} facts, one a line */
    record Dns(boolean configured, List<String> lines) implements Reply {}

    record Event(TimelineEvent event) implements Reply {}

    /** The new program has the same process number. */
    record Upgrading(long pid) implements Reply {}

    record Version(String version) implements Reply {}

    /** The request was not done. {@code message} says why and what to do. */
    record Failed(String message) implements Reply {}
}
