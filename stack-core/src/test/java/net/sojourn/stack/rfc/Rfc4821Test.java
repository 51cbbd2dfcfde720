package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.script.ScriptSetup;
import net.sojourn.stack.script.SentPacket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** RFC 4821 and RFC 8899: the path MTU where no router says anything. */
@ExtendWith(ScriptEnd.class)
class Rfc4821Test {

    private static int mtu(Script s) {
        return s.tcb().info(s.nowNanos()).pathMtuBytes();
    }

    private static long counted(Script s, Counter counter) {
        return s.machine().counters().of(counter);
    }

    /** Both sides at 1; what follows goes into a black hole for packets beyond 1200 octets. */
    private static Script fellToBase(ScriptSetup setup) {
        Script s = setup.synReceived();
        s.after(100).inject(ack().seq(1).ack(1)).expectNothing();
        s.write(1460).expect(data(1460).seq(1));
        s.expectBetween(300, 300, data(1460).seq(1));
        s.expectBetween(600, 600, data(1460).seq(1));
        s.expectBetween(1200, 1200, data(1460).seq(1));
        s.expectBetween(2400, 2400, data(1160).seq(1));
        return s;
    }

    @Test
    void rfc4821_7_7_fullSizedSegmentsThatTimeOutFourTimesMeanABlackHole() {
        var s = fellToBase(Script.with());
        assertEquals(1200, mtu(s));
        assertEquals(1, counted(s, Counter.MTU_BLACK_HOLES));
        s.inject(ack().ack(1161)).expect(data(300).seq(1161));
    }

    @Test
    void rfc8899_5_1_2_forIpv6TheBaseIsTheLeastMtu() {
        var s = Script.with().ipv6().mss(1440).synReceived();
        s.after(100).inject(ack().seq(1).ack(1)).expectNothing();
        s.write(1440).expect(data(1440).seq(1));
        s.pass(2100).takeAll();
        s.expectBetween(2300, 2500, data(1220).seq(1));
        assertEquals(1280, mtu(s));
    }

    /** Four more time-outs: RFC 791's 576 octets pass everywhere. */
    @Test
    void rfc4821_7_7_whatTheBaseDoesNotCureFallsToTheLeast() {
        var s = fellToBase(Script.with());
        s.expectBetween(4800, 4800, data(1160).seq(1));
        s.expectBetween(9600, 9600, data(1160).seq(1));
        s.expectBetween(19_200, 19_200, data(1160).seq(1));
        s.expectBetween(38_400, 38_400, data(536).seq(1));
        assertEquals(576, mtu(s));
    }

    @Test
    void rfc4821_7_7_smallSegmentsThatTimeOutSayNothingOfSize() {
        var s = Script.established();
        s.write(100).expect(data(100));
        s.pass(10_000).takeAll();
        assertEquals(1500, mtu(s));
        assertEquals(0, counted(s, Counter.MTU_BLACK_HOLES));
    }

    @Test
    void rfc4821_7_7_notWhenSwitchedOff() {
        var s = Script.with().settings(b -> b.pathMtuProbing(false)).established();
        s.write(1460).expect(data(1460));
        s.pass(10_000).takeAll();
        assertEquals(1500, mtu(s));
    }

    /** At the base, everything acknowledged, and so much text sent since that a probe has just gone out. */
    private static Script searching(ScriptSetup setup) {
        Script s = setup.synReceived();
        s.after(100).inject(ack().seq(1).ack(1)).expectNothing();
        s.write(1460);
        while (counted(s, Counter.MTU_BLACK_HOLES) == 0) {
            s.pass(50).takeAll();
        }
        for (int i = 0; i < 12 && counted(s, Counter.MTU_PROBES) == 0; i++) {
            s.takeAll();
            s.write(1160 * 8).takeAll();
            s.pass(100).takeAll();
            s.feed(ack());
        }
        assertEquals(1, counted(s, Counter.MTU_PROBES), s::text);
        return s;
    }

    private static long relativeSeq(Script s, SentPacket packet) {
        return net.sojourn.stack.script.PacketBytes.i32(packet.transport(), 4) - s.ourIss();
    }

    /** The probe among what was sent: a segment of 1310 text octets, half way to the ceiling of 1499. */
    private static SentPacket probe(Script s) {
        for (SentPacket packet : s.takeAll()) {
            if (packet.transport().length == 20 + 1310) {
                return packet;
            }
        }
        throw new AssertionError("no probe\n" + s.text());
    }

    @Test
    void rfc4821_7_3_searchBeginsHalfWayToTheCeiling() {
        var s = searching(Script.with());
        SentPacket probe = probe(s);
        assertEquals(1350, probe.octets().length, s::text);
    }

    @Test
    void rfc4821_7_6_1_acknowledgedProbeRaisesThePathMtu() {
        var s = searching(Script.with());
        probe(s);
        s.after(100).inject(ack());
        s.takeAll();
        assertEquals(1350, mtu(s));
        assertEquals(0, counted(s, Counter.MTU_PROBES_LOST));
    }

    @Test
    void rfc4821_7_6_2_lostProbeIsRepairedWithoutReducingTheWindow() {
        var s = searching(Script.with().sack());
        SentPacket probe = probe(s);
        long from = relativeSeq(s, probe);
        long cwnd = s.tcb().info(s.nowNanos()).cwndBytes();
        s.after(100).inject(ack().ack(from).sack(from + 1310, from + 1310 + 4 * 1160));
        boolean repaired = false;
        for (SentPacket packet : s.takeAll()) {
            repaired |= relativeSeq(s, packet) == from && packet.transport().length == 20 + 1160;
        }
        assertTrue(repaired, s::text);
        assertEquals(1200, mtu(s));
        assertEquals(1, counted(s, Counter.MTU_PROBES_LOST));
        assertTrue(s.tcb().info(s.nowNanos()).cwndBytes() >= cwnd, s::text);
        assertEquals(0, counted(s, Counter.FAST_RECOVERIES));
    }

    /** RFC 8899 5.1.1: what a router said ten minutes ago may not be true any more. */
    @Test
    void rfc8899_5_1_1_pathMayHaveBecomeWiderAfterTenMinutes() {
        var s = fellToBase(Script.with());
        s.after(100).inject(ack().ack(1161)).expect(data(300).seq(1161));
        s.after(100).inject(ack().ack(1461)).expectNothing();
        s.after(600_000);
        for (int i = 0; i < 40 && mtu(s) < 1490; i++) {
            s.write(1160 * 9).takeAll();
            s.pass(1).takeAll();
            s.after(99).inject(ack());
            s.takeAll();
        }
        assertTrue(mtu(s) > 1490, s::text);
    }
}
