package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.script.ScriptSetup;
import net.sojourn.stack.script.SentPacket;
import net.sojourn.stack.tcp.UserCalls;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9293 3.8.3 and RFC 5482: the user timeout, and telling it. */
@ExtendWith(ScriptEnd.class)
class Rfc5482Test {

    private static final long SECOND = 1_000_000_000L;

    private static ScriptSetup timeout(long seconds) {
        return Script.with().settings(b -> b.userTimeout(Duration.ofSeconds(seconds)));
    }

    private static ScriptSetup telling(long seconds) {
        return Script.with()
                .settings(b -> b.userTimeout(Duration.ofSeconds(seconds)).userTimeoutOption(true));
    }

    private static long inForce(Script s) {
        return s.tcb().info(s.nowNanos()).userTimeoutNanos();
    }

    /** The kind, length and value of a user timeout option. */
    private static int[] option(int field) {
        return new int[] {28, 4, field >>> 8, field & 0xFF};
    }

    private static void passUntilEnd(Script s, long leastSeconds, long mostSeconds) {
        s.pass(leastSeconds * 1000).takeAll();
        s.state(TcpState.ESTABLISHED);
        s.pass((mostSeconds - leastSeconds) * 1000).takeAll();
        s.ended(ConnectionFailure.TIMED_OUT);
    }

    // ---- the timeout itself

    @Test
    void rfc9293_3_8_3_textUnacknowledgedForTheUserTimeoutEndsTheConnection() {
        var s = timeout(10).established();
        s.write(10).expect(data(10));
        passUntilEnd(s, 9, 11);
    }

    /** Whatever the number of retransmissions would have said. */
    @Test
    void rfc9293_3_8_3_userTimeoutMayBeLongerThanAllRetransmissions() {
        var s = Script.with()
                .settings(b -> b.userTimeout(Duration.ofHours(2)).maxRetransmissions(3))
                .established();
        s.write(10).expect(data(10));
        passUntilEnd(s, 7190, 7205);
    }

    @Test
    void rfc9293_3_8_3_acknowledgementThatAdvancesStartsItAnew() {
        var s = timeout(10).established();
        s.write(10).expect(data(10));
        s.noDelay().write(10).expect(data(10));
        s.pass(8000).takeAll();
        s.inject(ack().ack(11));
        s.takeAll();
        passUntilEnd(s, 9, 11);
    }

    @Test
    void rfc9293_3_8_3_shutWindowCountsAsUnacknowledged() {
        var s = timeout(10).established();
        s.inject(ack().win(0)).write(10).expectNothing();
        s.pass(5000).takeAll();
        s.inject(ack().ack(1).win(0));
        s.takeAll();
        passUntilEnd(s, 3, 12);
    }

    @Test
    void rfc9293_3_8_3_idleConnectionHasNone() {
        var s = timeout(10).established();
        s.after(60_000).state(TcpState.ESTABLISHED);
        s.write(10).expect(data(10));
        s.inject(ack().ack(11)).after(60_000).state(TcpState.ESTABLISHED);
    }

    @Test
    void rfc9293_3_8_3_applicationMayChooseForOneConnection() {
        var s = Script.established();
        UserCalls.userTimeout(s.tcb(), 5 * SECOND);
        s.write(10).expect(data(10));
        passUntilEnd(s, 4, 6);
    }

    // ---- the option

    @ParameterizedTest
    @CsvSource({"30,30", "32767,32767", "32768,33314", "7200,7200", "86400,34208"})
    void rfc5482_2_synTellsSecondsOrMinutes(long seconds, int field) {
        var s = telling(seconds).closed();
        SentPacket syn = s.connect().expectPacket();
        int[] wanted = option(field);
        byte[] tcp = syn.transport();
        // Behind it one octet pads the 23 of all options.
        int at = tcp.length - 5;
        assertArrayEquals(
                wanted, new int[] {tcp[at] & 0xFF, tcp[at + 1] & 0xFF, tcp[at + 2] & 0xFF, tcp[at + 3] & 0xFF});
    }

    /** RFC 5482 3.2: a SYN may have been answered from a cookie, so the first segment behind it says it again, once. */
    @Test
    void rfc5482_3_2_firstSegmentAfterTheSynTellsItAgain() {
        var s = telling(300).synReceived();
        s.inject(ack().seq(1).ack(1)).expectNothing();
        s.write(10);
        assertEquals(24 + 10, s.expectPacket().transport().length);
        s.inject(ack().ack(11)).write(10);
        assertEquals(20 + 10, s.expectPacket().transport().length);
    }

    @Test
    void rfc5482_3_2_fullSizedSegmentIsNotMadeLarger() {
        var s = telling(300).mss(1000).synReceived();
        s.inject(ack().seq(1).ack(1)).expectNothing();
        s.write(1500);
        var sent = s.takeAll();
        assertEquals(20 + 1000, sent.get(0).transport().length);
    }

    @Test
    void rfc5482_3_nothingIsToldUnlessEnabled() {
        var s = timeout(300).closed();
        s.connect().expect(syn());
        s.inject(synAck().seq(0).ack(1).mss(1460)).expect(ack());
        s.write(10);
        assertEquals(20 + 10, s.expectPacket().transport().length);
    }

    /** RFC 5482 3.1: min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)). */
    @ParameterizedTest
    @CsvSource({"300,600,600", "300,200,300", "10,20,100", "300,32769,300", "300,34208,86400", "300,65535,86400"})
    void rfc5482_3_1_longerOfBothIsInForceWithinLimits(long ours, int field, long wantedSeconds) {
        var s = telling(ours).established();
        s.inject(data(10).rawOptions(option(field)));
        s.takeAll();
        assertEquals(wantedSeconds, inForce(s) / SECOND);
    }

    @Test
    void rfc5482_3_1_synMayTellIt() {
        var s = telling(300).listen();
        s.inject(syn().seq(0).mss(1460).rawOptions(option(600))).takeAll();
        s.inject(ack().seq(1).ack(1)).expectNothing();
        assertEquals(600, inForce(s) / SECOND);
        assertEquals(600, s.tcb().info(s.nowNanos()).remoteUserTimeoutNanos() / SECOND);
    }

    /** RFC 5482 3, CHANGEABLE: an application that has chosen is not overruled. */
    @Test
    void rfc5482_3_applicationsChoiceStands() {
        var s = telling(300).established();
        UserCalls.userTimeout(s.tcb(), 20 * SECOND);
        s.inject(data(10).rawOptions(option(600)));
        s.takeAll();
        assertEquals(20, inForce(s) / SECOND);
    }

    @Test
    void rfc5482_3_3_adviceIsIgnoredUnlessEnabled() {
        var s = timeout(300).established();
        s.inject(data(10).rawOptions(option(600))).expect(ack());
        assertEquals(300, inForce(s) / SECOND);
    }

    /** RFC 5482 2: a value of zero is not a time; a wrong length is not the option. */
    @Test
    void rfc5482_2_zeroAndWrongLengthAreIgnored() {
        var s = telling(300).established();
        s.feed(data(10).rawOptions(option(0)));
        s.feed(data(10).rawOptions(28, 3, 1, 1));
        s.takeAll();
        assertEquals(300, inForce(s) / SECOND);
        assertEquals(0, s.tcb().info(s.nowNanos()).remoteUserTimeoutNanos());
    }
}
