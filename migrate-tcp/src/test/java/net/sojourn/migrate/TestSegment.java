package net.sojourn.migrate;

import java.nio.ByteBuffer;
import java.util.Arrays;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.SegmentView;

/** A segment as a receiver sees it. */
record TestSegment(int seq, int ack, int flags, int window, int payloadBytes, byte[] options) implements SegmentView {

    static TestSegment of(HandshakeSegment segment) {
        return new TestSegment(segment.seq(), segment.ack(), segment.flags(), segment.window(), 0, segment.options());
    }

    static TestSegment of(int flags, int seq, int ack) {
        return new TestSegment(seq, ack, flags, 1_000, 0, new byte[0]);
    }

    TestSegment withAck(int value) {
        return new TestSegment(seq, value, flags, window, payloadBytes, options);
    }

    @Override
    public int payloadInt() {
        throw new AssertionError("it has no octets");
    }

    TestSegment withSeq(int value) {
        return new TestSegment(value, ack, flags, window, payloadBytes, options);
    }

    TestSegment withOptions(byte[] value) {
        return new TestSegment(seq, ack, flags, window, payloadBytes, value);
    }

    @Override
    public boolean hasTimestamps() {
        return option(8).length == 10;
    }

    @Override
    public int tsVal() {
        return ByteBuffer.wrap(option(8)).getInt(2);
    }

    @Override
    public int tsEcr() {
        return ByteBuffer.wrap(option(8)).getInt(6);
    }

    @Override
    public int mssOption() {
        byte[] option = option(2);
        return option.length == 4 ? ByteBuffer.wrap(option).getShort(2) & 0xFFFF : -1;
    }

    @Override
    public int windowScaleOption() {
        byte[] option = option(3);
        return option.length == 3 ? Math.min(14, option[2]) : -1;
    }

    @Override
    public boolean sackPermittedOption() {
        return option(4).length == 2;
    }

    @Override
    public byte[] option(int kind, byte... contentPrefix) {
        for (int at = 0; at + 1 < options.length && options[at] != 0; ) {
            if (options[at] == 1) {
                at++;
                continue;
            }
            int length = options[at + 1] & 0xFF;
            if (length < 2 || at + length > options.length) {
                break;
            }
            byte[] option = Arrays.copyOfRange(options, at, at + length);
            boolean begins = length >= 2 + contentPrefix.length
                    && Arrays.equals(option, 2, 2 + contentPrefix.length, contentPrefix, 0, contentPrefix.length);
            if ((option[0] & 0xFF) == kind && begins) {
                return option;
            }
            at += length;
        }
        return new byte[0];
    }
}
