package net.sojourn.daemon.mobility;

import net.sojourn.daemon.config.MoveSettings.Rule;

/**
 * What is to be done with one connection, and why. Immutable.
 *
 * @param rule what was looked at beside the general order
 * @param words the reason, for people
 */
public record Verdict(long connection, Decision decision, Why why, Rule rule, String words) {

    /** Reasons, each for one kind of answer to "why did it not move?". */
    public enum Why {
        /** It cannot be moved at all. */
        CANNOT,
        /** It is where it is best. */
        BEST,
        /** It is where a rule pins it. */
        PINNED,
        /** Its address is gone, or leads to the peer no more. */
        LOST,
        /** Its address is back. */
        RETURNED,
        /** Another address is better. */
        BETTER,
        /** Another address is better, but not yet for long enough. */
        TOO_NEW,
        /** Another address is better, but it has moved often lately. */
        DAMPED,
        /** The host has slept. */
        AWOKE,
        /** The peer is to be heard again. */
        WAITS_FOR_PEER,
        /** No address leads to the peer. */
        NOWHERE,
        /** Only interfaces it must not move to lead to the peer. */
        FORBIDDEN,
        /** The place where it is pinned does not lead to the peer. */
        PIN_ABSENT,
        /** In mode routed nothing moves by itself. */
        ROUTED
    }
}
