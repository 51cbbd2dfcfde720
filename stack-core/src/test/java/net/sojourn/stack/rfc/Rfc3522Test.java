package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** RFC 3522, RFC 3708 and RFC 4015: retransmissions that proved needless, and what is restored then. */
@ExtendWith(ScriptEnd.class)
class Rfc3522Test {

    private static long cwnd(Script s) {
        return s.tcb().info(s.nowNanos()).cwndBytes();
    }

    private static long undone(Script s) {
        return s.tcb().info(s.nowNanos()).spuriousRecoveries();
    }

    /** One segment of 1000 octets is out with timestamp {@code original}, then again by a time-out. */
    private record TimedOut(Script s, long original, long again) {

        static TimedOut make() {
            Script s = Script.with().mss(1012).timestamps().noDelay().synReceived();
            s.after(100).inject(ack().seq(1).ack(1)).expectNothing();
            s.noDelay()
                    .write(3000)
                    .expect(data(1000).seq(1), data(1000).seq(1001), data(1000).seq(2001));
            long original = s.lastTsVal() & 0xFFFF_FFFFL;
            s.expectBetween(300, 300, data(1000).seq(1));
            return new TimedOut(s, original, s.lastTsVal() & 0xFFFF_FFFFL);
        }
    }

    @Test
    void rfc3522_3_2_echoOfTheOriginalUndoesTheTimeOut() {
        TimedOut t = TimedOut.make();
        t.s().inject(ack().ack(1001).tsEcr(t.original())).expectNothing();
        assertEquals(1, undone(t.s()));
        assertTrue(cwnd(t.s()) >= 10 * 1000, t.s()::text);
        t.s().inject(ack().ack(3001).tsEcr(t.original())).expectNothing();
    }

    @Test
    void rfc3522_3_2_echoOfTheRetransmissionIsARealLoss() {
        TimedOut t = TimedOut.make();
        t.s().inject(ack().ack(1001).tsEcr(t.again()))
                .expect(data(1000).seq(1001), data(1000).seq(2001));
        assertEquals(0, undone(t.s()));
    }

    /** Step 4: only the first acknowledgement after the retransmission tells. */
    @Test
    void rfc3522_3_2_laterAcknowledgementTellsNothing() {
        TimedOut t = TimedOut.make();
        t.s().inject(ack().ack(1001).tsEcr(t.again()))
                .expect(data(1000).seq(1001), data(1000).seq(2001));
        t.s().inject(ack().ack(2001).tsEcr(t.original())).expectNothing();
        assertEquals(0, undone(t.s()));
    }

    @Test
    void rfc3522_3_2_echoOfTheOriginalUndoesAFastRetransmit() {
        Script s = Script.with().mss(1012).sack().timestamps().noDelay().synReceived();
        s.after(100).inject(ack().seq(1).ack(1)).expectNothing();
        s.noDelay().write(4000);
        long original = s.takeAll().size() == 4 ? s.lastTsVal() & 0xFFFF_FFFFL : -1;
        long before = cwnd(s);
        s.after(100)
                .inject(ack().ack(1).sack(1001, 4001).tsEcr(original))
                .expect(data(1000).seq(1));
        assertTrue(cwnd(s) < before, s::text);
        s.after(10).inject(ack().ack(4001).tsEcr(original)).expectNothing();
        assertTrue(cwnd(s) >= before, s::text);
        assertEquals(1, undone(s));
    }

    // ---- duplicate reports

    /** Without timestamps: the segment that seemed lost was late, and its retransmission came as a duplicate. */
    @Test
    void rfc3708_2_reportsForAllThatWasSentAgainUndoTheReduction() {
        Script s = Script.with().mss(1000).sack().noDelay().synReceived();
        s.after(100).inject(ack().seq(1).ack(1)).expectNothing();
        s.noDelay().write(6000);
        assertEquals(6, s.takeAll().size());
        long before = cwnd(s);
        s.after(100)
                .inject(ack().ack(1).sack(2001, 6001))
                .expect(data(1000).seq(1), data(1000).seq(1001));
        s.after(10).inject(ack().ack(6001)).expectNothing();
        s.after(90).inject(ack().ack(6001).sack(1, 1001)).expectNothing();
        assertEquals(0, undone(s));
        s.inject(ack().ack(6001).sack(1001, 2001)).expectNothing();
        assertEquals(1, undone(s));
        assertTrue(cwnd(s) >= before, s::text);
    }

    @Test
    void rfc3708_2_reportForTextBeforeTheRecoveryTellsNothing() {
        Script s = Script.with().mss(1000).sack().noDelay().synReceived();
        s.after(100).inject(ack().seq(1).ack(1)).expectNothing();
        s.noDelay().write(1000).expect(data(1000).seq(1));
        s.after(100).inject(ack().ack(1001)).expectNothing();
        s.write(4000);
        assertEquals(4, s.takeAll().size());
        s.after(100).inject(ack().ack(1001).sack(2001, 5001)).expect(data(1000).seq(1001));
        s.inject(ack().ack(1001).sack(1, 1001, 2001, 5001)).expectNothing();
        s.inject(ack().ack(5001)).expectNothing();
        assertEquals(0, undone(s));
    }

    /** RFC 4015 3.2: after the undo nothing that was out counts as lost, so it is not sent again. */
    @Test
    void rfc4015_3_2_nothingMoreIsSentAgainAfterTheUndo() {
        TimedOut t = TimedOut.make();
        t.s().inject(ack().ack(1001).tsEcr(t.original())).expectNothing();
        t.s().write(1000).expect(data(1000).seq(3001));
        t.s().inject(ack().ack(4001).tsEcr(t.original())).expectNothing();
        assertEquals(1, t.s().tcb().info(t.s().nowNanos()).retransmissionTimeouts());
    }
}
