package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static org.junit.jupiter.api.Assertions.assertEquals;

import net.sojourn.stack.StackSettings;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.tcp.loss.Prr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Proportional rate reduction. */
@ExtendWith(ScriptEnd.class)
class Rfc6937Test {

    private static final int MSS = 1000;

    private final Prr prr = new Prr();

    private long afterAck(long delivered, long pipe, long ssthresh, boolean advances) {
        prr.acknowledged(delivered, pipe, ssthresh, MSS, advances);
        return prr.allowanceBytes();
    }

    @Test
    void rfc6937_3_firstRetransmissionGoesOutWhateverTheReckoning() {
        prr.begin(20 * MSS);
        assertEquals(MSS, afterAck(0, 19 * MSS, 10 * MSS, false));
    }

    /** Part 1: as much as ssthresh is of what was in flight, rounded up. */
    @Test
    void rfc6937_3_1_proportionalWhileMoreIsInFlightThanSsthresh() {
        prr.begin(20 * MSS);
        afterAck(MSS, 18 * MSS, 10 * MSS, false);
        prr.sent(MSS);
        assertEquals(0, afterAck(MSS, 18 * MSS, 10 * MSS, false));
        assertEquals(500, afterAck(MSS, 17 * MSS, 10 * MSS, false));
        assertEquals(MSS, afterAck(MSS, 16 * MSS, 10 * MSS, false));
        prr.sent(MSS);
        assertEquals(0, prr.allowanceBytes());
    }

    @Test
    void rfc6937_3_1_cubicsSevenTenthsLetSevenOfTenOut() {
        prr.begin(10 * MSS);
        long sent = 0;
        for (int i = 0; i < 10; i++) {
            long allowed = afterAck(MSS, 9 * MSS, 7 * MSS, false) / MSS * MSS;
            prr.sent(allowed);
            sent += allowed;
        }
        assertEquals(7 * MSS, sent);
    }

    /** Part 2, slow start reduction bound: what was delivered and one more, up to ssthresh. */
    @Test
    void rfc6937_3_1_slowStartTowardsSsthreshWhenMuchWasLost() {
        prr.begin(20 * MSS);
        afterAck(MSS, 5 * MSS, 10 * MSS, true);
        assertEquals(2 * MSS, prr.allowanceBytes());
        prr.sent(2 * MSS);
        assertEquals(3 * MSS, afterAck(2 * MSS, 6 * MSS, 10 * MSS, true));
    }

    @Test
    void rfc6937_3_1_neverBeyondSsthresh() {
        prr.begin(20 * MSS);
        prr.sent(MSS);
        assertEquals(500, afterAck(3 * MSS, 10 * MSS - 500, 10 * MSS, true));
    }

    /** What the application did not use earlier may be made good for, if nothing more was lost meanwhile. */
    @Test
    void rfc6937_3_1_whatWasNotSentIsNotForgotten() {
        prr.begin(20 * MSS);
        prr.sent(MSS);
        afterAck(4 * MSS, 4 * MSS, 10 * MSS, false);
        assertEquals(4 * MSS, afterAck(MSS, 4 * MSS, 10 * MSS, false));
    }

    /** On the wire: ten in flight, the first lost; every second report lets one out, and five are in flight in the end. */
    @Test
    void rfc6937_3_recoveryEndsWithHalfInFlight() {
        var s = Script.with()
                .mss(MSS)
                .sack()
                .settings(b -> b.congestionControl(StackSettings.congestionControlNamed("newreno")))
                .synReceived();
        s.after(100).inject(ack().seq(1).ack(1)).expectNothing();
        s.write(10_000);
        assertEquals(10, s.takeAll().size());
        s.after(100);
        s.inject(ack().seq(1).ack(1).sack(1001, 2001)).expectNothing();
        s.inject(ack().seq(1).ack(1).sack(1001, 3001)).expectNothing();
        s.inject(ack().seq(1).ack(1).sack(1001, 4001)).expect(data(MSS).seq(1));
        assertEquals("recovery", s.tcb().info(s.nowNanos()).phase());
        assertEquals(1, s.tcb().info(s.nowNanos()).fastRecoveries());
        assertEquals(5 * MSS, s.tcb().info(s.nowNanos()).ssthreshBytes());
        s.write(30_000).expectNothing();
        for (int last = 5; last <= 10; last++) {
            s.feed(ack().seq(1).ack(1).sack(1001, 1000 * last + 1));
        }
        // Four and a half in proportion to the nine delivered; the fifth since by then fewer than five are in flight.
        assertEquals(4, s.takeAll().size());
        s.feed(ack().seq(1).ack(10_001));
        s.takeAll();
        assertEquals(5 * MSS, s.tcb().info(s.nowNanos()).flightBytes());
    }
}
