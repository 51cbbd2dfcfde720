package net.sojourn.migrate;

/** Which Migrate protocol a stack speaks. */
public enum Suite {
    /** draft-snoeren-tcp-migrate-00 with its gaps closed. */
    CLASSIC,
    /** None: every connection is plain TCP. */
    OFF
}
