package net.sojourn.testbed.topology;

import java.util.Optional;
import net.sojourn.stack.IpAddress;

/**
 * A change of network that has happened. Times are System.nanoTime(), taken right after the kernel had carried out the
 * change.
 *
 * @param from the address that was given up, if there was one
 * @param to the address that was taken
 * @param goneNanos when {@code from} was gone
 * @param presentNanos when {@code to} and the route over it were there
 */
public record Move(Optional<IpAddress> from, IpAddress to, long goneNanos, long presentNanos) {}
