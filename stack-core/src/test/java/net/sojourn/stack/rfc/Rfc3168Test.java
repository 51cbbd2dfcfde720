package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.fin;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.EcnMode;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.script.ScriptSetup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** RFC 3168: explicit congestion notification, with RFC 8311 and RFC 8511 in mind. */
@ExtendWith(ScriptEnd.class)
class Rfc3168Test {

    private static final int NOT_ECT = 0;
    private static final int ECT_0 = 2;
    private static final int CE = 3;

    private static ScriptSetup offering() {
        return Script.with().settings(b -> b.ecn(EcnMode.OFFER));
    }

    /** A script whose two sides have agreed on ECN, both at 1. */
    private static Script agreed(ScriptSetup setup) {
        Script s = setup.listen();
        s.inject(setup.offer(syn()).seq(0).ece().cwr())
                .expect(synAck().seq(0).ack(1).ece());
        return s.inject(ack().seq(1).ack(1)).expectNothing();
    }

    @Test
    void rfc3168_6_1_1_setupSynIsAnsweredWithEceOnly() {
        var s = agreed(Script.with());
        assertTrue(s.tcb().info(s.nowNanos()).ecn());
    }

    @Test
    void rfc3168_6_1_1_synWithoutBothFlagsAgreesNothing() {
        Script.listen().inject(syn().seq(0).ece()).expect(synAck().ack(1));
        Script.listen().inject(syn().seq(0).cwr()).expect(synAck().ack(1));
    }

    @Test
    void rfc3168_6_1_1_offIsNeverAgreed() {
        var s = Script.with().settings(b -> b.ecn(EcnMode.OFF)).listen();
        s.inject(syn().seq(0).ece().cwr()).expect(synAck().ack(1));
    }

    @Test
    void rfc3168_6_1_1_ourSetupSynHasBothFlagsAndNoCodepoint() {
        var s = offering().closed();
        s.connect().expect(syn().ece().cwr().tos(NOT_ECT));
        s.inject(synAck().seq(0).ack(1).mss(1460).ece())
                .expect(ack().seq(1).ack(1).tos(NOT_ECT));
        assertTrue(s.tcb().info(s.nowNanos()).ecn());
        s.write(10).expect(data(10).tos(ECT_0));
    }

    @Test
    void rfc3168_6_1_1_synAckWithBothFlagsIsAPeerThatCopiesReservedBits() {
        var s = offering().closed();
        s.connect().expect(syn().ece().cwr());
        s.inject(synAck().seq(0).ack(1).mss(1460).ece().cwr()).expect(ack());
        assertFalse(s.tcb().info(s.nowNanos()).ecn());
        s.write(10).expect(data(10).tos(NOT_ECT));
    }

    @Test
    void rfc3168_6_1_1_1_unansweredSetupSynIsRepeatedWithoutFlags() {
        var s = offering().closed();
        s.connect().expect(syn().ece().cwr());
        s.expectBetween(1000, 1000, syn());
        s.inject(synAck().seq(0).ack(1).mss(1460).ece()).expect(ack());
        assertFalse(s.tcb().info(s.nowNanos()).ecn());
    }

    @Test
    void rfc3168_6_1_2_newTextIsCapable() {
        var s = agreed(Script.with());
        s.write(10).expect(data(10).tos(ECT_0));
        assertEquals(0, s.tcb().info(s.nowNanos()).ecnReductions());
    }

    @Test
    void rfc3168_6_1_2_newTextIsCapableOverIpv6() {
        var s = agreed(Script.with().ipv6());
        s.write(10).expect(data(10).tos(ECT_0));
    }

    @Test
    void rfc3168_6_1_4_pureAckAndFinAreNotCapable() {
        var s = agreed(Script.with());
        s.inject(data(10).seq(1)).expect(ack().ack(11).tos(NOT_ECT));
        s.shutdown().expect(fin().tos(NOT_ECT));
    }

    @Test
    void rfc3168_6_1_5_retransmissionIsNotCapable() {
        var s = agreed(Script.with());
        s.write(10).expect(data(10).tos(ECT_0));
        s.expectBetween(200, 200, data(10).seq(1).tos(NOT_ECT));
    }

    @Test
    void rfc3168_6_1_6_windowProbeIsNotCapable() {
        var s = agreed(Script.with());
        s.inject(ack().win(0)).write(10).expectBetween(200, 1000, data(1).seq(1).tos(NOT_ECT));
    }

    @Test
    void rfc3168_6_1_3_markIsEchoedUntilTheSenderSaysItSlowedDown() {
        var s = agreed(Script.with());
        s.inject(data(10).seq(1).tos(CE)).expect(ack().ack(11).ece());
        s.inject(data(10).seq(11).tos(ECT_0)).expect(ack().ack(21).ece());
        s.inject(data(10).seq(21).tos(ECT_0).cwr()).expect(ack().ack(31));
        assertEquals(1, s.tcb().info(s.nowNanos()).ceMarks());
    }

    @Test
    void rfc3168_6_1_3_markOnTheVerySegmentWithCwrIsEchoed() {
        var s = agreed(Script.with());
        s.inject(data(10).seq(1).tos(CE)).expect(ack().ack(11).ece());
        s.inject(data(10).seq(11).tos(CE).cwr()).expect(ack().ack(21).ece());
    }

    /** RFC 3168 6.1.3: an ACK with news of a mark is not delayed. */
    @Test
    void rfc3168_6_1_3_firstMarkIsAcknowledgedAtOnce() {
        var s = agreed(Script.with());
        for (int i = 0; i < 16; i++) {
            s.inject(data(10)).expect(ack());
        }
        s.inject(data(10)).expectBetween(40, 40, ack());
        s.inject(data(10).tos(CE)).expect(ack().ece());
    }

    @Test
    void rfc3168_6_1_3_markMeansNothingWithoutAgreement() {
        var s = Script.established();
        s.inject(data(10).seq(1).tos(CE)).expect(ack().ack(11));
    }

    @Test
    void rfc3168_6_1_2_echoReducesTheWindowOnceAWindow() {
        var s = agreed(
                Script.with().settings(b -> b.congestionControl(StackSettings.congestionControlNamed("newreno"))));
        s.write(10 * 1460).takeAll();
        s.inject(ack().ack(1461).ece());
        long reduced = s.tcb().info(s.nowNanos()).cwndBytes();
        // RFC 8511 3.1: beta_ecn of 0.8 for Reno, of the window of 10 segments that was in flight.
        assertEquals(10 * 1460 * 4 / 5, reduced);
        s.inject(ack().ack(2921).ece());
        assertEquals(reduced, s.tcb().info(s.nowNanos()).cwndBytes());
        assertEquals(1, s.tcb().info(s.nowNanos()).ecnReductions());
    }

    @Test
    void rfc3168_6_1_2_firstNewTextAfterTheReductionCarriesCwr() {
        var s = agreed(Script.with()).noDelay();
        s.write(10).expect(data(10).seq(1));
        s.write(10).expect(data(10).seq(11));
        s.inject(ack().ack(11).ece()).expectNothing();
        s.write(10).expect(data(10).seq(21).cwr().tos(ECT_0));
        s.write(10).expect(data(10).seq(31).tos(ECT_0));
    }

    @Test
    void rfc3168_6_1_2_echoForAnEmptyPipeChangesNothing() {
        var s = agreed(Script.with());
        long cwnd = s.tcb().info(s.nowNanos()).cwndBytes();
        s.inject(data(10).ece()).expect(ack());
        assertEquals(cwnd, s.tcb().info(s.nowNanos()).cwndBytes());
    }

    /** RFC 3168 6.1.2: loss reduces the window too, and says so. */
    @Test
    void rfc3168_6_1_2_cwrFollowsARetransmissionTimeOut() {
        var s = agreed(Script.with()).noDelay();
        s.write(10).expect(data(10).seq(1));
        s.expectBetween(200, 200, data(10).seq(1));
        s.inject(ack().ack(11)).expectNothing();
        s.write(10).expect(data(10).seq(11).cwr());
    }
}
