package net.sojourn.daemon.mobility;

import net.sojourn.stack.IpAddress;

/** What {@link MovePolicy} wants done with one connection. */
public sealed interface Decision {

    /** Nothing. */
    record Stay() implements Decision {}

    /**
     * Ask the peer to follow to {@code to}, which may be the address it knows: that ends a suspension.
     *
     * @param voluntary the path there is works
     */
    record Move(IpAddress to, boolean voluntary) implements Decision {}

    /** There is no address to go to: keep quiet until there is. */
    record Suspend(IpAddress lost) implements Decision {}

    /** {@code to} is better, but not for long enough: look again at {@code atNanos}. */
    record Later(IpAddress to, long atNanos) implements Decision {}
}
