package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static org.junit.jupiter.api.Assertions.assertEquals;

import net.sojourn.stack.StackSettings;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.script.ScriptSetup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A paced window leaves in quanta, and RFC 5681's window is still what bounds it. */
@ExtendWith(ScriptEnd.class)
class PacingTest {

    /** Both sides at 1, a round trip of 100 ms known, an initial window of ten segments. */
    private static Script slowPath(ScriptSetup setup) {
        Script s = setup.mss(1000).synReceived();
        s.after(100).inject(ack().seq(1).ack(1)).expectNothing();
        return s;
    }

    /** Twice the window a round trip in slow start: a segment of 1000 octets each 5 ms. */
    @Test
    void slowStartIsSpreadOverHalfARoundTrip() {
        var s = slowPath(Script.with().settings(b -> b.pacing(true)));
        s.write(10_000).expect(data(1000).seq(1));
        assertEquals(200_000, s.tcb().info(s.nowNanos()).pacingRateBytesPerSecond());
        s.expectBetween(5, 5, data(1000).seq(1001));
        s.expectBetween(5, 5, data(1000).seq(2001));
    }

    /** What leaves in one millisecond leaves together. */
    @Test
    void quantumIsAMillisecond() {
        var s = Script.with().settings(b -> b.pacing(true)).mss(1000).synReceived();
        s.after(4).inject(ack().seq(1).ack(1)).expectNothing();
        // 10,000 octets twice in 4 ms: 5 segments a millisecond.
        s.write(10_000);
        assertEquals(5, s.takeAll().size());
        s.after(1);
        assertEquals(5, s.takeAll().size());
    }

    @Test
    void retransmissionsArePacedToo() {
        var s = slowPath(Script.with().sack().settings(b -> b.pacing(true)));
        s.write(10_000).pass(60);
        assertEquals(10, s.takeAll().size());
        s.after(40).inject(ack().seq(1).ack(1).sack(6001, 10_001));
        int first = s.takeAll().size();
        s.pass(100);
        assertEquals(true, first < 5 && s.takeAll().size() > 0, s::text);
    }

    @Test
    void withoutARoundTripTimeNothingIsHeldBack() {
        var s = Script.with().mss(1000).settings(b -> b.pacing(true)).established();
        s.write(10_000);
        assertEquals(10, s.takeAll().size());
    }

    @Test
    void lossBasedControlIsNotPacedUnlessAsked() {
        var s = slowPath(Script.with());
        s.write(10_000);
        assertEquals(10, s.takeAll().size());
        assertEquals(-1, s.tcb().info(s.nowNanos()).pacingRateBytesPerSecond());
    }

    @Test
    void bbrNamesItsRateFromTheFirstAcknowledgementOn() {
        var s = slowPath(Script.with().settings(b -> b.congestionControl(StackSettings.congestionControlNamed("bbr"))));
        s.write(20_000);
        assertEquals(10, s.takeAll().size());
        s.after(100).inject(ack().ack(10_001));
        // Ten segments in 100 ms, times 2.885: one of 1000 octets each 3.5 ms.
        s.expectBetween(0, 0, data(1000).seq(10_001));
        s.expectBetween(3, 4, data(1000).seq(11_001));
    }
}
