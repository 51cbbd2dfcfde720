package net.sojourn.stack.script;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.rst;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.ConnectionFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A script must fail when it is wrong, and then say how. */
@ExtendWith(ScriptEnd.class)
class ScriptTest {

    private static String failureOf(Runnable script) {
        return String.valueOf(assertThrows(AssertionError.class, script::run).getMessage());
    }

    @Test
    void failureShowsTheExchangeAndTheDifference() {
        var s = Script.listen();
        String message = failureOf(
                () -> s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(2)));
        assertTrue(message.startsWith("ack is 1, not 2"), message);
        assertTrue(message.contains("< S seq 0"), message);
        assertTrue(message.contains("> S. seq 0 ack 1"), message);
    }

    @Test
    void segmentThatWasNotAskedForFailsTheNextLine() {
        var s = Script.established();
        s.write(10);
        assertTrue(failureOf(s::expectNothing).startsWith("unexpected > P. seq 1"));
    }

    @Test
    void segmentBehindTheExpectedOnesFails() {
        var s = Script.with().mss(100).established();
        s.write(200);
        assertTrue(failureOf(() -> s.expect(data(100).seq(1))).startsWith("unexpected > P. seq 101"));
    }

    @Test
    void missingSegmentFails() {
        var s = Script.established();
        assertTrue(failureOf(() -> s.expect(ack())).startsWith("nothing was sent"));
    }

    @Test
    void flagsTextAndOptionsAreCompared() {
        for (Segment wrong : new Segment[] {
            data(10).withFin(), rst(), data(9), data("0123456789"), data(10).ts(), data(10).sack(1, 2), data(10).win(7)
        }) {
            var s = Script.established();
            s.write(10);
            failureOf(() -> s.expect(wrong));
            s.takeAll();
        }
    }

    @Test
    void timeIsCompared() {
        var s = Script.synSent();
        assertTrue(failureOf(() -> s.expectBetween(1500, 2000, syn())).startsWith("sent 1000 ms later"));
        assertTrue(failureOf(() -> s.expectBetween(1, 1000, syn())).startsWith("nothing was sent within"));
    }

    @Test
    void numbersAreRelativeWhateverTheInitialOnes() {
        for (int iss : new int[] {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            var s = Script.listen().newIncarnation(iss);
            s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
            s.inject(ack().seq(1).ack(1)).expectNothing();
            s.inject(data(5).seq(1)).expect(ack().seq(1).ack(6));
            s.inject(rst().seq(6)).ended(ConnectionFailure.RESET);
        }
    }

    /** RFC 1071: the script's own checksum, against the example there. */
    @ParameterizedTest
    @ValueSource(ints = {0xDDF2})
    void checksumAgreesWithRfc1071(int sum) {
        byte[] octets = {0x00, 0x01, (byte) 0xF2, 0x03, (byte) 0xF4, (byte) 0xF5, (byte) 0xF6, (byte) 0xF7};
        assertEquals(~sum & 0xFFFF, PacketBytes.checksum(octets));
    }
}
