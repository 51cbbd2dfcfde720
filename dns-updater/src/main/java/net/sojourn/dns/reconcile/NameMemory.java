package net.sojourn.dns.reconcile;

import java.net.InetAddress;
import java.util.Set;

/**
 * What is remembered of a name between runs. The server's TXT record is the truth for the counter: this is only a first
 * guess that saves a query.
 *
 * @param seq counter of the last update that was acknowledged; 0 without one
 * @param desired what was wanted last
 * @param applied what was acknowledged last
 */
public record NameMemory(String ownerId, long seq, Set<InetAddress> desired, Set<InetAddress> applied) {

    public NameMemory {
        desired = Set.copyOf(desired);
        applied = Set.copyOf(applied);
    }
}
