package net.sojourn.dns;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * How a name stands; a snapshot.
 *
 * @param desired what it shall point to; empty: nobody has said, and the record is left alone
 * @param acknowledged what a server last confirmed
 * @param verified what all servers last agreed upon
 * @param key name and algorithm of the key; no secret
 * @param guardSeq the counter last known
 * @param lastError the last failure in words; empty once all is well again
 * @param nextRetryAt when it is tried again
 */
public record NameUpdaterStatus(
        String host,
        State state,
        Set<InetAddress> desired,
        Set<InetAddress> acknowledged,
        Optional<Instant> acknowledgedAt,
        Set<InetAddress> verified,
        Optional<Instant> verifiedAt,
        String key,
        Optional<String> zone,
        long guardSeq,
        Optional<String> lastError,
        Optional<Instant> nextRetryAt) {

    public NameUpdaterStatus {
        desired = Set.copyOf(desired);
        acknowledged = Set.copyOf(acknowledged);
        verified = Set.copyOf(verified);
    }

    /** What the updater is about. */
    public enum State {
        /** No addresses desired: the record stays as it is. */
        IDLE,
        /** A change waits for its turn or for the flapping to end. */
        WAITING,
        /** Finding the zone, reading, or an update in flight. */
        UPDATING,
        /** Acknowledged; asking the servers. */
        VERIFYING,
        /** All servers say what is desired. */
        IN_SYNC,
        /** No answer, or a passing failure: tried again soon. */
        RETRYING,
        /** Another owner holds the name: {@code takeOver} decides. */
        CONFLICT,
        /** The server says no: see {@code lastError}; tried again rarely, or at once after any change. */
        ERROR
    }
}
