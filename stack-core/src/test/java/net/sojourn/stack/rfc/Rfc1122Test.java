package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.script.ScriptSetup;
import net.sojourn.stack.script.Segment;
import net.sojourn.stack.script.SentPacket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** RFC 1122 4.2 as RFC 9293 3.8 has it: delayed ACKs, Nagle, silly windows, zero-window probes, keep-alives. */
@ExtendWith(ScriptEnd.class)
class Rfc1122Test {

    /** An established connection whose receiver does not acknowledge each segment at once any more. */
    private static Script pastTheFirstSegments(ScriptSetup setup, int bytes) {
        var s = setup.established();
        int at = 1;
        for (int i = 0; i < 40; i++) {
            s.feed(data(bytes).seq(at)).pass(500);
            s.takeAll();
            at += bytes;
        }
        s.read(40 * bytes);
        s.takeAll();
        return s;
    }

    // ---- 4.2.3.2, RFC 9293 3.8.6.3: delayed ACKs

    @Test
    void rfc9293_3_8_6_3_ackIsDelayedByLessThanHalfASecond() {
        var s = pastTheFirstSegments(Script.with(), 100);
        s.inject(data(100).seq(4001)).expectNothing();
        s.expectBetween(1, 499, ack().seq(1).ack(4101));
        s.after(5000).expectNothing();
    }

    @Test
    void rfc9293_3_8_6_3_everySecondFullSizedSegmentIsAcknowledgedAtOnce() {
        var s = pastTheFirstSegments(Script.with(), 1460);
        s.inject(data(1460).seq(58_401)).expectNothing();
        s.inject(data(1460).seq(59_861)).expect(ack().ack(61_321));
        s.inject(data(1460).seq(61_321)).expectNothing();
        s.inject(data(1460).seq(62_781)).expect(ack().ack(64_241));
    }

    /** Also of the very first segments, whatever their number. */
    @Test
    void rfc9293_3_8_6_3_firstSegmentIsAcknowledgedInTime() {
        Script.established().inject(data(1).seq(1)).expectBetween(0, 499, ack().ack(2));
    }

    @Test
    void rfc9293_3_8_6_3_ackRidesOnText() {
        var s = pastTheFirstSegments(Script.with(), 100);
        s.inject(data(100).seq(4001)).expectNothing();
        s.write(10).expect(data(10).seq(1).ack(4101));
        s.inject(ack().seq(4101).ack(11)).after(2000).expectNothing();
    }

    // ---- 4.2.3.4, RFC 9293 3.7.4: Nagle

    @Test
    void rfc9293_3_7_4_smallTextWaitsWhileTextIsOutstanding() {
        var s = Script.established();
        s.write(10).expect(data(10).seq(1));
        s.write(10).expectNothing();
        s.write(10).expectNothing();
        s.inject(ack().seq(1).ack(11)).expect(data(20).seq(11));
    }

    @Test
    void rfc9293_3_7_4_fullSegmentsDoNotWait() {
        var s = Script.with().mss(1000).established();
        s.write(10).expect(data(10).seq(1));
        s.write(1500).expect(data(1000).seq(11));
        s.inject(ack().seq(1).ack(1011)).expect(data(500).seq(1011));
    }

    /** MUST-17: an application can turn it off. */
    @Test
    void rfc9293_3_7_4_noDelayTurnsItOff() {
        var s = Script.with().noDelay().established();
        s.write(10).expect(data(10).seq(1));
        s.write(10).expect(data(10).seq(11));
    }

    @Test
    void rfc9293_3_7_4_noDelayReleasesWhatWaits() {
        var s = Script.established();
        s.write(10).expect(data(10).seq(1));
        s.write(10).expectNothing();
        s.noDelay().expect(data(10).seq(11));
    }

    @Test
    void rfc9293_3_7_4_finReleasesWhatWaits() {
        var s = Script.established();
        s.write(10).expect(data(10).seq(1));
        s.write(10).expectNothing();
        s.shutdown().expect(data(10).seq(11).withFin());
    }

    // ---- 4.2.3.4, RFC 9293 3.8.6.2.1: the sender's silly windows

    @Test
    void rfc9293_3_8_6_2_1_smallWindowIsNotFilledAtOnce() {
        var s = Script.with().mss(1000).window(1000).established();
        s.write(3000).expect(data(1000).seq(1));
        s.inject(ack().seq(1).ack(1001).win(100)).expectNothing();
        s.inject(ack().seq(1).ack(1001).win(1000)).expect(data(1000).seq(1001));
    }

    /** Half of the largest window is enough. */
    @Test
    void rfc9293_3_8_6_2_1_halfTheLargestWindowIsFilled() {
        var s = Script.with().mss(1460).window(1000).established();
        s.write(3000).expect(data(1000).seq(1));
        s.inject(ack().seq(1).ack(1001).win(500)).expect(data(500).seq(1001));
    }

    /** Or else a sender would wait for ever for a window that never grows: override after 0.1 to 1 s. */
    @Test
    void rfc9293_3_8_6_2_1_smallWindowIsFilledAfterTheOverrideTime() {
        var s = Script.with().mss(1000).window(1000).established();
        s.write(3000).expect(data(1000).seq(1));
        s.inject(ack().seq(1).ack(1001).win(100)).expectNothing();
        s.expectBetween(100, 1000, data(100).seq(1001));
        s.inject(ack().seq(1).ack(1101).win(1000)).expect(data(1000).seq(1101));
    }

    // ---- 4.2.3.3, RFC 9293 3.8.6.2.2: the receiver's silly windows

    @Test
    void rfc9293_3_8_6_2_2_windowOpensBySegmentsNotByOctets() {
        var s = Script.with().settings(b -> b.receiveBufferBytes(4096)).established();
        s.inject(
                data(1000).seq(1),
                data(1000).seq(1001),
                data(1000).seq(2001),
                data(1000).seq(3001));
        s.takeAll();
        s.inject(data(96).seq(4001)).expect(ack().ack(4097).win(0));
        s.read(100).expectNothing();
        s.read(100).expectNothing();
        s.read(1000).expect(ack().ack(4097));
    }

    /** RFC 9293 3.8.6, MUST-34: the window does not shrink from the right. */
    @Test
    void rfc9293_3_8_6_rightEdgeOfOurWindowNeverMovesLeft() {
        var s = Script.with().settings(b -> b.receiveBufferBytes(16_384)).established();
        long edge = 0;
        for (int i = 0; i < 16; i++) {
            s.feed(data(1000).seq(1 + 1000L * i)).pass(100);
            for (SentPacket packet : s.takeAll()) {
                long now = (PacketBytes.i32(packet.transport(), 8) - s.peerIss())
                        + PacketBytes.u16(packet.transport(), 14);
                assertTrue(now >= edge, () -> "the right edge moved left\n" + s.text());
                edge = now;
            }
            if (i % 3 == 0) {
                s.read(500);
                s.takeAll();
            }
        }
    }

    // ---- 4.2.2.17, RFC 9293 3.8.6.1: zero-window probes

    /** Or two ends with shut windows would never hear that one has opened: gVisor's netstack showed it. */
    @Test
    void rfc9293_3_8_6_1_ackBesideAProbeLiesInsideTheShutWindow() {
        Script s = Script.established();
        s.inject(ack().seq(1).ack(1).win(0)).expectNothing();
        s.write(100).expectBetween(200, 1100, data(1).seq(1).ack(1));
        s.inject(data(10).seq(1).ack(1).win(0)).expect(ack().seq(1).ack(11));
    }

    /** MUST-36, SHLD-29, SHLD-30: the first after an RTO, then at growing intervals. */
    @Test
    void rfc9293_3_8_6_1_zeroWindowIsProbedAtGrowingIntervals() {
        var s = Script.with().mss(1000).window(1000).established();
        s.write(3000).expect(data(1000).seq(1));
        s.inject(ack().seq(1).ack(1001).win(0)).expectNothing();
        s.expectBetween(150, 1100, data(1).seq(1001));
        long gap = 200;
        for (int i = 0; i < 6; i++) {
            s.inject(ack().seq(1).ack(1001).win(0)).expectNothing();
            s.expectBetween(gap * 3 / 2, 70_000, data(1).seq(1001));
            gap *= 2;
        }
    }

    /** MUST-37: for ever, as long as the peer answers. */
    @Test
    void rfc9293_3_8_6_1_probingNeverEndsWhileThePeerAnswers() {
        var s = Script.with().window(1000).established();
        s.write(3000).expect(data(1000).seq(1));
        s.inject(ack().seq(1).ack(1001).win(0)).expectNothing();
        for (int i = 0; i < 100; i++) {
            s.expectBetween(100, 70_000, data(1).seq(1001));
            s.inject(ack().seq(1).ack(1001).win(0)).expectNothing();
        }
        s.inject(ack().seq(1).ack(1001).win(1000))
                .expect(data(1).seq(1001), data(999).seq(1002));
    }

    @Test
    void rfc9293_3_8_6_1_probingEndsWhenThePeerIsDead() {
        var s = Script.with().window(1000).established();
        s.write(3000).expect(data(1000).seq(1));
        s.inject(ack().seq(1).ack(1001).win(0)).expectNothing();
        for (int i = 0; i < 40 && s.machine().tcp().connections().size() == 1; i++) {
            s.after(70_000);
            s.takeAll();
        }
        s.ended(ConnectionFailure.TIMED_OUT);
    }

    /** A window that opens restarts the timer: nothing is sent twice early, and a loss is noticed soon. */
    @Test
    void rfc9293_3_8_6_1_openingWindowRestartsTheTimer() {
        var s = Script.with().mss(1000).window(1000).established();
        s.write(3000).expect(data(1000).seq(1));
        s.inject(ack().seq(1).ack(1001).win(0)).expectNothing();
        s.after(199).inject(ack().seq(1).ack(1001).win(1000)).expect(data(1000).seq(1001));
        s.expectBetween(190, 1100, data(1000).seq(1001));
    }

    @Test
    void rfc9293_3_8_6_1_lossAfterLongProbingIsNoticedSoon() {
        var s = Script.with().mss(1000).window(1000).established();
        s.write(3000).expect(data(1000).seq(1));
        s.inject(ack().seq(1).ack(1001).win(0)).expectNothing();
        for (int i = 0; i < 8; i++) {
            s.expectBetween(100, 70_000, data(1).seq(1001));
            s.inject(ack().seq(1).ack(1001).win(0)).expectNothing();
        }
        s.inject(ack().seq(1).ack(1001).win(1000))
                .expect(data(1).seq(1001), data(999).seq(1002));
        s.expectBetween(150, 1100, data(1).seq(1001), data(999).seq(1002));
    }

    /** A probe that was taken counts. */
    @Test
    void rfc9293_3_8_6_1_acceptedProbeIsNotSentAgain() {
        var s = Script.with().mss(1000).window(1000).established();
        s.write(3000).expect(data(1000).seq(1));
        s.inject(ack().seq(1).ack(1001).win(0)).expectNothing();
        s.expectBetween(100, 1100, data(1).seq(1001));
        s.inject(ack().seq(1).ack(1002).win(1000)).expect(data(1000).seq(1002));
    }

    /** MUST-66: we answer a probe of our shut window, and take its ACK. */
    @Test
    void rfc9293_3_8_6_1_probeOfOurShutWindowIsAnswered() {
        var s = Script.with().settings(b -> b.receiveBufferBytes(4096)).established();
        s.inject(data(4096).seq(1)).expect(ack().ack(4097).win(0));
        s.inject(data(1).seq(4097)).expect(ack().ack(4097).win(0));
        s.write(10).expect(data(10).seq(1).ack(4097).win(0));
        s.inject(data(1).seq(4097).ack(11)).expect(ack().seq(11).ack(4097).win(0));
        s.after(5000).expectNothing();
    }

    /** A shut window announced while text is under way (MUST-34 forbids, MUST-35 survives): retransmission goes on. */
    @Test
    void rfc9293_3_8_6_shrinkingWindowIsSurvived() {
        var s = Script.with().mss(1000).window(5000).established();
        s.write(5000);
        s.takeAll();
        s.inject(ack().seq(1).ack(1001).win(500)).expectNothing();
        s.after(1500);
        assertTrue(!s.takeAll().isEmpty(), "something is sent again");
        s.inject(ack().seq(1).ack(5001).win(5000)).expectNothing();
        s.write(1000).expect(data(1000).seq(5001));
    }

    // ---- 4.2.3.6, RFC 9293 3.8.4: keep-alives

    @Test
    void rfc9293_3_8_4_keepAliveIsOffByDefault() {
        var s = Script.established();
        s.after(24L * 3600 * 1000).expectNothing().state(TcpState.ESTABLISHED);
    }

    @Test
    void rfc9293_3_8_4_keepAliveComesAfterTwoHoursOfSilence() {
        var s = Script.established().keepAlive();
        s.expectBetween(7_200_000, 7_201_000, ack().seq(0).ack(1));
        s.inject(ack().seq(1).ack(1)).expectNothing();
        s.expectBetween(7_190_000, 7_300_000, ack().seq(0).ack(1));
    }

    @Test
    void rfc9293_3_8_4_trafficPutsTheKeepAliveOff() {
        var s = Script.established().keepAlive();
        s.after(7_000_000).inject(data(10).seq(1)).expect(ack().ack(11));
        s.expectBetween(7_190_000, 7_300_000, ack().seq(0).ack(11));
    }

    /** MUST-27: one without an answer does not end the connection. */
    @Test
    void rfc9293_3_8_4_connectionEndsOnlyAfterSeveralUnansweredKeepAlives() {
        var s = Script.established().keepAlive();
        s.expectBetween(7_200_000, 7_201_000, ack().seq(0).ack(1));
        for (int i = 1; i < 9; i++) {
            s.expectBetween(74_000, 76_000, ack().seq(0).ack(1));
        }
        s.after(76_000);
        s.takeAll();
        s.ended(ConnectionFailure.TIMED_OUT);
    }

    /** MUST-28: with a garbage octet, as old stacks send it, or without. */
    @Test
    void rfc9293_3_8_4_peersKeepAliveIsAnswered() {
        var s = Script.established();
        s.inject(ack().seq(0).ack(1)).expect(ack().seq(1).ack(1));
        s.inject(data("x").seq(0).ack(1)).expect(ack().seq(1).ack(1));
        s.readable(0);
    }

    // ---- 4.2.2.17 and what many segments at once cause

    /** One wake of the reader and one ACK for all that comes in one batch. */
    @Test
    void rfc9293_3_8_6_3_batchOfSegmentsIsToldAndAcknowledgedOnce() {
        Script s = Script.established();
        s.inject(
                data(1460).seq(1),
                data(1460).seq(1461),
                data(1460).seq(2921),
                data(1460).seq(4381));
        s.expect(ack().ack(5841)).told(1).readable(5840).read(5840);
        s.inject(data(10).seq(5841)).expect(ack().ack(5851)).told(2).read(10);
    }

    /** Text and reset in one batch: the application hears of the text first, and of nothing after the end. */
    @Test
    void rfc9293_3_10_7_4_textBeforeAResetInOneBatchIsTold() {
        Script s = Script.established();
        s.inject(data(10).seq(1), Segment.rst().seq(11)).told(1).ended(ConnectionFailure.RESET);
    }
}
