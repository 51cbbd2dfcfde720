package net.sojourn.migrate;

/** What became of a call to move. */
public enum MoveOutcome {
    /** A Migrate SYN went out. */
    STARTED,
    /** The same move is under way already. */
    UNDER_WAY,
    /** The connection is being opened: it will move when it is established, if it can. */
    QUEUED,
    /** It cannot be: a {@link MigrationEvent.Refused} says why. */
    REFUSED
}
