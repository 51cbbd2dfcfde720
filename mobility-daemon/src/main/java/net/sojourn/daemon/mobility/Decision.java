package net.sojourn.daemon.mobility;

import net.sojourn.stack.IpAddress;

/** What {@link MovePolicy} wants done with one connection. */
public sealed interface Decision {

    long connection();

    /** Ask the peer to follow to {@code to}, which may be the address it knows: that ends a suspension. */
    record Move(long connection, IpAddress to) implements Decision {}

    /** There is no address to go to: keep quiet until there is. */
    record Suspend(long connection, IpAddress lost) implements Decision {}

    /** It would be better elsewhere, but it has just moved: look again at {@code atNanos}. */
    record Later(long connection, long atNanos) implements Decision {}
}
