package net.sojourn.stack.tcp;

import net.sojourn.stack.FourTuple;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.Counters;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.wire.TcpView;

/**
 * Resets without a connection (RFC 9293 3.5.2, 3.10.7.1), within a budget of the stack's; and the budget that each connection
 * has for challenge ACKs and the like (RFC 5961 7). A budget that connections shared would tell one of another.
 */
final class Replies {

    private static final long SECOND_NANOS = 1_000_000_000L;

    private final SegmentWriter writer;
    private final Counters counters;
    private final int perSecond;
    private final int acksPerSecond;
    private long secondBeganNanos = Long.MIN_VALUE;
    private int spent;

    Replies(SegmentWriter writer, Counters counters, int perSecond, int acksPerSecond) {
        this.writer = writer;
        this.counters = counters;
        this.perSecond = perSecond;
        this.acksPerSecond = acksPerSecond;
    }

    /** Answers {@code segment}, which no connection wants, with a reset; a reset is never answered. */
    void reset(TcpView segment, FourTuple tuple, long nowNanos) {
        if (segment.has(SegmentView.RST)) {
            return;
        }
        if (!mayAnswer(nowNanos)) {
            counters.count(Counter.RESETS_SUPPRESSED);
            return;
        }
        if (segment.has(SegmentView.ACK)) {
            send(tuple, segment.ack(), 0, SegmentView.RST);
        } else {
            send(tuple, 0, segment.seq() + segment.sequenceLength(), SegmentView.RST | SegmentView.ACK);
        }
    }

    void send(FourTuple tuple, int seq, int ack, int flags) {
        writer.send(writer.begin(tuple, 0), tuple, seq, ack, flags, 0, 0, 0, 0);
    }

    /** Takes one ACK out of this second's budget of the connection, if there is one left. */
    boolean mayChallenge(Tcb tcb, long nowNanos) {
        if (tcb.challenges == 0 || nowNanos - tcb.challengesBeganNanos >= SECOND_NANOS) {
            tcb.challengesBeganNanos = nowNanos;
            tcb.challenges = 0;
        }
        if (tcb.challenges >= acksPerSecond) {
            return false;
        }
        tcb.challenges++;
        return true;
    }

    private boolean mayAnswer(long nowNanos) {
        if (secondBeganNanos == Long.MIN_VALUE || nowNanos - secondBeganNanos >= SECOND_NANOS) {
            secondBeganNanos = nowNanos;
            spent = 0;
        }
        return spent++ < perSecond;
    }
}
