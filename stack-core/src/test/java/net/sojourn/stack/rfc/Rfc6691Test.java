package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.script.SentPacket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9293 3.7.1 with RFC 6691 and RFC 879: the MSS option, sent and honoured. */
@ExtendWith(ScriptEnd.class)
class Rfc6691Test {

    /** RFC 6691 2: MTU less fixed headers, whatever options there are. */
    @Test
    void rfc6691_2_announcedMssIsMtuLessFixedHeaders() {
        Script.with()
                .mtu(1500)
                .timestamps()
                .listen()
                .inject(syn().seq(0).mss(1460).ts())
                .expect(synAck().mss(1460).ts());
        Script.with().mtu(1400).closed().connect().expect(syn().seq(0).mss(1360));
        Script.with().mtu(1400).ipv6().closed().connect().expect(syn().seq(0).mss(1340));
    }

    /** RFC 6691 2: the sender subtracts the options it uses. */
    @Test
    void rfc6691_2_senderSubtractsItsOptions() {
        var s = Script.with().mss(1000).timestamps().established();
        s.write(3000);
        for (SentPacket packet : s.takeAll()) {
            assertTrue(packet.transport().length <= 1020, packet.transport().length + " octets");
        }
    }

    /** RFC 9293 3.7.1, MUST-15: without an MSS option, 536 over IPv4. */
    @Test
    void rfc9293_3_7_1_withoutMssOption536() {
        var s = Script.with().mss(0).established();
        s.write(1072).expect(data(536).seq(1), data(536).seq(537));
    }

    @Test
    void rfc9293_3_7_1_withoutMssOption1220OverIpv6() {
        var s = Script.with().mss(0).ipv6().established();
        s.write(2440).expect(data(1220).seq(1), data(1220).seq(1221));
    }

    /** RFC 9293 3.7.1, MUST-16: never more than the peer takes. */
    @ParameterizedTest
    @ValueSource(ints = {88, 100, 536, 1000, 1459})
    void rfc9293_3_7_1_peersMssIsHonoured(int mss) {
        var s = Script.with().mss(mss).established();
        s.write(4000);
        int sent = 0;
        for (SentPacket packet : s.takeAll()) {
            sent += packet.transport().length - 20;
            assertTrue(packet.transport().length - 20 <= mss, packet.transport().length - 20 + " octets of text");
        }
        assertTrue(sent >= 2 * mss, "only " + sent);
    }

    /** As an initiator too, and with a FIN on the last segment. */
    @Test
    void rfc9293_3_7_1_peersMssIsHonouredByAnInitiator() {
        var s = Script.with().mss(88).connected();
        s.write(100).expect(data(88).seq(1));
        s.shutdown().expect(data(12).seq(89).withFin());
        s.inject(ack().seq(1).ack(102)).expectNothing();
    }

    /** And by what is sent again. */
    @Test
    void rfc9293_3_7_1_peersMssIsHonouredByRetransmissions() {
        var s = Script.with().mss(88).established();
        s.write(176).expect(data(88).seq(1), data(88).seq(89));
        s.expectBetween(150, 1500, data(88).seq(1));
    }

    /** RFC 9293 3.7.1: never more than our own MTU allows either. */
    @Test
    void rfc9293_3_7_1_mtuLimitsALargeMss() {
        var s = Script.with().mss(9000).mtu(1500).established();
        s.write(2920).expect(data(1460).seq(1), data(1460).seq(1461));
    }

    /** SACK blocks in a segment with text make room for themselves or stay away: the packet never exceeds the MSS. */
    @Test
    void rfc6691_2_sackBlocksDoNotMakeSegmentsTooLarge() {
        var s = Script.with().mss(1000).sack().timestamps().established();
        s.inject(data(10).seq(101), data(10).seq(201));
        s.takeAll();
        s.write(4000);
        for (SentPacket packet : s.takeAll()) {
            assertTrue(packet.transport().length <= 1020, packet.transport().length + " octets");
        }
    }
}
