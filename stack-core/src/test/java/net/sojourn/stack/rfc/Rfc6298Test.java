package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.fin;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;
import static org.junit.jupiter.api.Assertions.assertEquals;

import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** RFC 6298: the retransmission timer. */
@ExtendWith(ScriptEnd.class)
class Rfc6298Test {

    /** The handshake took 300 ms: SRTT 300, RTTVAR 150, RTO 900. */
    private static Script roundTripOf300() {
        var s = Script.with().mss(1000).synReceived();
        s.after(300).inject(ack().seq(1).ack(1)).expectNothing();
        return s;
    }

    @Test
    void rfc6298_2_1_rtoOfAFirstSynIsOneSecondAndDoubles() {
        var s = Script.synSent();
        s.expectBetween(995, 1005, syn().seq(0));
        s.expectBetween(1995, 2005, syn().seq(0));
        s.expectBetween(3995, 4005, syn().seq(0));
        s.inject(synAck().seq(0).ack(1).mss(1460)).expect(ack().seq(1).ack(1));
    }

    @Test
    void rfc6298_2_1_synAckIsRepeatedToo() {
        var s = Script.synReceived();
        s.expectBetween(995, 1005, synAck().seq(0).ack(1));
        s.expectBetween(1995, 2005, synAck().seq(0).ack(1));
        s.inject(ack().seq(1).ack(1)).expectNothing();
    }

    /** RFC 9293 3.8.3, MUST-23: R2 of a SYN is 3 minutes at most for us; the user is told. */
    @Test
    void rfc9293_3_8_3_unansweredSynIsGivenUp() {
        var s = Script.synSent();
        s.after(300_000);
        assertEquals(6, s.takeAll().size());
        s.ended(ConnectionFailure.TIMED_OUT);
    }

    /** MUST-23, for who asks for one retransmission more than the default. */
    @Test
    void rfc9293_3_8_3_synCanBeTriedForThreeMinutes() {
        var s = Script.with().settings(b -> b.maxSynRetransmissions(7)).synSent();
        s.after(180_000);
        assertEquals(7, s.takeAll().size());
        s.state(TcpState.SYN_SENT).after(4_000).ended(ConnectionFailure.TIMED_OUT);
    }

    @Test
    void rfc9293_3_8_3_unansweredSynAckIsGivenUp() {
        var s = Script.synReceived();
        s.after(300_000);
        s.takeAll();
        s.connections(0);
    }

    @Test
    void rfc6298_2_2_firstMeasurementSetsTheRto() {
        var s = roundTripOf300();
        s.write(1000).expect(data(1000).seq(1));
        s.expectBetween(895, 905, data(1000).seq(1));
    }

    /** SRTT 325, RTTVAR 162.5: RTO 975, counted from the acknowledgement (5.3). */
    @Test
    void rfc6298_2_3_and_5_3_laterMeasurementAndRestart() {
        var s = roundTripOf300();
        s.write(2000).expect(data(1000).seq(1), data(1000).seq(1001));
        s.after(500).inject(ack().seq(1).ack(1001)).expectNothing();
        s.expectBetween(970, 980, data(1000).seq(1001));
    }

    @Test
    void rfc6298_5_2_timerIsOffWhenAllIsAcknowledged() {
        var s = roundTripOf300();
        s.write(1000).expect(data(1000).seq(1));
        s.inject(ack().seq(1).ack(1001)).after(100_000).expectNothing();
        assertEquals(0, s.machine().deadlineCount());
    }

    /** 5.4: the earliest segment goes again, and only it. 5.5: the time-out doubles. */
    @Test
    void rfc6298_5_4_and_5_5_earliestSegmentIsRepeatedAtDoublingIntervals() {
        var s = roundTripOf300();
        s.write(3000).expect(data(1000).seq(1), data(1000).seq(1001), data(1000).seq(2001));
        s.expectBetween(895, 905, data(1000).seq(1));
        s.expectBetween(1795, 1805, data(1000).seq(1));
        s.expectBetween(3595, 3605, data(1000).seq(1));
        s.expectBetween(7195, 7205, data(1000).seq(1));
    }

    /** 2.5: 60 s at most. */
    @Test
    void rfc6298_2_5_timeoutIsBounded() {
        var s = roundTripOf300();
        s.write(500).expect(data(500).seq(1));
        s.after(200_000);
        s.takeAll();
        s.expectBetween(0, 60_001, data(500).seq(1));
        s.expectBetween(59_000, 60_001, data(500).seq(1));
    }

    /** 3, Karn: text that was sent twice gives no measurement. */
    @Test
    void rfc6298_3_ambiguousAcknowledgementIsNotMeasured() {
        var s = roundTripOf300();
        s.write(1000).expect(data(1000).seq(1));
        s.expectBetween(895, 905, data(1000).seq(1));
        s.after(5).inject(ack().seq(1).ack(1001)).expectNothing();
        assertEquals(300_000_000L, s.tcb().info(s.nowNanos()).srttNanos());
    }

    /** 5: only a measurement takes the doubling back, and text that was sent twice gives none. */
    @Test
    void rfc6298_5_timeoutStaysDoubledUntilThereIsAMeasurement() {
        var s = roundTripOf300();
        s.write(1000).expect(data(1000).seq(1));
        s.expectBetween(895, 905, data(1000).seq(1));
        s.inject(ack().seq(1).ack(1001)).expectNothing();
        s.write(1000).expect(data(1000).seq(1001));
        s.expectBetween(1795, 1805, data(1000).seq(1001));
    }

    /** 3, RFC 7323 4.1: the echoed timestamp tells which transmission arrived. SRTT 275, RTTVAR 162.5: RTO 925. */
    @Test
    void rfc6298_3_timestampsMeasureRetransmissionsToo() {
        var s = Script.with().mss(1000).timestamps().synReceived();
        s.after(300).inject(ack().seq(1).ack(1)).expectNothing();
        s.write(500).expect(data(500).seq(1));
        s.expectBetween(895, 905, data(500).seq(1));
        s.after(100).inject(ack().seq(1).ack(501).tsEcr(s.lastTsVal())).expectNothing();
        s.write(500).expect(data(500).seq(501));
        s.expectBetween(915, 935, data(500).seq(501));
    }

    /** An echo of a time before the connection began is none of ours. */
    @Test
    void rfc6298_3_impossibleEchoMeasuresNothing() {
        var s = Script.with().mss(1000).timestamps().synReceived();
        s.after(300).inject(ack().seq(1).ack(1)).expectNothing();
        s.write(500).expect(data(500).seq(1));
        s.expectBetween(895, 905, data(500).seq(1));
        s.inject(ack().seq(1).ack(501).tsEcr(s.lastTsVal() - 10_000)).expectNothing();
        assertEquals(300_000_000L, s.tcb().info(s.nowNanos()).srttNanos());
    }

    /** 5.7: a SYN that had to be repeated leaves 3 s for the first text. */
    @Test
    void rfc6298_5_7_threeSecondsAfterARepeatedSyn() {
        var s = Script.synSent();
        s.expectBetween(995, 1005, syn().seq(0));
        s.inject(synAck().seq(0).ack(1).mss(1460)).expect(ack().seq(1).ack(1));
        s.write(10).expect(data(10).seq(1));
        s.expectBetween(2995, 3005, data(10).seq(1));
    }

    /** RFC 9293 3.8.3, R2: a peer that is gone is given up after at least 100 s. */
    @Test
    void rfc9293_3_8_3_connectionIsGivenUpAfterManyRetransmissions() {
        var s = roundTripOf300();
        s.write(1000).expect(data(1000).seq(1));
        s.after(100_000);
        s.takeAll();
        s.state(TcpState.ESTABLISHED);
        s.after(2_000_000);
        s.takeAll();
        s.ended(ConnectionFailure.TIMED_OUT);
    }

    @Test
    void rfc6298_5_1_finIsGuardedByTheTimerToo() {
        var s = roundTripOf300();
        s.shutdown().expect(fin().seq(1).ack(1));
        s.expectBetween(895, 905, fin().seq(1).ack(1));
    }
}
