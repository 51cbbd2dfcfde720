package net.sojourn.migrate.segment;

import java.nio.ByteBuffer;
import net.sojourn.stack.spi.ConnectionControl.WireNumbers;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.SegmentView;

/**
 * A move's segments, built from a connection's variables. Pure functions. docs/protocol.md, "Firewalls".
 *
 * <p>The options of an ordinary handshake are repeated for stateful firewalls; nothing is negotiated again.
 */
public final class MoveSegments {

    private static final int MAX_OPTION_OCTETS = 40;

    private MoveSegments() {}

    /**
     * @param option the suite's own, encoded
     * @param ordinaryOptions whether to repeat MSS, SACK-permitted, timestamps and window scale
     */
    public static HandshakeSegment syn(
            WireNumbers numbers, int seq, byte[] option, boolean ordinaryOptions, int mssBytes) {
        ByteBuffer options = ByteBuffer.allocate(MAX_OPTION_OCTETS);
        if (ordinaryOptions) {
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
        options.put(option);
        return new HandshakeSegment(seq, 0, SegmentView.SYN, synWindow(numbers), written(options));
    }

    /**
     * Answers {@code syn}: ordinary options come back only if it had them.
     *
     * @param option the suite's own, encoded; may be empty
     */
    public static HandshakeSegment synAck(
            WireNumbers numbers, SegmentView syn, int seq, int ack, byte[] option, int mssBytes) {
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
        options.put(option);
        int flags = SegmentView.SYN | SegmentView.ACK;
        return new HandshakeSegment(seq, ack, flags, synWindow(numbers), written(options));
    }

    /** The third segment: an acknowledgement with the suite's option and the true window. */
    public static HandshakeSegment ack(WireNumbers numbers, SegmentView synAck, int seq, int ack, byte[] option) {
        ByteBuffer options = ByteBuffer.allocate(MAX_OPTION_OCTETS);
        if (numbers.timestamps()) {
            putTimestamps(options, numbers.tsVal(), synAck.hasTimestamps() ? synAck.tsVal() : numbers.tsRecent());
        }
        options.put(option);
        int window = (int) Math.min(0xFFFF, numbers.rcvWndBytes() >> Math.max(0, numbers.rcvWndScale()));
        return new HandshakeSegment(seq, ack, SegmentView.ACK, window, written(options));
    }

    /** RFC 7323 2.2: the window of a segment with SYN is never scaled. */
    private static int synWindow(WireNumbers numbers) {
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
