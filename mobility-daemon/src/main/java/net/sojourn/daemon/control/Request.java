package net.sojourn.daemon.control;

import java.util.List;
import java.util.Optional;
import net.sojourn.daemon.mobility.MoveRequests;

/** What may be asked of a daemon. Each goes over the socket as one line of JSON ({@link RecordJson}). */
public sealed interface Request {

    /** How the daemon is. Answer: {@link Reply.Status}. */
    record Status() implements Request {}

    /** Every connection of the stack. Answer: {@link Reply.Connections}. */
    record Connections() implements Request {}

    /**
     * Moves connections. Answer: {@link Reply.Migrated}.
     *
     * @param connection its id; empty for all that can be moved
     * @param to an address or an interface; empty for what the policy finds best
     */
    record Migrate(Optional<Long> connection, Optional<String> to) implements Request {}

    /**
     * Changes what holds for one connection. Answer: {@link Reply.Connections} with that one.
     *
     * @param places interfaces or addresses, as many as the change wants
     */
    record ChangeRule(long connection, MoveRequests.RuleChange change, List<String> places) implements Request {}

    /** What the name server was told. Answer: {@link Reply.Dns}. */
    record DnsShow() implements Request {}

    /** Tells the name server again. Answer: {@link Reply.Dns}. */
    record DnsPush() implements Request {}

    /** Events from now on. Answer: {@link Reply.Event} again and again, until the asker closes. */
    record Events() implements Request {}

    /** Replaces the running program by the one on the disk, under living connections. Answer: {@link Reply.Upgrading}. */
    record Upgrade() implements Request {}

    /** Answer: {@link Reply.Version}. */
    record Version() implements Request {}
}
