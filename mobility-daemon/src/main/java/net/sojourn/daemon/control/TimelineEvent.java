package net.sojourn.daemon.control;

/**
 * Something that a person who watches a move wants to see.
 *
 * @param nanos of the daemon host's monotonic clock ({@link System#nanoTime}), so that intervals are exact
 * @param epochMillis wall clock
 * @param connection -1 when it is about none
 * @param subject what it happened to: an address, a pair of endpoints, a name
 * @param detail more words, may be empty
 * @param elapsedMicros how long it took; -1 when that has no meaning
 */
public record TimelineEvent(
        long nanos, long epochMillis, Kind kind, long connection, String subject, String detail, long elapsedMicros) {

    /** Each with the words people see. */
    public enum Kind {
        ADDRESS_GONE("address gone"),
        ADDRESS_NEW("address new"),
        /** What the policy wants of a connection, with its reason. */
        DECIDED_TO_MOVE("decided to move"),
        /** Why a connection is not moved where one might expect it. */
        DECIDED_TO_STAY("decided to stay"),
        /** A person has changed what holds for a connection. */
        RULE_CHANGED("rule changed"),
        /** This host has slept, or the daemon was stopped and continued. */
        AWOKE("awoke"),
        MIGRATABLE("migratable"),
        SUSPENDED("suspended"),
        MIGRATE_SYN_SENT("Migrate SYN sent"),
        MIGRATE_SYN_RECEIVED("Migrate SYN received"),
        PATH_SWITCHED("path switched"),
        /** The path was tried, and carries segments both ways; nothing moved. */
        PATH_PROBED("path probed"),
        PROBE_UNANSWERED("probe unanswered"),
        RESUMED("resumed"),
        WAITING("waiting"),
        NO_ROOM_TO_WAIT("gave up, too many wait"),
        REFUSED("move refused"),
        ABANDONED("move abandoned"),
        GAVE_UP("gave up"),
        DNS_SENT("DNS update sent"),
        DNS_ACKNOWLEDGED("DNS acknowledged"),
        DNS_VERIFIED("DNS verified"),
        DNS_FAILED("DNS failed");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }

    public static TimelineEvent now(Kind kind, long connection, String subject, String detail, long elapsedMicros) {
        return new TimelineEvent(
                System.nanoTime(), System.currentTimeMillis(), kind, connection, subject, detail, elapsedMicros);
    }
}
