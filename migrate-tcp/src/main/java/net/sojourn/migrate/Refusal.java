package net.sojourn.migrate;

/** Why a move is refused, and how far that can be believed. */
enum Refusal {
    /** A stream offset does not fit: the same move in another form may. */
    OFFSET,
    /** Too many moves are unfinished: again later. */
    BUSY,
    /** Somebody, who need not be the peer, knows no such connection. */
    UNPROVED,
    /** As {@link #UNPROVED}, in a suite that has nothing better to go by. */
    RESET
}
