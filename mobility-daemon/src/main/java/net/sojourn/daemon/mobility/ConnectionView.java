package net.sojourn.daemon.mobility;

import net.sojourn.stack.IpAddress;

/**
 * What a policy needs to know of a connection. Immutable.
 *
 * @param suspended it has no path at present
 * @param lastMoveNanos when we last asked it to move; {@link #NEVER} if we did not
 */
public record ConnectionView(
        long id, IpAddress local, IpAddress peer, boolean migratable, boolean suspended, long lastMoveNanos) {

    public static final long NEVER = Long.MIN_VALUE;
}
