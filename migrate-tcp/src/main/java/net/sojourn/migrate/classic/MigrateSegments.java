package net.sojourn.migrate.classic;

import java.nio.ByteBuffer;
import net.sojourn.stack.spi.ConnectionControl.WireNumbers;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.SegmentView;

/**
 * The two SYNs of a move, built from a connection's variables. Pure functions. protocol.md 2.3, 2.4, 7.4.
 *
 * <p>Neither SYN takes up sequence space, and the ACK in the second acknowledges data only. The options of an ordinary
 * handshake are repeated for stateful firewalls; nothing is negotiated again.
 */
public final class MigrateSegments {

    /** Linux conntrack takes the window of a SYN/ACK unscaled: a mover that has to go back further is cut off (7.4). */
    private static final int MAX_FLIGHT_BYTES = 60_000;

    private static final int MAX_OPTION_OCTETS = 40;

    private MigrateSegments() {}

    /**
     * @param s the sequence number that the request in {@code migrate} was made for
     * @param traversal whether to repeat MSS, SACK-permitted, timestamps and window scale
     */
    public static HandshakeSegment syn(
            WireNumbers numbers, int s, MigrateOption migrate, Profile profile, boolean traversal, int mssBytes) {
        ByteBuffer options = ByteBuffer.allocate(MAX_OPTION_OCTETS);
        if (traversal) {
            putMss(options, mssBytes);
            if (numbers.sackPermitted()) {
                putSackPermitted(options);
            }
            if (numbers.timestamps()) {
                putTimestamps(options, numbers.tsVal(), 0); // RFC 7323 3.2: TSecr is zero where ACK is not set
            }
            if (numbers.rcvWndScale() >= 0) {
                putWindowScale(options, numbers.rcvWndScale());
            }
        }
        options.put(migrate.encode(profile));
        return new HandshakeSegment(s, 0, SegmentView.SYN, window(numbers), written(options));
    }

    /** Answers {@code syn}: options come back only if it had them. */
    public static HandshakeSegment synAck(WireNumbers numbers, SegmentView syn, boolean traversal, int mssBytes) {
        ByteBuffer options = ByteBuffer.allocate(MAX_OPTION_OCTETS);
        if (syn.mssOption() >= 0) {
            putMss(options, mssBytes);
        }
        if (syn.sackPermittedOption() && numbers.sackPermitted()) {
            putSackPermitted(options);
        }
        if (syn.hasTimestamps() && numbers.timestamps()) {
            putTimestamps(options, numbers.tsVal(), syn.tsVal());
        }
        if (syn.windowScaleOption() >= 0 && numbers.rcvWndScale() >= 0) {
            putWindowScale(options, numbers.rcvWndScale());
        }
        int seq = synAckSeq(numbers, traversal);
        int flags = SegmentView.SYN | SegmentView.ACK;
        return new HandshakeSegment(seq, numbers.rcvNxt(), flags, window(numbers), written(options));
    }

    private static int synAckSeq(WireNumbers numbers, boolean traversal) {
        // 7.4 (c): near SND.MAX a firewall lets through what the peer has received without our knowing it.
        boolean fewInFlight = Serial.distance(numbers.sndUna(), numbers.sndMax()) < MAX_FLIGHT_BYTES;
        return (traversal && fewInFlight ? numbers.sndMax() : numbers.sndUna()) - 1;
    }

    /** RFC 7323 2.2: the window of a segment with SYN is never scaled. */
    private static int window(WireNumbers numbers) {
        return (int) Math.min(0xFFFF, numbers.rcvWndBytes());
    }

    private static void putMss(ByteBuffer options, int mssBytes) {
        options.put((byte) 2).put((byte) 4).putShort((short) Math.min(0xFFFF, mssBytes));
    }

    private static void putSackPermitted(ByteBuffer options) {
        options.put((byte) 4).put((byte) 2);
    }

    private static void putTimestamps(ByteBuffer options, int tsVal, int tsEcr) {
        options.put((byte) 8).put((byte) 10).putInt(tsVal).putInt(tsEcr);
    }

    private static void putWindowScale(ByteBuffer options, int shift) {
        options.put((byte) 3).put((byte) 3).put((byte) shift);
    }

    private static byte[] written(ByteBuffer options) {
        byte[] octets = new byte[options.position()];
        options.flip().get(octets);
        return octets;
    }
}
