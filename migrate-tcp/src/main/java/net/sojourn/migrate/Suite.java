package net.sojourn.migrate;

/** Which Migrate protocol a connection speaks. */
public enum Suite {
    /** X25519, a token for each move, a proof in three steps, fresh sequence numbers (docs/protocol.md). */
    M2,
    /** draft-snoeren-tcp-migrate-00 with its gaps closed. */
    CLASSIC,
    /** None: every connection is plain TCP. */
    OFF
}
