package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.fin;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.script.ScriptSetup;
import net.sojourn.stack.script.Segment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** RFC 8985: RACK, by the time of sending instead of counting duplicates, and tail loss probes. */
@ExtendWith(ScriptEnd.class)
class Rfc8985Test {

    private static ScriptSetup sack() {
        return Script.with().sack().mss(1000).noDelay();
    }

    /** Both sides at 1, and a round trip of 100 ms known. */
    private static Script slowPath() {
        return slowPath(sack());
    }

    private static Script slowPath(ScriptSetup setup) {
        Script s = setup.synReceived();
        s.after(100).inject(ack().seq(1).ack(1)).expectNothing();
        return s.noDelay();
    }

    private static Segment[] segments(int count) {
        Segment[] all = new Segment[count];
        for (int i = 0; i < count; i++) {
            all[i] = data(1000).seq(1 + 1000L * i);
        }
        return all;
    }

    // ---- RACK

    @Test
    void rfc8985_6_2_segmentSentBeforeADeliveredOneIsLostAfterTheReorderingWindow() {
        var s = slowPath();
        s.write(1000).expect(data(1000).seq(1));
        s.after(1).write(1000).expect(data(1000).seq(1001));
        s.after(99).inject(ack().seq(1).ack(1).sack(1001, 2001)).expectNothing();
        // RACK.reo_wnd is a quarter of the least round trip.
        s.expectBetween(23, 26, data(1000).seq(1));
    }

    @Test
    void rfc8985_6_2_threeSegmentsSelectivelyAcknowledgedNeedNoWindow() {
        var s = slowPath();
        s.write(4000).expect(segments(4));
        s.after(100)
                .inject(ack().seq(1).ack(1).sack(1001, 4001))
                .expect(data(1000).seq(1));
    }

    @Test
    void rfc8985_6_2_lostRetransmissionIsSentOnceMoreWithoutATimeOut() {
        var s = slowPath();
        s.write(6000).expect(segments(6));
        s.after(100)
                .inject(ack().seq(1).ack(1).sack(1001, 4001))
                .expect(data(1000).seq(1));
        s.inject(ack().seq(1).ack(1).sack(1001, 6001)).expectNothing();
        s.after(1).write(1000).expect(data(1000).seq(6001));
        s.after(100)
                .inject(ack().seq(1).ack(1).sack(1001, 7001))
                .expect(data(1000).seq(1));
    }

    /** RFC 8985 6.2 step 4: each round trip with a duplicate report widens the window by a quarter. */
    @Test
    void rfc8985_6_2_duplicateReportWidensTheReorderingWindow() {
        var s = slowPath();
        s.write(1000).expect(data(1000).seq(1));
        s.after(1).write(1000).expect(data(1000).seq(1001));
        s.after(99).inject(ack().seq(1).ack(1).sack(1001, 2001)).expectNothing();
        s.expectBetween(23, 26, data(1000).seq(1));
        s.inject(ack().seq(1).ack(2001)).expectNothing();
        s.inject(ack().seq(1).ack(2001).sack(1, 1001)).expectNothing();
        s.write(1000).expect(data(1000).seq(2001));
        s.after(1).write(1000).expect(data(1000).seq(3001));
        s.after(99).inject(ack().seq(1).ack(2001).sack(3001, 4001)).expectNothing();
        s.expectBetween(45, 55, data(1000).seq(2001));
        assertEquals(1, s.tcb().info(s.nowNanos()).spuriousRecoveries());
    }

    // ---- TLP

    @Test
    void rfc8985_7_2_probeComesAfterTwoRoundTrips() {
        var s = slowPath();
        s.write(3000).expect(segments(3));
        s.expectBetween(200, 200, data(1000).seq(2001));
        assertEquals(1, s.tcb().info(s.nowNanos()).tailLossProbes());
    }

    /** RFC 8985 7.2: a lone segment's acknowledgement may be delayed. */
    @Test
    void rfc8985_7_2_loneSegmentWaitsForADelayedAckButNotBeyondTheTimeOut() {
        var s = slowPath();
        s.write(1000).expect(data(1000).seq(1));
        s.expectBetween(299, 300, data(1000).seq(1));
        assertEquals(1, s.tcb().info(s.nowNanos()).tailLossProbes());
        assertEquals(0, s.tcb().info(s.nowNanos()).retransmissionTimeouts());
    }

    @Test
    void rfc8985_7_2_noProbeWithoutSack() {
        var s = slowPath(Script.with().mss(1000));
        s.write(3000).expect(segments(3));
        s.expectBetween(300, 300, data(1000).seq(1));
    }

    @Test
    void rfc8985_7_2_everyAcknowledgementThatAdvancesRestartsTheTimer() {
        var s = slowPath();
        s.write(3000).expect(segments(3));
        s.after(150).inject(ack().ack(1001)).expectNothing();
        s.after(199).expectNothing();
        s.expectBetween(1, 30, data(1000).seq(2001));
    }

    @Test
    void rfc8985_7_2_noProbeWhileSegmentsAreSelectivelyAcknowledged() {
        var s = slowPath();
        s.write(2000).expect(segments(2));
        s.after(100).inject(ack().seq(1).ack(1).sack(1001, 2001)).expectNothing();
        s.expectBetween(25, 26, data(1000).seq(1));
        assertEquals(0, s.tcb().info(s.nowNanos()).tailLossProbes());
    }

    @Test
    void rfc8985_7_3_probeIsNewTextIfThereIsSome() {
        var s = slowPath();
        s.write(11_000).expect(segments(10));
        s.expectBetween(200, 200, data(1000).seq(10_001));
        s.inject(ack().ack(11_001)).expectNothing();
    }

    /** Beyond the peer's window nothing new may go: the last segment is sent again. */
    @Test
    void rfc8985_7_3_probeKeepsToTheWindow() {
        var s = slowPath(sack().window(3000));
        s.write(4000).expect(segments(3));
        s.expectBetween(200, 200, data(1000).seq(2001));
    }

    @Test
    void rfc8985_7_3_probeOfAFinIsTheFin() {
        var s = slowPath();
        s.write(500).expect(data(500).seq(1));
        s.shutdown().expect(fin().seq(501));
        s.expectBetween(200, 300, fin().seq(501));
        s.inject(ack().ack(502)).expectNothing();
    }

    /** RFC 8985 7.3: one probe; after it the retransmission timer starts anew. */
    @Test
    void rfc8985_7_3_timeOutFollowsAnUnansweredProbe() {
        var s = slowPath();
        s.write(3000).expect(segments(3));
        s.expectBetween(200, 200, data(1000).seq(2001));
        s.expectBetween(300, 300, data(1000).seq(1));
        assertEquals(1, s.tcb().info(s.nowNanos()).tailLossProbes());
        assertEquals(1, s.tcb().info(s.nowNanos()).retransmissionTimeouts());
    }

    @Test
    void rfc8985_7_3_probesAnswerShowsTheLossAndRecoveryIsFast() {
        var s = slowPath();
        s.write(3000).expect(segments(3));
        s.expectBetween(200, 200, data(1000).seq(2001));
        s.after(100).inject(ack().seq(1).ack(1).sack(2001, 3001));
        s.expectBetween(0, 26, data(1000).seq(1));
        s.after(100).inject(ack().ack(1001).sack(2001, 3001)).expect(data(1000).seq(1001));
        assertEquals(0, s.tcb().info(s.nowNanos()).retransmissionTimeouts());
    }

    /** RFC 8985 7.4.2, case 2: the probe repaired a loss that nothing else would have shown. */
    @Test
    void rfc8985_7_4_2_lossRepairedByTheProbeReducesTheWindow() {
        var s = slowPath();
        s.write(3000).expect(segments(3));
        long cwnd = s.tcb().info(s.nowNanos()).cwndBytes();
        s.expectBetween(200, 200, data(1000).seq(2001));
        s.after(100).inject(ack().ack(3001)).expectNothing();
        s.write(1000).expect(data(1000).seq(3001));
        s.after(100).inject(ack().ack(4001)).expectNothing();
        assertTrue(s.tcb().info(s.nowNanos()).cwndBytes() < cwnd, s::text);
    }

    /** RFC 8985 7.4.2, case 1: the duplicate report says that nothing was lost. */
    @Test
    void rfc8985_7_4_2_duplicateReportOfTheProbeLeavesTheWindow() {
        var s = slowPath();
        s.write(3000).expect(segments(3));
        long cwnd = s.tcb().info(s.nowNanos()).cwndBytes();
        s.expectBetween(200, 200, data(1000).seq(2001));
        s.after(10).inject(ack().ack(3001)).expectNothing();
        s.after(90).inject(ack().ack(3001).sack(2001, 3001)).expectNothing();
        s.write(1000).expect(data(1000).seq(3001));
        s.after(100).inject(ack().ack(4001)).expectNothing();
        assertTrue(s.tcb().info(s.nowNanos()).cwndBytes() >= cwnd, s::text);
    }
}
