package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.script.ScriptSetup;
import net.sojourn.stack.script.SentPacket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** RFC 5681, RFC 3042, RFC 6582, RFC 6928: congestion control as the wire shows it; NewReno, without SACK. */
@ExtendWith(ScriptEnd.class)
class Rfc5681Test {

    private static ScriptSetup newReno() {
        return Script.with()
                .mss(1000)
                .settings(b -> b.congestionControl(net.sojourn.stack.StackSettings.congestionControlNamed("newreno")));
    }

    /** Ten segments under way; RTT 100 ms. */
    private static Script tenSegments() {
        var s = newReno().synReceived();
        s.after(100).inject(ack().seq(1).ack(1)).expectNothing();
        s.write(40_000);
        assertEquals(10, s.takeAll().size());
        return s.after(100);
    }

    @Test
    void rfc6928_2_initialWindowIsTenSegments() {
        var s = Script.with().mss(1460).established();
        s.write(100_000);
        assertEquals(10, s.takeAll().size());
    }

    /** 3.1: slow start: one segment more for each acknowledged. */
    @Test
    void rfc5681_3_1_slowStart() {
        var s = tenSegments();
        s.inject(ack().seq(1).ack(1001))
                .expect(data(1000).seq(10_001), data(1000).seq(11_001));
        s.inject(ack().seq(1).ack(3001));
        assertEquals(4, s.takeAll().size());
    }

    /** 3.1: after a time-out the window is one segment. */
    @Test
    void rfc5681_3_1_lossWindowIsOneSegment() {
        var s = tenSegments();
        s.expectBetween(50, 1500, data(1000).seq(1));
        // RFC 5682 3.1, step 2b: the two segments that the window then allows are new ones.
        s.inject(ack().seq(1).ack(1001))
                .expect(data(1000).seq(10_001), data(1000).seq(11_001));
        s.inject(ack().seq(1).ack(1001)).expect(data(1000).seq(1001));
    }

    @Test
    void rfc5681_3_2_threeDuplicatesRetransmit() {
        var s = tenSegments();
        s.feed(ack().seq(1).ack(1)).feed(ack().seq(1).ack(1));
        s.takeAll();
        s.inject(ack().seq(1).ack(1));
        SentPacket first = s.takeAll().get(0);
        assertEquals(1, PacketBytes.i32(first.transport(), 4) - s.ourIss(), s::text);
    }

    /** RFC 3042: each of the first two duplicates lets one new segment out; none is sent again. */
    @Test
    void rfc3042_2_limitedTransmit() {
        var s = tenSegments();
        s.inject(ack().seq(1).ack(1)).expect(data(1000).seq(10_001));
        s.inject(ack().seq(1).ack(1)).expect(data(1000).seq(11_001));
        s.inject(ack().seq(1).ack(1001));
        for (SentPacket packet : s.takeAll()) {
            assertTrue(PacketBytes.i32(packet.transport(), 4) - s.ourIss() >= 12_001, s::text);
        }
    }

    /** 2: what carries text, or changes the window, is no duplicate acknowledgement. */
    @Test
    void rfc5681_2_windowUpdatesAreNoDuplicates() {
        var s = tenSegments();
        for (int i = 1; i <= 6; i++) {
            s.feed(ack().seq(1).ack(1).win(65_535 - i));
        }
        for (SentPacket packet : s.takeAll()) {
            assertTrue(PacketBytes.i32(packet.transport(), 4) - s.ourIss() >= 10_001, s::text);
        }
    }

    @Test
    void rfc5681_2_textIsNoDuplicate() {
        var s = tenSegments();
        for (int i = 0; i < 6; i++) {
            s.feed(data(10).seq(1 + 10L * i).ack(1));
        }
        for (SentPacket packet : s.takeAll()) {
            assertTrue(PacketBytes.i32(packet.transport(), 4) - s.ourIss() >= 10_001, s::text);
        }
    }

    /** RFC 6582 3.2: a partial acknowledgement in recovery retransmits the next hole at once. */
    @Test
    void rfc6582_3_2_partialAcknowledgementRetransmitsTheNext() {
        var s = tenSegments();
        for (int i = 0; i < 6; i++) {
            s.feed(ack().seq(1).ack(1));
        }
        s.takeAll();
        s.after(100).inject(ack().seq(1).ack(4001));
        SentPacket first = s.takeAll().get(0);
        assertEquals(4001, PacketBytes.i32(first.transport(), 4) - s.ourIss(), s::text);
    }

    /** 3.2: recovery halves the window. */
    @Test
    void rfc5681_3_2_recoveryHalvesTheWindow() {
        var s = tenSegments();
        for (int i = 0; i < 9; i++) {
            s.feed(ack().seq(1).ack(1));
        }
        s.takeAll();
        s.after(100).inject(ack().seq(1).ack(10_001));
        s.takeAll();
        long cwndBytes = s.tcb().info(s.nowNanos()).cwndBytes();
        assertTrue(cwndBytes >= 2000 && cwndBytes <= 6000, "cwnd " + cwndBytes);
    }

    /** 4.2: text that fills a gap, or leaves one, is acknowledged at once. */
    @Test
    void rfc5681_4_2_gapsAreAcknowledgedAtOnce() {
        var s = Script.established();
        long at = 1;
        for (int i = 0; i < 40; i++) {
            s.feed(data(100).seq(at)).pass(500);
            s.takeAll();
            at += 100;
        }
        s.inject(data(100).seq(at + 200)).expect(ack().ack(at));
        s.inject(data(100).seq(at + 100)).expect(ack().ack(at));
        s.inject(data(100).seq(at)).expect(ack().ack(at + 300));
    }

    /** 4.2: a delayed ACK may be given up; behind a loss the peer's window is small, and each ACK lets it grow. */
    @Test
    void rfc5681_4_2_segmentsBehindALossAreAcknowledgedOneByOne() {
        var s = Script.established();
        long at = 1;
        for (int i = 0; i < 40; i++) {
            s.feed(data(100).seq(at)).pass(500);
            s.takeAll();
            at += 100;
        }
        s.inject(data(100).seq(at)).expectNothing();
        s.inject(data(100).seq(at + 200)).expect(ack().ack(at + 100));
        s.inject(data(100).seq(at + 100)).expect(ack().ack(at + 300));
        at += 300;
        for (int i = 0; i < 16; i++) {
            s.inject(data(100).seq(at)).expect(ack().ack(at + 100));
            at += 100;
        }
        s.inject(data(100).seq(at)).expectNothing();
    }
}
