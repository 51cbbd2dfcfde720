package net.sojourn.migrate.classic;

import net.sojourn.migrate.segment.MoveSegments;
import net.sojourn.stack.spi.ConnectionControl.WireNumbers;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.SegmentView;

/**
 * The two SYNs of a classic move. Neither takes up sequence space, and the ACK in the second acknowledges data only. Pure
 * functions. protocol.md 2.3, 2.4, 7.4.
 */
public final class MigrateSegments {

    /** Linux conntrack takes the window of a SYN/ACK unscaled: a mover that has to go back further is cut off (7.4). */
    private static final int MAX_FLIGHT_BYTES = 60_000;

    private static final byte[] NO_OPTION = new byte[0];

    private MigrateSegments() {}

    /**
     * @param s the sequence number that the request in {@code migrate} was made for
     * @param traversal whether to repeat the options of an ordinary handshake
     */
    public static HandshakeSegment syn(
            WireNumbers numbers, int s, MigrateOption migrate, Profile profile, boolean traversal, int mssBytes) {
        return MoveSegments.syn(numbers, s, migrate.encode(profile), traversal, mssBytes);
    }

    /** Answers {@code syn}: options come back only if it had them. */
    public static HandshakeSegment synAck(WireNumbers numbers, SegmentView syn, boolean traversal, int mssBytes) {
        return MoveSegments.synAck(numbers, syn, synAckSeq(numbers, traversal), numbers.rcvNxt(), NO_OPTION, mssBytes);
    }

    private static int synAckSeq(WireNumbers numbers, boolean traversal) {
        // 7.4 (c): near SND.MAX a firewall lets through what the peer has received without our knowing it.
        boolean fewInFlight = Serial.distance(numbers.sndUna(), numbers.sndMax()) < MAX_FLIGHT_BYTES;
        return (traversal && fewInFlight ? numbers.sndMax() : numbers.sndUna()) - 1;
    }
}
