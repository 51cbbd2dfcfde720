package net.sojourn.migrate;

import java.util.List;
import net.sojourn.stack.IpAddress;

/**
 * Where a peer may be now, by what its name says: both ends may have moved at once, and then neither finds the other where
 * it was. Called on the loop each time a Migrate SYN has had no answer, so it must not block: it returns what is known and
 * may begin to look again. Nothing is believed of the addresses but that asking there may help; keys decide.
 */
@FunctionalInterface
public interface PeerLocator {

    /** Knows nothing of any peer. */
    PeerLocator NONE = (migration, nowNanos) -> List.of();

    /** Candidates, most likely first; the addresses of the connection itself need not be among them. Empty: no idea. */
    List<IpAddress> peerAddresses(Migration migration, long nowNanos);
}
