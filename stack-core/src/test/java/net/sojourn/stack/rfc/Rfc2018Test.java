package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.script.ScriptSetup;
import net.sojourn.stack.script.SentPacket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 2018, RFC 2883 and RFC 6675: selective acknowledgements, given and taken. */
@ExtendWith(ScriptEnd.class)
class Rfc2018Test {

    @Test
    void rfc2018_2_permittedIsOfferedAndAnswered() {
        Script.closed().connect().expect(syn().sackOk());
        Script.listen().inject(syn().seq(0).mss(1460).sackOk()).expect(synAck().sackOk());
        Script.listen().inject(syn().seq(0).mss(1460)).expect(synAck().noSackOk());
    }

    @Test
    void rfc2018_3_noBlocksUnlessPermitted() {
        var s = Script.established();
        s.inject(data(10).seq(11)).expect(ack().ack(1).noSack());
    }

    @Test
    void rfc2018_4_textOutOfOrderIsReported() {
        var s = Script.with().sack().established();
        s.inject(data(10).seq(11)).expect(ack().ack(1).sack(11, 21));
        s.inject(data(10).seq(21)).expect(ack().ack(1).sack(11, 31));
        s.inject(data(10).seq(1)).expect(ack().ack(31).noSack());
    }

    /** The block that changed last comes first. */
    @Test
    void rfc2018_4_latestBlockComesFirst() {
        var s = Script.with().sack().established();
        s.inject(data(10).seq(11)).expect(ack().sack(11, 21));
        s.inject(data(10).seq(31)).expect(ack().sack(31, 41, 11, 21));
        s.inject(data(10).seq(51)).expect(ack().sack(51, 61, 11, 21, 31, 41));
        s.inject(data(10).seq(41)).expect(ack().sack(31, 61, 11, 21));
    }

    @Test
    void rfc2018_3_fourBlocksAtMostAndThreeWithTimestamps() {
        for (boolean timestamps : new boolean[] {false, true}) {
            ScriptSetup setup = Script.with().sack();
            var s = (timestamps ? setup.timestamps() : setup).established();
            for (int i = 0; i < 8; i++) {
                s.feed(data(10).seq(11 + 20L * i));
            }
            List<SentPacket> acks = s.takeAll();
            int headerBytes = acks.get(7).transport().length;
            assertEquals(timestamps ? 20 + 12 + 28 : 20 + 36, headerBytes);
        }
    }

    @Test
    void rfc2018_4_blockIsReportedUntilItIsAcknowledged() {
        var s = Script.with().sack().established();
        s.inject(data(10).seq(31)).expect(ack().ack(1).sack(31, 41));
        s.inject(data(10).seq(1)).expect(ack().ack(11).sack(31, 41));
        s.write(5).expect(data(5).sack(31, 41));
    }

    /** RFC 2883 4.1: a duplicate below the acknowledgement. */
    @Test
    void rfc2883_4_1_1_duplicateIsReportedOnce() {
        var s = Script.with().sack().established();
        s.inject(data(10).seq(1)).expect(ack().ack(11).noSack());
        s.inject(data(10).seq(1)).expect(ack().ack(11).sack(1, 11));
        s.inject(data(10).seq(11)).expect(ack().ack(21).noSack());
    }

    /** RFC 2883 4.1.2 (example 2): the duplicate first, then the block above. */
    @Test
    void rfc2883_4_1_2_duplicateComesBeforeTheBlocks() {
        var s = Script.with().sack().established();
        s.inject(data(10).seq(1)).expect(ack().ack(11));
        s.inject(data(10).seq(21)).expect(ack().ack(11).sack(21, 31));
        s.inject(data(10).seq(1)).expect(ack().ack(11).sack(1, 11, 21, 31));
    }

    /** RFC 2883 4.2: a duplicate of text out of order, then the block that holds it. */
    @Test
    void rfc2883_4_2_duplicateOutOfOrderComesBeforeItsBlock() {
        var s = Script.with().sack().established();
        s.inject(data(10).seq(21)).expect(ack().ack(1).sack(21, 31));
        s.inject(data(10).seq(21)).expect(ack().ack(1).sack(21, 31, 21, 31));
    }

    /** RFC 2883 4: only what came twice is reported. */
    @Test
    void rfc2883_4_2_2_onlyTheDuplicatePartIsReported() {
        var s = Script.with().sack().established();
        s.inject(data(10).seq(21)).expect(ack().ack(1).sack(21, 31));
        s.inject(data(20).seq(21)).expect(ack().ack(1).sack(21, 31, 21, 41));
    }

    // ---- the sender: RFC 6675

    /** RTT 100 ms, ten segments of 1,000 octets under way for 100 ms. */
    private static Script tenSegments() {
        var s = Script.with().sack().mss(1000).synReceived();
        s.after(100).inject(ack().seq(1).ack(1)).expectNothing();
        s.write(20_000);
        assertEquals(10, s.takeAll().size());
        return s.after(100);
    }

    @Test
    void rfc6675_5_threeSegmentsAboveAHoleRetransmitIt() {
        var s = tenSegments();
        s.inject(ack().seq(1).ack(1).sack(1001, 2001));
        noneBelow(s, 10_001);
        s.inject(ack().seq(1).ack(1).sack(1001, 3001));
        noneBelow(s, 10_001);
        s.inject(ack().seq(1).ack(1).sack(1001, 4001));
        assertEquals(1, relativeSeq(s, s.takeAll().get(0)));
    }

    /** Only the holes are sent again. */
    @Test
    void rfc6675_5_onlyHolesAreSentAgain() {
        var s = tenSegments();
        List<Long> again = new ArrayList<>();
        for (int end = 4001; end <= 10_001; end += 1000) {
            s.inject(ack().seq(1).ack(1).sack(3001, end, 1001, 2001));
            for (SentPacket packet : s.takeAll()) {
                long seq = relativeSeq(s, packet);
                if (seq < 10_001) {
                    again.add(seq);
                }
            }
        }
        assertEquals(List.of(1L, 2001L), again, s::text);
    }

    private static void noneBelow(Script s, long seq) {
        for (SentPacket packet : s.takeAll()) {
            assertTrue(relativeSeq(s, packet) >= seq, s::text);
        }
    }

    private static long relativeSeq(Script s, SentPacket packet) {
        return PacketBytes.i32(packet.transport(), 4) - s.ourIss();
    }

    /** Blocks that name nothing we sent are ignored, and do no harm. */
    @ParameterizedTest
    @CsvSource({"20000,30000", "5001,1001", "-5000,-4000", "-10,500", "3001,90000", "1,1"})
    void rfc2018_5_nonsenseBlocksAreIgnored(long left, long right) {
        var s = tenSegments();
        for (int i = 0; i < 5; i++) {
            s.feed(ack().seq(1).ack(1).sack(left, right));
        }
        noneBelow(s, 10_001);
        s.inject(ack().seq(1).ack(10_001));
        s.takeAll();
    }

    /** RFC 2018 8: what was selectively acknowledged may yet be thrown away, so it is kept until acknowledged. */
    @Test
    void rfc2018_8_renegedTextIsSentAgainInTheEnd() {
        var s = Script.with().sack().mss(1000).established();
        s.write(2000).expect(data(1000).seq(1), data(1000).seq(1001));
        s.inject(ack().seq(1).ack(1).sack(1001, 2001));
        s.pass(10);
        s.takeAll();
        s.inject(ack().seq(1).ack(1001));
        s.takeAll();
        boolean again = false;
        for (int i = 0; i < 10 && !again; i++) {
            s.after(5000);
            for (SentPacket packet : s.takeAll()) {
                again |= relativeSeq(s, packet) == 1001;
            }
        }
        assertTrue(again, s::text);
    }
}
