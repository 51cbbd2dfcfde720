package net.sojourn.migrate;

/** What a stack's Migrate counts. */
public enum MigrateCounter {
    NEGOTIATED("connections that both ends agreed to make migratable"),
    PEERS_WITHOUT_MIGRATE("connections whose peer did not take part"),
    UNUSABLE_KEYS("peers' keys that failed the checks"),
    MIGRATE_SYNS_SENT("Migrate SYNs sent, repetitions included"),
    MIGRATE_SYNS_RECEIVED("Migrate SYNs received, all of them"),
    UNKNOWN_TOKENS("Migrate SYNs for no connection of ours"),
    FORGED_REQUESTS("Migrate SYNs whose request does not fit the connection's secret"),
    STALE_REQUESTS("Migrate SYNs that were late, replayed or for a connection that may not move"),
    REFLECTED_REQUESTS("our own Migrate SYNs sent back to us"),
    RESETS_WITHHELD("resets not sent because the budget was spent"),
    REQUESTS_REFUSED("genuine Migrate SYNs answered with a proved no"),
    REFUSALS_RECEIVED("proved noes to our Migrate SYNs"),
    HANDSHAKES_REFUSED("Migrate SYNs dropped because too many handshakes are pending"),
    SYN_ACKS_OUT_OF_RANGE("answers to our Migrate SYNs whose numbers do not fit"),
    RESETS_TO_REQUESTS("resets that answered our Migrate SYNs"),
    PATHS_PROBED("probes answered, the peers' included"),
    PATHS_SWITCHED("moves completed, the peers' included"),
    WAITS("times a connection went into MIGRATE_WAIT"),
    GIVEN_UP("connections that waited in vain"),
    GIVEN_UP_FOR_ROOM("those of them that waited longest when too many did, or held too much");

    private final String sentence;

    MigrateCounter(String sentence) {
        this.sentence = sentence;
    }

    public String sentence() {
        return sentence;
    }
}
