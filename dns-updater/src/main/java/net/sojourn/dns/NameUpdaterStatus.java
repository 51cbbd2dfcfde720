package net.sojourn.dns;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * One name at one moment.
 *
 * @param name with the final dot
 * @param state where it stands
 * @param desired what it shall be
 * @param applied what the primary last acknowledged
 * @param zone empty until it is found
 * @param seq counter of the last update sent or seen
 * @param acknowledgedAfterMillis of the last acknowledged change
 * @param verifiedAfterMillis of the last verified change
 * @param lastError in words, of the present trouble; empty if there is none
 * @param nextRetry pause before the next attempt, as it was when the snapshot was made
 */
public record NameUpdaterStatus(
        String name,
        State state,
        Set<InetAddress> desired,
        Optional<Set<InetAddress>> applied,
        Optional<String> zone,
        long seq,
        OptionalDouble acknowledgedAfterMillis,
        OptionalDouble verifiedAfterMillis,
        Optional<String> lastError,
        Optional<Duration> nextRetry) {

    /** Where a name stands. */
    public enum State {
        /** An update waits for the end of the pause between updates of a flapping name. */
        HELD,
        /** A server is being asked or told. */
        UPDATING,
        /** Acknowledged; not all servers have been seen to agree. */
        ACKNOWLEDGED,
        /** All servers publish what is desired. */
        PUBLISHED,
        /** An attempt failed in a way that may pass. */
        RETRYING,
        /** A person has to look: refused, or published by another owner. Tried again slowly all the same. */
        ERROR
    }
}
