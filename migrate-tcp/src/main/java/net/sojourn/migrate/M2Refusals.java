package net.sojourn.migrate;

import java.util.Optional;
import net.sojourn.migrate.crypto.Tags;
import net.sojourn.migrate.m2.M2Keys;
import net.sojourn.migrate.m2.M2Option;
import net.sojourn.migrate.m2.M2Option.Reject;
import net.sojourn.migrate.m2.M2Option.Reject.Occasion;
import net.sojourn.stack.spi.HandshakeSegment;
import net.sojourn.stack.spi.SegmentView;

/**
 * M2's proved "no": a reset with REJECT. Without one a reset says nothing, for anybody can send it. Loop thread only.
 * docs/protocol.md, "M2: refusals".
 */
final class M2Refusals {

    private final M2Keys keys;
    private final boolean initiator;

    M2Refusals(M2Keys keys, boolean initiator) {
        this.keys = keys;
        this.initiator = initiator;
    }

    /** The reset that answers {@code segment}. */
    HandshakeSegment to(SegmentView segment, Occasion occasion, int reason, int number, int nonce) {
        int octets = segment.payloadBytes() + (segment.has(SegmentView.SYN) ? 1 : 0);
        byte[] option = option(occasion, reason, number, nonce).encode();
        int seq = segment.has(SegmentView.ACK) ? segment.ack() : 0;
        return new HandshakeSegment(seq, segment.seq() + octets, SegmentView.RST | SegmentView.ACK, 0, option);
    }

    /** Ends the connection, beyond doubt. */
    byte[] end() {
        return option(Occasion.END, Reject.ABORTED, 0, 0).encode();
    }

    /** The peer's reason; empty if {@code reset} proves nothing. */
    Optional<Integer> reasonIn(SegmentView reset, Occasion occasion, int number, int nonce) {
        return M2Option.in(reset)
                .filter(Reject.class::isInstance)
                .map(Reject.class::cast)
                .filter(reject -> reject.occasion() == occasion
                        && Tags.equal(keys.refusalTag(!initiator, reject, number, nonce), reject.tag()))
                .map(Reject::reason);
    }

    private Reject option(Occasion occasion, int reason, int number, int nonce) {
        Reject form = new Reject(occasion, reason, M2Option.NO_TAG);
        return new Reject(occasion, reason, keys.refusalTag(initiator, form, number, nonce));
    }
}
