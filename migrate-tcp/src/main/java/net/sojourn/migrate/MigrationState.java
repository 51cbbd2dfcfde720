package net.sojourn.migrate;

/** A connection's migration beside its TCP state (protocol.md 3.2). */
public enum MigrationState {
    /** On its path, nothing under way. */
    NONE(""),
    /** We sent a Migrate SYN. */
    SYN_SENT("MIGRATE_SYN_SENT"),
    /** We answered the peer's Migrate SYN. */
    SYN_RCVD("MIGRATE_SYN_RCVD"),
    /** Suspended: no path is known to work. */
    WAIT("MIGRATE_WAIT");

    private final String label;

    MigrationState(String label) {
        this.label = label;
    }

    /** As people see it; empty for {@link #NONE}. */
    public String label() {
        return label;
    }
}
