package net.sojourn.migrate;

import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.StateReader;
import net.sojourn.stack.freeze.StateWriter;
import net.sojourn.stack.spi.HandshakeSegment;

/** Segments of a handshake that will be sent again in another life of the stack. */
final class FrozenSegments {

    private static final int MOST_OPTION_OCTETS = 40;

    private FrozenSegments() {}

    static void write(HandshakeSegment segment, StateWriter out) {
        out.number32(segment.seq())
                .number32(segment.ack())
                .octet(segment.flags())
                .number16(segment.window())
                .octets(segment.options());
    }

    static HandshakeSegment read(StateReader in) throws FrozenStateException {
        return new HandshakeSegment(
                in.number32("segment"),
                in.number32("segment"),
                in.octet("segment", 0xFF),
                in.number16("segment"),
                in.octets("segment", MOST_OPTION_OCTETS));
    }
}
