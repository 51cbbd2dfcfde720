package net.sojourn.testbed.link;

import java.io.IOException;

/**
 * A link that runs: two directions, each with its own settings, that can be changed while packets are on their way. Any
 * thread. Closing ends the link; its devices vanish.
 */
public interface EmulatedLink extends AutoCloseable {

    /** One way through the link, seen from the order in which its ends were named. */
    enum Direction {
        A_TO_B,
        B_TO_A
    }

    /**
     * New settings for one direction, for packets that enter from now on.
     *
     * @throws IllegalStateException if the link was opened with unlimited settings both ways and these are not: such a link
     *     carries super-packets, which cannot be lost or delayed by segment
     */
    void change(Direction direction, LinkSettings settings) throws IOException;

    /** As {@link #change(Direction, LinkSettings)}, for both directions. */
    default void change(LinkSettings bothWays) throws IOException {
        change(Direction.A_TO_B, bothWays);
        change(Direction.B_TO_A, bothWays);
    }

    /** Takes the link down (all packets that enter are dropped; the devices stay up, as with a dead radio) or up. */
    void setUp(boolean up) throws IOException;

    /** What one direction has done since the link was opened. */
    LinkCounters counters(Direction direction) throws IOException;

    @Override
    void close();
}
