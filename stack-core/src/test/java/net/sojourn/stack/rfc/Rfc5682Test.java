package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.script.Segment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** RFC 5682: F-RTO finds out whether a time-out was for a loss or for a delay. */
@ExtendWith(ScriptEnd.class)
class Rfc5682Test {

    /** Four segments are out, the first was sent again by a time-out; {@code more} octets wait. */
    private static Script timedOut(boolean sack, int more) {
        var setup = Script.with().mss(1000).window(4000).noDelay();
        Script s = (sack ? setup.sack() : setup).synReceived();
        s.after(100).inject(ack().seq(1).ack(1)).expectNothing();
        s.noDelay().write(4000 + more);
        assertEquals(4, s.takeAll().size());
        if (sack) {
            // The tail loss probe.
            s.expectBetween(200, 200, data(1000).seq(3001));
        }
        s.expectBetween(300, 300, data(1000).seq(1));
        return s;
    }

    private static Segment fresh(long seq) {
        return data(1000).seq(seq);
    }

    private static long cwnd(Script s) {
        return s.tcb().info(s.nowNanos()).cwndBytes();
    }

    @Test
    void rfc5682_3_1_step2_firstAckLetsTwoNewSegmentsOut() {
        var s = timedOut(true, 10_000);
        s.inject(ack().ack(1001).win(20_000))
                .expect(data(1000).seq(4001), data(1000).seq(5001));
    }

    @Test
    void rfc5682_3_1_step3_newAcknowledgementOfTextSentOnceUndoesTheReduction() {
        for (boolean sack : new boolean[] {true, false}) {
            var s = timedOut(sack, 10_000);
            s.inject(ack().ack(1001).win(20_000))
                    .expect(data(1000).seq(4001), data(1000).seq(5001));
            s.inject(ack().ack(2001).win(20_000));
            assertTrue(cwnd(s) >= 10_000, s::text);
            assertEquals(1, s.tcb().info(s.nowNanos()).spuriousRecoveries());
            s.takeAll().forEach(sent -> assertTrue(sent.transport().length >= 1020));
            s.inject(ack().ack(4001).win(20_000));
            s.takeAll();
        }
    }

    @Test
    void rfc5682_3_1_step3_duplicateMeansThatTheLossWasReal() {
        var s = timedOut(false, 10_000);
        s.inject(ack().ack(1001).win(20_000))
                .expect(data(1000).seq(4001), data(1000).seq(5001));
        s.inject(ack().ack(1001).win(20_000)).expect(data(1000).seq(1001));
        assertEquals(0, s.tcb().info(s.nowNanos()).spuriousRecoveries());
    }

    @Test
    void rfc5682_3_1_step3_selectiveAcknowledgementOfOriginalTextIsEvidence() {
        var s = timedOut(true, 10_000);
        s.inject(ack().ack(1001).win(20_000))
                .expect(data(1000).seq(4001), data(1000).seq(5001));
        s.inject(ack().ack(1001).win(20_000).sack(2001, 3001));
        assertEquals(1, s.tcb().info(s.nowNanos()).spuriousRecoveries());
        s.takeAll();
    }

    @Test
    void rfc5682_3_1_step2_withoutNewTextTheRecoveryIsTheOrdinaryOne() {
        var s = timedOut(false, 0);
        s.inject(ack().ack(1001)).expect(data(1000).seq(1001), data(1000).seq(2001));
    }

    @Test
    void rfc5682_3_1_step2_withoutWindowForNewTextTheRecoveryIsTheOrdinaryOne() {
        var s = timedOut(false, 10_000);
        s.inject(ack().ack(1001).win(3000))
                .expect(data(1000).seq(1001), data(1000).seq(2001));
    }

    @Test
    void rfc5682_3_1_step2_duplicateIsAnOrdinaryRecovery() {
        var s = timedOut(false, 10_000);
        // One segment has left the network (RFC 3042), so another may go: the next that seems lost, not a new one.
        s.inject(ack().ack(1)).expect(data(1000).seq(1001));
    }

    /** Step 1: a second time-out of the same segment is no delay any more. */
    @Test
    void rfc5682_3_1_step1_notForASecondTimeOut() {
        var s = timedOut(false, 10_000);
        s.expectBetween(600, 600, data(1000).seq(1));
        s.inject(ack().ack(1001).win(20_000))
                .expect(data(1000).seq(1001), data(1000).seq(2001));
    }

    @Test
    void rfc5682_3_1_step2_ackOfEverythingEndsTheRecovery() {
        var s = timedOut(false, 4000);
        s.inject(ack().ack(4001).win(20_000)).expect(fresh(4001), fresh(5001), fresh(6001), fresh(7001));
        assertEquals(0, s.tcb().info(s.nowNanos()).spuriousRecoveries());
    }
}
