package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.fin;
import static net.sojourn.stack.script.Segment.rst;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;

import net.sojourn.stack.TcpState;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 6191: whom TIME-WAIT makes room for. RFC 1337: what must not end it. The peer's FIN was at 1, so 2 is next. */
@ExtendWith(ScriptEnd.class)
class Rfc6191Test {

    private static final long TS_NOW = 1_000_000;

    /** 2: both with timestamps, the SYN's later: a lower sequence number does not matter. */
    @Test
    void rfc6191_2_laterTimestampOpensWhateverTheNumber() {
        var s = Script.with().timestamps().timeWait();
        s.after(10).newIncarnation(s.peerIss() - 50_000);
        s.inject(syn().seq(0).mss(1460).ts().tsVal(TS_NOW + 10).tsEcr(0))
                .expect(synAck().seq(0).ack(1));
        s.inject(ack().seq(1).ack(1).tsVal(TS_NOW + 11)).expectNothing();
    }

    /** 2: the same timestamp and a higher number. */
    @Test
    void rfc6191_2_sameTimestampOpensWithAHigherNumber() {
        var s = Script.with().timestamps().timeWait();
        s.newIncarnation(s.peerIss() + 100);
        s.inject(syn().seq(0).mss(1460).ts().tsVal(TS_NOW).tsEcr(0))
                .expect(synAck().seq(0).ack(1));
    }

    /** 2: the same timestamp and a lower number, or an earlier one, opens nothing. */
    @Test
    void rfc6191_2_sameTimestampWithALowerNumberOpensNothing() {
        var s = Script.with().timestamps().timeWait();
        s.inject(syn().seq(-100).mss(1460).ts().tsVal(TS_NOW).tsEcr(0))
                .expect(ack().seq(2).ack(2));
        s.state(TcpState.TIME_WAIT);
    }

    @Test
    void rfc6191_2_earlierTimestampOpensNothing() {
        var s = Script.with().timestamps().timeWait();
        s.inject(syn().seq(100).mss(1460).ts().tsVal(TS_NOW - 1000).tsEcr(0))
                .expect(ack().seq(2).ack(2));
        s.state(TcpState.TIME_WAIT);
    }

    /** 2: the former connection had timestamps, the SYN has none: the number decides. */
    @Test
    void rfc6191_2_synWithoutTimestampsNeedsAHigherNumber() {
        var s = Script.with().timestamps().timeWait();
        s.inject(syn().seq(-100).mss(1460).noTs()).expect(ack().seq(2).ack(2));
        s.state(TcpState.TIME_WAIT).newIncarnation(s.peerIss() + 100);
        s.inject(syn().seq(0).mss(1460).noTs()).expect(synAck().seq(0).ack(1));
    }

    /** 2: the former connection had none, the SYN has: whoever speaks them now is a new host or a new time. */
    @Test
    void rfc6191_2_synWithTimestampsOpensAfterAConnectionWithout() {
        var s = Script.timeWait();
        s.newIncarnation(s.peerIss() - 50_000);
        s.inject(syn().seq(0).mss(1460).ts().tsVal(7).tsEcr(0))
                .expect(synAck().seq(0).ack(1));
    }

    /** RFC 1337 2.1 (H1): an old duplicate of text in TIME-WAIT is acknowledged and not taken. */
    @Test
    void rfc1337_2_1_oldTextInTimeWaitIsAcknowledgedOnly() {
        var s = Script.timeWait();
        s.inject(data(100).seq(-200).ack(1)).expect(ack().seq(2).ack(2));
        s.state(TcpState.TIME_WAIT).readable(0);
        s.after(60_001).connections(0);
    }

    /** RFC 1337 2.2 (H2), 3 (F1): no reset ends TIME-WAIT, at whatever number. */
    @ParameterizedTest
    @ValueSource(longs = {2, 1, 3, 100, -5})
    void rfc1337_3_noResetEndsTimeWait(long seq) {
        var s = Script.timeWait();
        s.inject(rst().seq(seq));
        s.takeAll();
        s.state(TcpState.TIME_WAIT);
        s.after(59_000).inject(fin().seq(1).ack(2)).expect(ack().seq(2).ack(2));
    }

    /** RFC 1337 2.3 (H3): an ACK of the old incarnation does not end it either. */
    @Test
    void rfc1337_2_3_oldAckDoesNotEndTimeWait() {
        var s = Script.timeWait();
        s.inject(ack().seq(2).ack(2)).expectNothing();
        s.inject(ack().seq(-100).ack(1)).expect(ack().seq(2).ack(2));
        s.state(TcpState.TIME_WAIT);
    }
}
