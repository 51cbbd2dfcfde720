package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.fin;
import static net.sojourn.stack.script.Segment.rst;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** RFC 7323: window scale, timestamps, PAWS. */
@ExtendWith(ScriptEnd.class)
class Rfc7323Test {

    // ---- 2: window scale

    @Test
    void rfc7323_2_2_scaleIsOfferedAndAnswered() {
        Script.closed().connect().expect(syn().wscale(-1));
        Script.listen().inject(syn().seq(0).mss(1460).wscale(3)).expect(synAck().wscale(-1));
    }

    @Test
    void rfc7323_2_2_scaleIsNotSentUnlessThePeerSentIt() {
        Script.listen().inject(syn().seq(0).mss(1460)).expect(synAck().noWscale());
    }

    @Test
    void rfc7323_2_2_windowsAreNotScaledUnlessBothSent() {
        var s = Script.with().mss(1000).window(2000).established();
        s.write(5000).expect(data(1000).seq(1), data(1000).seq(1001));
        s.inject(data(10).seq(1).ack(1)).expect(ack().win(65_525));
    }

    @Test
    void rfc7323_2_2_peersWindowIsScaled() {
        var s = Script.with().mss(1000).wscale(7).window(10).established();
        s.write(5000).expect(data(1000).seq(1));
        s.inject(ack().seq(1).ack(1001).win(24))
                .expect(data(1000).seq(1001), data(1000).seq(2001), data(1000).seq(3001));
    }

    /** The window in a SYN is never scaled. */
    @Test
    void rfc7323_2_2_windowOfASynIsNotScaled() {
        var s = Script.with().mss(1000).wscale(7).window(1000).connected();
        s.write(5000).expect(data(1000).seq(1));
    }

    @Test
    void rfc7323_2_2_windowOfOurSynIsNotScaled() {
        var s = Script.with()
                .wscale(2)
                .settings(b -> b.receiveBufferBytes(8192))
                .listen();
        s.inject(syn().seq(0).mss(1460).wscale(2)).expect(synAck().win(8192));
        s.inject(ack().seq(1).ack(1)).expectNothing();
    }

    /** 2.3: 14 at most. */
    @Test
    void rfc7323_2_3_scaleBeyond14Is14() {
        var s = Script.with().wscale(255).established();
        assertEquals(14, s.tcb().info(s.nowNanos()).sndWndScale());
    }

    // ---- 3: timestamps

    @Test
    void rfc7323_3_2_timestampsAreOfferedAndAnswered() {
        Script.closed().connect().expect(syn().ts().tsEcr(0));
        Script.listen().inject(syn().seq(0).mss(1460).tsVal(777)).expect(synAck().tsEcr(777));
    }

    @Test
    void rfc7323_3_2_noTimestampsUnlessThePeerSentThem() {
        var s = Script.listen();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().noTs());
        s.inject(ack().seq(1).ack(1)).expectNothing();
        s.write(10).expect(data(10).noTs());
    }

    @Test
    void rfc7323_3_2_everySegmentHasThemOnceAgreed() {
        var s = Script.with().timestamps().established();
        s.write(10).expect(data(10).ts());
        s.inject(data(10).seq(1).ack(11).tsVal(1_005_000)).expect(ack().tsEcr(1_005_000));
        s.shutdown().expect(fin().tsEcr(1_005_000));
    }

    @Test
    void rfc7323_3_2_initiatorHasThemInItsAck() {
        var s = Script.with().timestamps().synSent();
        s.inject(synAck().seq(0).ack(1).mss(1460).tsVal(99))
                .expect(ack().seq(1).ack(1).tsEcr(99));
    }

    @Test
    void rfc7323_3_2_segmentWithoutThemIsDroppedSilently() {
        var s = Script.with().timestamps().established();
        s.inject(data(10).seq(1).noTs()).expectNothing();
        s.readable(0);
        s.inject(data(10).seq(1)).expect(ack().ack(11));
    }

    @Test
    void rfc7323_3_2_resetNeedsNone() {
        var s = Script.with().timestamps().established();
        s.inject(rst().seq(1).noTs()).ended(ConnectionFailure.RESET);
    }

    /** 4.3: what is echoed is that of the segment that advanced the left edge of the window. */
    @Test
    void rfc7323_4_3_segmentOutOfOrderDoesNotChangeTheEcho() {
        var s = Script.with().timestamps().established();
        s.inject(data(10).seq(1).tsVal(2_000_000)).expect(ack().ack(11).tsEcr(2_000_000));
        s.inject(data(10).seq(21).tsVal(2_000_050)).expect(ack().ack(11).tsEcr(2_000_000));
        s.inject(data(10).seq(11).tsVal(2_000_020)).expect(ack().ack(31).tsEcr(2_000_020));
    }

    @Test
    void rfc7323_4_3_delayedAckEchoesTheEarlierSegment() {
        var s = Script.with().timestamps().established();
        long at = 1;
        for (int i = 0; i < 40; i++) {
            s.feed(data(100).seq(at).tsVal(2_000_000 + i)).pass(500);
            s.takeAll();
            at += 100;
        }
        s.inject(data(100).seq(at).tsVal(2_001_000)).expectNothing();
        s.inject(data(100).seq(at + 100).tsVal(2_001_007));
        s.expectBetween(0, 499, ack().tsEcr(2_001_000));
    }

    @Test
    void rfc7323_5_4_ourClockGrowsWithTime() {
        var s = Script.with().timestamps().established();
        s.write(10).expect(data(10).seq(1));
        int before = s.lastTsVal();
        s.inject(ack().seq(1).ack(11)).after(1000);
        s.write(10).expect(data(10).seq(11));
        int grown = s.lastTsVal() - before;
        assertTrue(grown >= 1 && grown <= 1000, grown + " ticks in a second");
    }

    // ---- 5: PAWS

    @Test
    void rfc7323_5_3_oldSegmentIsAnsweredAndDropped() {
        var s = Script.with().timestamps().established();
        s.inject(data(10).seq(1).tsVal(2_000_000)).expect(ack().ack(11));
        s.inject(data(10).seq(11).tsVal(1_999_999)).expect(ack().ack(11).tsEcr(2_000_000));
        s.readable(10);
        assertEquals(1, s.machine().counters().of(DropReason.TCP_PAWS));
        s.inject(data(10).seq(11).tsVal(2_000_000)).expect(ack().ack(21));
    }

    @Test
    void rfc7323_5_3_oldResetIsNotHeldAgainstPaws() {
        var s = Script.with().timestamps().established();
        s.inject(data(10).seq(1).tsVal(2_000_000)).expect(ack().ack(11));
        s.inject(rst().seq(11).tsVal(5)).ended(ConnectionFailure.RESET);
    }

    @Test
    void rfc7323_5_2_timestampsWrap() {
        var s = Script.with().timestamps().listen();
        s.inject(syn().seq(0).mss(1460).tsVal(0xFFFF_FFF0L)).expect(synAck().tsEcr(0xFFFF_FFF0L));
        s.inject(ack().seq(1).ack(1).tsVal(0xFFFF_FFFEL)).expectNothing();
        s.inject(data(10).seq(1).tsVal(5)).expect(ack().ack(11).tsEcr(5));
        s.inject(data(10).seq(11).tsVal(0xFFFF_FFFFL)).expect(ack().ack(11).tsEcr(5));
    }

    /** 5.5: after 24 days TS.Recent says nothing any more. */
    @Test
    void rfc7323_5_5_outdatedTimestampIsForgotten() {
        var s = Script.with().timestamps().established();
        s.inject(data(10).seq(1).tsVal(2_000_000)).expect(ack().ack(11));
        s.after(25L * 24 * 3600 * 1000);
        s.inject(data(10).seq(11).tsVal(100)).expect(ack().ack(21).tsEcr(100));
    }
}
