package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.rst;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;
import static org.junit.jupiter.api.Assertions.assertEquals;

import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.FloodLimits;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 5961: blind attacks, and challenge ACKs. */
@ExtendWith(ScriptEnd.class)
class Rfc5961Test {

    @Test
    void rfc5961_3_2_resetInWindowIsChallenged() {
        var s = Script.established();
        s.inject(rst().seq(100)).expect(ack().seq(1).ack(1));
        s.inject(rst().seq(2)).expect(ack().seq(1).ack(1));
        s.state(TcpState.ESTABLISHED);
        s.inject(data(3).seq(1)).expect(ack().ack(4));
    }

    @Test
    void rfc5961_3_2_resetInWindowIsChallengedInFinWait2() {
        Script.finWait2().inject(rst().seq(100)).expect(ack().seq(2).ack(1)).state(TcpState.FIN_WAIT_2);
    }

    @Test
    void rfc5961_3_2_resetInWindowIsChallengedInSynReceived() {
        var s = Script.synReceived();
        s.inject(rst().seq(100)).expect(ack().seq(1).ack(1)).connections(1);
        s.inject(ack().seq(1).ack(1)).expectNothing().state(TcpState.ESTABLISHED);
    }

    /** The true peer answers the challenge with a reset at RCV.NXT. */
    @Test
    void rfc5961_3_2_answerToTheChallengeEndsIt() {
        var s = Script.established();
        s.inject(rst().seq(100)).expect(ack().seq(1).ack(1));
        s.inject(rst().seq(1)).expectNothing().ended(ConnectionFailure.RESET);
    }

    @Test
    void rfc5961_3_2_resetAtRcvNxtWithAShutWindowIsBelieved() {
        var s = Script.with().settings(b -> b.receiveBufferBytes(4096)).established();
        s.inject(data(4096).seq(1));
        s.takeAll();
        s.inject(rst().seq(4098)).expectNothing().state(TcpState.ESTABLISHED);
        s.inject(rst().seq(4097)).expectNothing().ended(ConnectionFailure.RESET);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 0, 5000, -70_000, 1_000_000})
    void rfc5961_4_2_synInEstablishedIsChallengedWhateverItsNumber(long seq) {
        var s = Script.established();
        s.inject(syn().seq(seq)).expect(ack().seq(1).ack(1));
        s.state(TcpState.ESTABLISHED);
        s.inject(data(3).seq(1)).expect(ack().ack(4));
    }

    @Test
    void rfc5961_4_2_synAckInEstablishedIsChallenged() {
        Script.established()
                .inject(synAck().seq(5).ack(1))
                .expect(ack().seq(1).ack(1))
                .state(TcpState.ESTABLISHED);
    }

    @Test
    void rfc5961_4_2_synInCloseWaitIsChallenged() {
        Script.closeWait().inject(syn().seq(5)).expect(ack().seq(1).ack(2)).state(TcpState.CLOSE_WAIT);
    }

    /** After the peer's restart: SYN, challenge, reset, and the next SYN opens. */
    @Test
    void rfc5961_4_2_restartedPeerGetsThrough() {
        var s = Script.established();
        s.inject(syn().seq(50_000)).expect(ack().seq(1).ack(1));
        s.inject(rst().seq(1)).expectNothing().connections(0);
        s.newIncarnation(50_000);
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
    }

    /** SEG.ACK must lie between SND.UNA - MAX.SND.WND and SND.NXT. */
    @Test
    void rfc5961_5_2_textWithAnAckTooOldIsChallengedAndDropped() {
        var s = Script.with().window(1000).established();
        s.inject(data(10).seq(1).ack(-1000)).expect(ack().seq(1).ack(1));
        s.readable(0);
        s.inject(data(10).seq(1).ack(-998)).expect(ack().seq(1).ack(11));
    }

    @Test
    void rfc5961_5_2_textWithAnAckOfTheFutureIsChallengedAndDropped() {
        var s = Script.established();
        s.inject(data(10).seq(1).ack(2)).expect(ack().seq(1).ack(1));
        s.readable(0);
    }

    /** 7: challenges are limited. */
    @Test
    void rfc5961_7_challengesAreLimited() {
        var s = Script.with()
                .settings(b -> b.floodLimits(FloodLimits.defaults().withAcksPerSecond(5)))
                .established();
        int challenges = 0;
        for (int i = 0; i < 20; i++) {
            s.inject(rst().seq(100));
            challenges += s.takeAll().size();
        }
        assertEquals(5, challenges);
        s.after(1000).inject(rst().seq(100)).expect(ack().seq(1).ack(1));
    }
}
