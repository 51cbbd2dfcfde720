package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.fin;
import static net.sojourn.stack.script.Segment.rst;
import static net.sojourn.stack.script.Segment.rstAck;
import static net.sojourn.stack.script.Segment.syn;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.FloodLimits;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.script.Segment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** RFC 5961 7 and the remedy against loops of ACKs: what strangers may make a connection answer; TIME-WAIT is bounded. */
@ExtendWith(ScriptEnd.class)
class AckLimitsTest {

    private static final int PER_SECOND = 3;

    /** Segments that earn an ACK although the connection wants nothing of them. */
    enum Storm {
        RESET_IN_WINDOW,
        SYN,
        ACK_BEFORE_THE_WINDOW,
        ACK_BEHIND_THE_WINDOW,
        TEXT_BEHIND_THE_WINDOW,
        ACK_OF_THE_FUTURE,
        OLD_TIMESTAMP;

        Segment segment() {
            return switch (this) {
                case RESET_IN_WINDOW -> rst().seq(100);
                case SYN -> syn().seq(7000);
                case ACK_BEFORE_THE_WINDOW -> ack().seq(-50).ack(1);
                case ACK_BEHIND_THE_WINDOW -> ack().seq(5_000_000).ack(1);
                case TEXT_BEHIND_THE_WINDOW -> data(100).seq(5_000_000).ack(1);
                case ACK_OF_THE_FUTURE -> data(10).seq(1).ack(5000);
                case OLD_TIMESTAMP -> ack().seq(1).ack(1).tsVal(1);
            };
        }
    }

    private static StackSettings.Builder limited(StackSettings.Builder settings) {
        return settings.floodLimits(FloodLimits.defaults().withAcksPerSecond(PER_SECOND));
    }

    @ParameterizedTest
    @EnumSource(Storm.class)
    void rfc5961_7_stormsAreAnsweredAFewTimesASecond(Storm storm) {
        var s = Script.with().timestamps().settings(AckLimitsTest::limited).established();
        s.after(500);
        int answers = 0;
        for (int i = 0; i < 100; i++) {
            s.feed(storm.segment());
            answers += s.takeAll().size();
        }
        assertEquals(PER_SECOND, answers);
        s.after(1000).inject(storm.segment()).expect(ack().seq(1).ack(1));
        s.state(TcpState.ESTABLISHED);
        assertTrue(s.machine().counters().of(Counter.CHALLENGE_ACKS_SUPPRESSED)
                        + s.machine().counters().of(Counter.ACKS_SUPPRESSED)
                > 90);
    }

    /** Whoever sends text again has not heard our ACK, so it is never withheld. */
    @Test
    void rfc9293_3_10_7_4_textSentAgainIsAlwaysAcknowledged() {
        var s = Script.with().settings(AckLimitsTest::limited).established();
        s.inject(data(100).seq(1)).expect(ack().ack(101));
        for (int i = 0; i < 50; i++) {
            s.inject(data(100).seq(1)).expect(ack().ack(101));
        }
    }

    /** Nor is the answer to a probe of a window that is shut. */
    @Test
    void rfc9293_3_8_6_1_probesOfAShutWindowAreAlwaysAnswered() {
        var s = Script.with().settings(b -> limited(b).receiveBufferBytes(4096)).established();
        s.inject(data(4096).seq(1));
        s.takeAll();
        for (int i = 0; i < 50; i++) {
            s.inject(data(1).seq(4097)).expect(ack().ack(4097).win(0));
        }
    }

    /** Two hosts that each think the other is outside the window end their exchange. */
    @Test
    void rfc5961_7_loopOfAcksDies() {
        var s = Script.with().settings(AckLimitsTest::limited).established();
        s.inject(ack().seq(-70_000).ack(1));
        int answers = 0;
        for (int sent = s.takeAll().size(); sent > 0; sent = s.takeAll().size()) {
            answers += sent;
            s.feed(ack().seq(-70_000).ack(1));
        }
        assertEquals(PER_SECOND, answers);
    }

    /** RFC 5961 7: the budget is each connection's own, so that nobody learns of another's by using it up. */
    @Test
    void rfc5961_7_oneConnectionsStormTakesNothingFromOthers() {
        var s = Script.with().settings(AckLimitsTest::limited).established();
        for (int i = 0; i < 20; i++) {
            s.feed(rst().seq(100));
        }
        s.takeAll();
        s.inject(syn().seq(0).mss(1460).peerPort(6000));
        int theirIss = net.sojourn.stack.script.PacketBytes.i32(s.expectPacket().transport(), 4) - s.ourIss();
        s.inject(ack().seq(1).ack(theirIss + 1L).peerPort(6000)).expectNothing();
        s.inject(rst().seq(100).peerPort(6000)).expect(ack().peerPort(6000).ack(1));
    }

    /** Resets without a connection have the stack's budget. */
    @Test
    void rfc5961_7_resetsAreLimited() {
        var s = Script.with().settings(b -> b.resetsPerSecond(5)).closed();
        int resets = 0;
        for (int i = 0; i < 100; i++) {
            s.feed(syn().seq(i).mss(1460).peerPort(1000 + i));
            resets += s.takeAll().size();
        }
        assertEquals(5, resets);
        assertEquals(95, s.machine().counters().of(Counter.RESETS_SUPPRESSED));
        s.after(1000).inject(syn().seq(0)).expect(rstAck().seq(0).ack(1));
    }

    /** RFC 9293 3.6.1 asks for 2 MSL; the number of those who wait is bounded, and the oldest goes first. */
    @Test
    void rfc9293_3_6_1_timeWaitIsBounded() {
        var s = Script.with()
                .settings(b -> b.floodLimits(FloodLimits.defaults().withTimeWaitConnections(2)))
                .timeWait();
        for (int port = 6000; port < 6003; port++) {
            s.after(10);
            s.inject(syn().seq(0).mss(1460).peerPort(port));
            long iss = net.sojourn.stack.script.PacketBytes.i32(s.expectPacket().transport(), 4) - s.ourIss();
            s.inject(ack().seq(1).ack(iss + 1).peerPort(port)).expectNothing();
            var tcb = s.machine()
                    .tcp()
                    .connections()
                    .get(s.machine().tcp().connections().size() - 1);
            net.sojourn.stack.tcp.UserCalls.closeOutput(tcb);
            s.pass(0);
            s.takeAll();
            s.inject(ack().seq(1).ack(iss + 2).peerPort(port)).expectNothing();
            s.inject(fin().seq(1).ack(iss + 2).peerPort(port))
                    .expect(ack().peerPort(port).ack(2));
            assertEquals(TcpState.TIME_WAIT, tcb.state());
        }
        s.connections(2);
        assertEquals(2, s.machine().counters().of(Counter.TIME_WAITS_CUT_SHORT));
        s.after(60_000).connections(0);
    }
}
