package net.sojourn.daemon.mobility;

import java.util.Optional;
import net.sojourn.daemon.config.MoveSettings.Rule;
import net.sojourn.stack.IpAddress;

/**
 * What a policy needs to know of a connection. Immutable.
 *
 * @param obstacle why it cannot be moved, in words; empty if it can
 * @param rule what holds for it beside the general order
 * @param memory what it was through
 */
public record ConnectionView(
        long id, IpAddress local, IpAddress peer, String obstacle, Waiting waiting, Rule rule, Memory memory) {

    /** Whether a connection has a path at present. */
    public enum Waiting {
        NOT,
        /** This host had no address for it. */
        FOR_ADDRESS,
        /** The peer is silent, or somebody has reset the connection. */
        FOR_PEER
    }

    /**
     * What damps the moves of one connection.
     *
     * @param moves away from paths that worked, since the last calm
     * @param lastNanos when the last of them began; of no meaning if there was none
     * @param better the address that is better at present, if there is one
     * @param sinceNanos for how long it has been that
     */
    public record Memory(int moves, long lastNanos, Optional<IpAddress> better, long sinceNanos) {

        public static final Memory NONE = new Memory(0, 0, Optional.empty(), 0);
    }

    public boolean migratable() {
        return obstacle.isEmpty();
    }

    public boolean suspended() {
        return waiting != Waiting.NOT;
    }
}
