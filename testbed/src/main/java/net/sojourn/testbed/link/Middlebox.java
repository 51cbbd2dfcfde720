package net.sojourn.testbed.link;

import net.sojourn.testbed.link.EmulatedLink.Direction;

/**
 * Something in the midst of a link that looks into packets: a firewall, a translator, a normaliser. It sees each packet as
 * it enters the link, one at a time, whatever its direction; it needs no locks against itself, but calls on it from
 * elsewhere must be synchronized on it.
 */
@FunctionalInterface
public interface Middlebox {

    /** Nothing in the way. */
    Middlebox NONE = (direction, packet) -> true;

    /**
     * Alters {@code packet}, an IP packet that it may write to but not keep, within its length.
     *
     * @return false to drop it
     */
    boolean passes(Direction direction, byte[] packet);
}
