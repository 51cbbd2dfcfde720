package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.fin;
import static net.sojourn.stack.script.Segment.rst;
import static net.sojourn.stack.script.Segment.rstAck;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;

import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** RFC 9293 3.3.2, 3.5, 3.6: the connection state machine, every transition of figure 5, opening and closing. */
@ExtendWith(ScriptEnd.class)
class Rfc9293StatesTest {

    /** Figure 6: basic three-way handshake, passive side. */
    @Test
    void rfc9293_3_5_passiveOpenByThreeWayHandshake() {
        var s = Script.listen();
        s.inject(syn().seq(0).win(1000).mss(1460)).expect(synAck().seq(0).ack(1).mss(1460));
        s.established(false);
        s.inject(ack().seq(1).ack(1)).expectNothing();
        s.established(true).state(TcpState.ESTABLISHED);
    }

    /** Figure 6, active side. */
    @Test
    void rfc9293_3_5_activeOpenByThreeWayHandshake() {
        var s = Script.closed().connect();
        s.expect(syn().seq(0).mss(1460));
        s.state(TcpState.SYN_SENT);
        s.inject(synAck().seq(0).ack(1).mss(1460)).expect(ack().seq(1).ack(1));
        s.established(true).state(TcpState.ESTABLISHED);
    }

    /** Figure 6 over IPv6, where the MSS is less by 20. */
    @Test
    void rfc9293_3_5_handshakeOverIpv6() {
        var s = Script.with().ipv6().listen();
        s.inject(syn().seq(0).mss(1440)).expect(synAck().seq(0).ack(1).mss(1440));
        s.inject(ack().seq(1).ack(1)).expectNothing();
        s.inject(data(5).seq(1).ack(1)).expect(ack().ack(6));
        s.readable(5).read(5);
    }

    /** Figure 8: simultaneous open. */
    @Test
    void rfc9293_3_5_simultaneousOpen() {
        var s = Script.synSent();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
        s.state(TcpState.SYN_RECEIVED);
        s.inject(synAck().seq(0).ack(1).mss(1460));
        s.takeAll();
        s.state(TcpState.ESTABLISHED);
        s.write(10).expect(data(10).seq(1).ack(1));
    }

    /** Figure 8, the peer's SYN/ACK lost: its ACK alone establishes too. */
    @Test
    void rfc9293_3_5_simultaneousOpenCompletedByAck() {
        var s = Script.synSent();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
        s.inject(ack().seq(1).ack(1)).expectNothing();
        s.state(TcpState.ESTABLISHED);
    }

    /** Figure 12: normal close, we first. */
    @Test
    void rfc9293_3_6_normalCloseSequenceOursFirst() {
        var s = Script.established();
        s.shutdown().expect(fin().seq(1).ack(1));
        s.state(TcpState.FIN_WAIT_1);
        s.inject(ack().seq(1).ack(2)).expectNothing();
        s.state(TcpState.FIN_WAIT_2);
        s.inject(fin().seq(1).ack(2)).expect(ack().seq(2).ack(2));
        s.state(TcpState.TIME_WAIT).endOfStream(true);
        s.after(60_000).state(TcpState.CLOSED).ended(ConnectionFailure.NONE);
    }

    /** Figure 12, the other side. */
    @Test
    void rfc9293_3_6_normalCloseSequencePeerFirst() {
        var s = Script.established();
        s.inject(fin().seq(1).ack(1)).expectBetween(1, 500, ack().seq(1).ack(2));
        s.state(TcpState.CLOSE_WAIT).endOfStream(true);
        s.shutdown().expect(fin().seq(1).ack(2));
        s.state(TcpState.LAST_ACK);
        s.inject(ack().seq(2).ack(2)).expectNothing();
        s.state(TcpState.CLOSED).ended(ConnectionFailure.NONE);
    }

    /** Figure 13: simultaneous close. */
    @Test
    void rfc9293_3_6_simultaneousClose() {
        var s = Script.finWait1();
        s.inject(fin().seq(1).ack(1)).expect(ack().seq(2).ack(2));
        s.state(TcpState.CLOSING);
        s.inject(ack().seq(2).ack(2)).expectNothing();
        s.state(TcpState.TIME_WAIT);
    }

    /** Figure 5, FIN-WAIT-1 to TIME-WAIT: one segment has the peer's FIN and the ACK of ours. */
    @Test
    void rfc9293_3_3_2_finWithAckOfOurFinGoesToTimeWaitAtOnce() {
        var s = Script.finWait1();
        s.inject(fin().seq(1).ack(2)).expect(ack().seq(2).ack(2));
        s.state(TcpState.TIME_WAIT);
    }

    /** Figure 5, SYN-RECEIVED to FIN-WAIT-1: closed before the handshake is complete. */
    @Test
    void rfc9293_3_3_2_closeInSynReceivedSendsFinAfterTheHandshake() {
        var s = Script.synSent();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
        s.shutdown();
        s.takeAll();
        s.inject(ack().seq(1).ack(1)).expect(fin().seq(1).ack(1));
        s.state(TcpState.FIN_WAIT_1);
    }

    /** 3.10.4: CLOSE in SYN-SENT deletes the TCB; nothing is sent. */
    @Test
    void rfc9293_3_10_4_closeInSynSentSendsNothing() {
        var s = Script.synSent();
        s.shutdown().state(TcpState.CLOSED).connections(0);
        s.after(60_000).expectNothing();
    }

    /** 3.6, MUST-11 and figure 12: text goes on against the direction that has closed. */
    @Test
    void rfc9293_3_6_halfCloseStillSendsInCloseWait() {
        var s = Script.closeWait();
        s.write(100).expect(data(100).seq(1).ack(2));
        s.inject(ack().seq(2).ack(101)).expectNothing();
        s.shutdown().expect(fin().seq(101).ack(2));
    }

    /** 3.6: in FIN-WAIT-1 and FIN-WAIT-2 the peer's text is still received. */
    @Test
    void rfc9293_3_6_halfCloseStillReceivesInFinWait2() {
        var s = Script.finWait2();
        s.inject(data(100).seq(1).ack(2)).expect(ack().seq(2).ack(101));
        s.read(100).state(TcpState.FIN_WAIT_2);
    }

    @Test
    void rfc9293_3_6_halfCloseStillReceivesInFinWait1() {
        var s = Script.finWait1();
        s.inject(data(100).seq(1).ack(1)).expect(ack().seq(2).ack(101));
        s.read(100).state(TcpState.FIN_WAIT_1);
    }

    /** 3.10.4: the FIN waits for text that is queued before it. */
    @Test
    void rfc9293_3_10_4_closeSendsWhatIsQueuedFirst() {
        var s = Script.with().window(1000).established();
        s.write(1500).expect(data(1000).seq(1));
        s.shutdown().expectNothing();
        s.inject(ack().seq(1).ack(1001)).expect(data(500).seq(1001).withFin());
        s.inject(ack().seq(1).ack(1502)).state(TcpState.FIN_WAIT_2);
    }

    /** 3.6.1, MUST-13: TIME-WAIT lasts 2 MSL. */
    @Test
    void rfc9293_3_6_1_timeWaitLastsTwoMsl() {
        var s = Script.timeWait();
        s.after(59_000).state(TcpState.TIME_WAIT);
        s.after(1_001).state(TcpState.CLOSED).connections(0);
    }

    /** 3.10.7.4: a FIN that is repeated in TIME-WAIT is acknowledged again and restarts the 2 MSL. */
    @Test
    void rfc9293_3_10_7_4_repeatedFinRestartsTimeWait() {
        var s = Script.timeWait();
        s.after(50_000);
        s.inject(fin().seq(1).ack(2)).expect(ack().seq(2).ack(2));
        s.after(50_000).state(TcpState.TIME_WAIT);
        s.after(10_001).state(TcpState.CLOSED);
    }

    /** 3.6.1, MAY-2: a new SYN beyond the old sequence numbers may open a new incarnation out of TIME-WAIT. */
    @Test
    void rfc9293_3_6_1_timeWaitGivesWayToANewerSyn() {
        var s = Script.timeWait();
        s.newIncarnation(500_000);
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
        s.inject(ack().seq(1).ack(1)).expectNothing();
        s.inject(data(10).seq(1)).expect(ack().ack(11));
    }

    /** 3.6.1 with RFC 6191: a SYN that is not newer is answered as any segment outside the window. */
    @Test
    void rfc9293_3_6_1_timeWaitDoesNotGiveWayToAnOldSyn() {
        var s = Script.timeWait();
        s.inject(syn().seq(-100)).expect(ack().seq(2).ack(2));
        s.state(TcpState.TIME_WAIT);
    }

    /** 3.10.5: ABORT of an established connection sends a reset at SND.NXT. */
    @Test
    void rfc9293_3_10_5_abortSendsResetAtSndNxt() {
        var s = Script.established();
        s.write(10).expect(data(10).seq(1));
        s.abort().expect(rstAck().seq(11).ack(1));
        s.state(TcpState.CLOSED).connections(0);
        s.after(10_000).expectNothing();
    }

    @Test
    void rfc9293_3_10_5_abortInCloseWaitSendsReset() {
        Script.closeWait().abort().expect(rstAck().seq(1).ack(2));
    }

    @Test
    void rfc9293_3_10_5_abortInFinWait2SendsReset() {
        Script.finWait2().abort().expect(rstAck().seq(2).ack(1));
    }

    /** 3.10.5: in CLOSING, LAST-ACK and TIME-WAIT nothing is sent. */
    @Test
    void rfc9293_3_10_5_abortInTimeWaitIsSilent() {
        Script.timeWait().abort().expectNothing();
        Script.closing().abort().expectNothing();
        Script.lastAck().abort().expectNothing();
    }

    @Test
    void rfc9293_3_10_5_abortInSynSentIsSilent() {
        Script.synSent().abort().expectNothing();
    }

    /** 3.6.1, RFC 1122 4.2.2.13: a close with unread text is a reset. */
    @Test
    void rfc9293_3_6_1_closeWithUnreadTextResets() {
        var s = Script.established();
        s.inject(data(10).seq(1)).expect(ack().ack(11));
        s.close().expect(rstAck().seq(1).ack(11));
        s.connections(0);
    }

    /** 3.6.1: text after a full close is lost, so the peer is told by a reset. */
    @Test
    void rfc9293_3_6_1_textAfterFullCloseResets() {
        var s = Script.established();
        s.close().expect(fin().seq(1).ack(1));
        s.inject(ack().seq(1).ack(2)).expectNothing();
        s.inject(data(10).seq(1).ack(2));
        s.expect(rstAck().seq(2));
        s.connections(0);
    }

    /** 3.5.1, figure 9: an old duplicate SYN in LISTEN is answered, and reset by the peer; the listener lives. */
    @Test
    void rfc9293_3_5_1_oldDuplicateSynIsRecoveredFrom() {
        var s = Script.listen();
        s.inject(syn().seq(-5000).mss(1460)).expect(synAck().seq(0).ack(-4999));
        s.inject(rst().seq(-4999)).expectNothing();
        s.connections(0);
        s.newIncarnation(1000);
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
    }

    /** 3.5.1, figure 10: we crashed, the peer did not; its ACK to our SYN is reset and the SYN goes again. */
    @Test
    void rfc9293_3_5_1_halfOpenConnectionIsFound() {
        var s = Script.synSent();
        s.inject(ack().seq(300).ack(100)).expect(rst().seq(100));
        s.state(TcpState.SYN_SENT);
        s.expectBetween(900, 1100, syn().seq(0));
        s.inject(synAck().seq(0).ack(1).mss(1460)).expect(ack().seq(1).ack(1));
    }
}
