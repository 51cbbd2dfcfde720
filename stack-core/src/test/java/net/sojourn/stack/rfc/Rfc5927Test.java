package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 5927: attacks on TCP by ICMP. RFC 5461: errors while a connection is being opened. */
@ExtendWith(ScriptEnd.class)
class Rfc5927Test {

    private static final int SEQ_IPV4 = 24;
    private static final int SEQ_IPV6 = 44;

    private static byte[] error(Script s, int type, int code, int rest, byte[] quoted) {
        return PacketBytes.icmp(
                s.peer(), s.local(), type, code, rest, Arrays.copyOf(quoted, Math.min(60, quoted.length)));
    }

    private static byte[] quoting(byte[] packet, int seqChange) {
        byte[] forged = packet.clone();
        int at = packet[0] >> 4 == 4 ? SEQ_IPV4 : SEQ_IPV6;
        int seq = PacketBytes.i32(packet, at) + seqChange;
        PacketBytes.set16(forged, at, seq >>> 16);
        PacketBytes.set16(forged, at + 2, seq);
        return forged;
    }

    /** 4.1: outstanding is what lies from SND.UNA up to SND.NXT, and nothing else. */
    @ParameterizedTest
    @CsvSource({"-1, false", "0, true", "1459, true", "1460, false", "100000, false", "-2147483648, false"})
    void rfc5927_4_1_quotedNumberMustBeOutstanding(int seqChange, boolean believed) {
        var s = Script.with().mss(1460).established();
        s.write(1460);
        byte[] ours = s.expectPacket().octets();
        s.injectPacket(error(s, 3, 4, 1000, quoting(ours, seqChange)));
        assertEquals(believed ? 2 : 0, s.takeAll().size());
    }

    /** 4.1: nor is anything believed when all is acknowledged. */
    @Test
    void rfc5927_4_1_nothingIsOutstandingWhenAllIsAcknowledged() {
        var s = Script.with().mss(1460).established();
        s.write(1460);
        byte[] ours = s.expectPacket().octets();
        s.inject(ack().ack(1461)).expectNothing();
        s.injectPacket(error(s, 3, 4, 1000, ours)).expectNothing();
        s.write(1460).expect(data(1460).seq(1461));
        s.inject(ack().ack(2921)).expectNothing();
    }

    /** 4.1: an error that quotes another connection. */
    @ParameterizedTest
    @ValueSource(ints = {21, 23, 15, 19})
    void rfc5927_4_1_quoteOfAnotherConnectionIsIgnored(int octet) {
        var s = Script.synSent();
        byte[] forged = Script.with().closed().connect().expectPacket().octets();
        forged[octet] ^= 1;
        s.injectPacket(error(s, 3, 3, 0, forged)).expectNothing().state(TcpState.SYN_SENT);
    }

    /** 5.2: in every synchronized state a hard error is a soft one. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void rfc5927_5_2_hardErrorsEndNoSynchronizedConnection(int code) {
        var s = Script.finWait1();
        s.injectPacket(error(s, 3, code, 1400, ours(s)));
        s.takeAll();
        s.state(TcpState.FIN_WAIT_1);
        var c = Script.closeWait();
        c.write(10);
        c.injectPacket(error(c, 3, code, 1400, c.expectPacket().octets()));
        c.takeAll();
        c.state(TcpState.CLOSE_WAIT);
    }

    /** The header of our last segment as it stands in the machine's variables: FIN at 1. */
    private static byte[] ours(Script s) {
        byte[] segment = new byte[20];
        PacketBytes.set16(segment, 0, Script.LOCAL_PORT);
        PacketBytes.set16(segment, 2, Script.PEER_PORT);
        PacketBytes.set16(segment, 4, s.ourIss() + 1 >>> 16);
        PacketBytes.set16(segment, 6, s.ourIss() + 1);
        return PacketBytes.ip(s.local(), s.peer(), PacketBytes.TCP, segment);
    }

    /** 5.2 for IPv6: RFC 4443's codes. */
    @ParameterizedTest
    @CsvSource({"1, 0", "1, 1", "1, 3", "1, 4", "1, 5", "4, 0", "4, 1", "3, 0"})
    void rfc5927_5_2_errorsOfIpv6EndNoSynchronizedConnection(int type, int code) {
        var s = Script.with().ipv6().established();
        s.write(100);
        byte[] ours = s.expectPacket().octets();
        s.injectPacket(error(s, type, code, 0, ours)).expectNothing().state(TcpState.ESTABLISHED);
        s.inject(ack().ack(101)).expectNothing();
    }

    /** A half-open connection of a listener is the network's to lose only by time. */
    @Test
    void rfc5927_5_2_errorsEndNoHalfOpenConnectionOfAListener() {
        var s = Script.listen();
        s.inject(syn().seq(0).mss(1460));
        byte[] ours = s.expectPacket().octets();
        s.injectPacket(error(s, 3, 3, 0, ours)).expectNothing().connections(1);
        s.injectPacket(error(s, 3, 1, 0, ours)).expectNothing().connections(1);
    }

    /** RFC 5461 4.1: while opening, an unreachable ends the attempt, so that another address can be tried. */
    @ParameterizedTest
    @CsvSource({
        "0, NETWORK_UNREACHABLE",
        "1, HOST_UNREACHABLE",
        "2, REFUSED",
        "3, REFUSED",
        "5, HOST_UNREACHABLE",
        "13, HOST_UNREACHABLE"
    })
    void rfc5461_4_1_unreachableEndsAnAttempt(int code, ConnectionFailure failure) {
        var s = Script.closed().connect();
        byte[] ours = s.expectPacket().octets();
        s.injectPacket(error(s, 3, code, 0, ours)).expectNothing().ended(failure);
    }

    /** RFC 1122 4.2.3.9: time exceeded and parameter problem are soft, while opening too. */
    @ParameterizedTest
    @CsvSource({"11, 0", "11, 1", "12, 0"})
    void rfc1122_4_2_3_9_otherErrorsDoNotEndAnAttempt(int type, int code) {
        var s = Script.closed().connect();
        byte[] ours = s.expectPacket().octets();
        s.injectPacket(error(s, type, code, 0, ours)).expectNothing().state(TcpState.SYN_SENT);
        s.inject(synAck().seq(0).ack(1).mss(1460)).expect(ack().seq(1).ack(1));
    }

    /** 7.2: a packet that was no larger than the MTU cannot have been too big for it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rfc5927_7_2_tooBigAboutASmallPacketIsIgnored(boolean ipv6) {
        var setup = ipv6 ? Script.with().ipv6() : Script.with();
        var s = setup.mss(1440).established();
        s.write(1000);
        byte[] ours = s.expectPacket().octets();
        int mtu = ours.length;
        s.injectPacket(ipv6 ? error(s, 2, 0, mtu, ours) : error(s, 3, 4, mtu, ours))
                .expectNothing();
        s.inject(ack().ack(1001)).expectNothing();
        s.write(1440).expect(data(1440).seq(1001));
        s.inject(ack().ack(2441)).expectNothing();
    }

    /** RFC 8201 4: a message that reports less than the least MTU is discarded. */
    @ParameterizedTest
    @ValueSource(ints = {0, 68, 576, 1279})
    void rfc8201_4_tooBigBelowTheLeastMtuIsDiscarded(int mtu) {
        var s = Script.with().ipv6().mss(1440).established();
        s.write(1440);
        byte[] ours = s.expectPacket().octets();
        s.injectPacket(error(s, 2, 0, mtu, ours)).expectNothing();
        assertEquals(1, s.machine().counters().of(DropReason.ICMP_QUOTE));
    }

    /** RFC 1191 5, 7.1: an old router names no MTU; the next plateau below the packet is taken. */
    @Test
    void rfc1191_7_1_tooBigWithoutAnMtuGoesToTheNextPlateau() {
        var s = Script.with().mss(1460).established();
        s.write(1460);
        byte[] ours = s.expectPacket().octets();
        s.injectPacket(error(s, 3, 4, 0, ours)).expect(data(1452).seq(1), data(8).seq(1453));
        s.inject(ack().ack(1461)).expectNothing();
    }

    /** A message larger than before tells nothing. */
    @Test
    void rfc1191_3_tooBigNeverRaisesTheMtu() {
        var s = Script.with().mss(1460).established();
        s.write(1460);
        byte[] ours = s.expectPacket().octets();
        s.injectPacket(error(s, 3, 4, 9000, ours)).expectNothing();
    }
}
