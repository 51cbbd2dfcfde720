package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.syn;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** RFC 6528: initial sequence numbers. */
@ExtendWith(ScriptEnd.class)
class Rfc6528Test {

    /** M is a clock of 4 microseconds. */
    @Test
    void rfc6528_3_isnOfTheSameConnectionGrowsWithTheClock() {
        var s = Script.synSent();
        int first = s.ourIss();
        s.abort().after(1000).newIncarnation(1);
        s.connect().expect(syn());
        assertEquals(250_000, s.ourIss() - first);
    }

    @Test
    void rfc6528_3_isnsOfOtherConnectionsTellNothing() {
        var s = Script.listen();
        int[] isns = new int[3];
        for (int i = 0; i < 3; i++) {
            s.inject(syn().seq(0).mss(1460).peerPort(6000 + i));
            isns[i] = PacketBytes.i32(s.expectPacket().transport(), 4);
        }
        assertNotEquals(isns[0], isns[1]);
        assertNotEquals(isns[1] - isns[0], isns[2] - isns[1]);
    }

    /** RFC 7323 5.4: the same for the offset of the timestamp clock. */
    @Test
    void rfc7323_5_4_timestampClocksOfOtherConnectionsTellNothing() {
        var s = Script.listen();
        int[] values = new int[3];
        for (int i = 0; i < 3; i++) {
            s.inject(syn().seq(0).mss(1460).ts().peerPort(6000 + i));
            s.expectPacket();
            values[i] = s.lastTsVal();
        }
        assertNotEquals(values[0], values[1]);
        assertNotEquals(values[1], values[2]);
    }
}
