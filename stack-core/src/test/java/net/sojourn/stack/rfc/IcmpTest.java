package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.syn;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 792, RFC 1122 3.2.2, RFC 4443: echo and errors; RFC 5927: errors believed only with care; RFC 1191, RFC 8201. */
@ExtendWith(ScriptEnd.class)
class IcmpTest {

    private static byte[] body(int bytes) {
        byte[] body = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            body[i] = (byte) (i * 7);
        }
        return body;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 56, 1001, 1472})
    void rfc792_echoIsAnsweredWithTheSameContent(int bytes) {
        var s = Script.closed();
        s.injectPacket(PacketBytes.icmp(s.peer(), s.local(), 8, 0, 0x1234_0007, body(bytes)));
        byte[] reply = s.expectPacket().transport();
        assertEquals(0, reply[0]);
        assertEquals(0x1234_0007, PacketBytes.i32(reply, 4));
        assertArrayEquals(body(bytes), Arrays.copyOfRange(reply, 8, reply.length));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 56, 1001})
    void rfc4443_4_2_echoIsAnsweredWithTheSameContent(int bytes) {
        var s = Script.with().ipv6().closed();
        s.injectPacket(PacketBytes.icmp(s.peer(), s.local(), 128, 0, 0x1234_0007, body(bytes)));
        byte[] reply = s.expectPacket().transport();
        assertEquals((byte) 129, reply[0]);
        assertEquals(0x1234_0007, PacketBytes.i32(reply, 4));
        assertArrayEquals(body(bytes), Arrays.copyOfRange(reply, 8, reply.length));
    }

    @Test
    void rfc792_echoWithAWrongChecksumIsDropped() {
        var s = Script.closed();
        byte[] packet = PacketBytes.icmp(s.peer(), s.local(), 8, 0, 1, body(56));
        packet[40] ^= 1;
        s.injectPacket(packet).expectNothing();
    }

    @Test
    void rfc792_echoReplyAndOtherTypesAreNotAnswered() {
        var s = Script.closed();
        for (int type : new int[] {0, 4, 5, 9, 10, 12, 13, 15, 17, 30, 255}) {
            s.injectPacket(PacketBytes.icmp(s.peer(), s.local(), type, 0, 1, body(56)))
                    .expectNothing();
        }
    }

    /** RFC 1122 3.2.2.1, 4.1.3.1: port unreachable for UDP, quoting header and eight octets at least. */
    @Test
    void rfc1122_3_2_2_1_udpIsAnsweredByPortUnreachable() {
        var s = Script.closed();
        byte[] packet = PacketBytes.ip(s.peer(), s.local(), PacketBytes.UDP, body(30));
        s.injectPacket(packet);
        byte[] error = s.expectPacket().transport();
        assertEquals(3, error[0]);
        assertEquals(3, error[1]);
        assertArrayEquals(Arrays.copyOf(packet, 28), Arrays.copyOfRange(error, 8, 36));
    }

    @Test
    void rfc1122_3_2_2_1_unknownProtocolIsAnsweredByProtocolUnreachable() {
        var s = Script.closed();
        s.injectPacket(PacketBytes.ip(s.peer(), s.local(), 132, body(30)));
        byte[] error = s.expectPacket().transport();
        assertEquals(3, error[0]);
        assertEquals(2, error[1]);
    }

    @Test
    void rfc4443_3_1_udpIsAnsweredByPortUnreachable() {
        var s = Script.with().ipv6().closed();
        s.injectPacket(PacketBytes.ip(s.peer(), s.local(), PacketBytes.UDP, body(30)));
        byte[] error = s.expectPacket().transport();
        assertEquals(1, error[0]);
        assertEquals(4, error[1]);
    }

    @Test
    void rfc4443_3_4_unknownNextHeaderIsAParameterProblemAtItsPlace() {
        var s = Script.with().ipv6().closed();
        s.injectPacket(PacketBytes.ip(s.peer(), s.local(), 132, body(30)));
        byte[] error = s.expectPacket().transport();
        assertEquals(4, error[0]);
        assertEquals(1, error[1]);
        assertEquals(6, PacketBytes.i32(error, 4));
    }

    /** RFC 4443 2.4 (f), RFC 1812 4.3.2.8: errors are limited. */
    @Test
    void rfc4443_2_4_errorsAreLimited() {
        var s = Script.with().ipv6().closed();
        int errors = 0;
        for (int i = 0; i < 3000; i++) {
            s.injectPacket(PacketBytes.ip(s.peer(), s.local(), PacketBytes.UDP, body(8)));
            errors += s.takeAll().size();
        }
        assertTrue(errors <= 1000, errors + " errors in no time");
    }

    // ---- IP itself

    @Test
    void rfc791_wrongHeaderChecksumIsDropped() {
        var s = Script.listen();
        byte[] packet = s.encoded(syn().seq(0));
        packet[10] ^= 1;
        s.injectPacket(packet).expectNothing();
    }

    @Test
    void rfc791_paddingBehindThePacketIsIgnored() {
        var s = Script.established();
        s.injectPacket(Arrays.copyOf(s.encoded(data(3).seq(1)), 60)).expect(ack().ack(4));
        s.readable(3);
    }

    @Test
    void rfc791_truncatedPacketsAreDropped() {
        var s = Script.established();
        byte[] packet = s.encoded(data(30).seq(1));
        for (int bytes = 0; bytes < packet.length; bytes++) {
            s.injectPacket(Arrays.copyOf(packet, bytes)).expectNothing();
        }
    }

    @Test
    void rfc8200_truncatedPacketsAreDropped() {
        var s = Script.with().ipv6().established();
        byte[] packet = s.encoded(data(30).seq(1));
        for (int bytes = 0; bytes < packet.length; bytes++) {
            s.injectPacket(Arrays.copyOf(packet, bytes)).expectNothing();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"224.0.0.1", "255.255.255.255", "0.0.0.0"})
    void rfc1122_3_2_1_3_sourceThatIsNoHostIsDropped(String source) {
        var s = Script.listen();
        IpAddress address = IpAddress.parse(source);
        s.injectPacket(PacketBytes.icmp(address, s.local(), 8, 0, 1, body(8))).expectNothing();
    }

    // ---- errors about our segments

    /** An ICMP error of the router's that quotes {@code quoted}, a packet of ours. */
    private static byte[] error(Script s, int type, int code, int rest, byte[] quoted) {
        return PacketBytes.icmp(
                s.peer(), s.local(), type, code, rest, Arrays.copyOf(quoted, Math.min(60, quoted.length)));
    }

    @Test
    void rfc1122_4_2_3_9_portUnreachableRefusesAnAttempt() {
        var s = Script.closed().connect();
        byte[] ours = s.expectPacket().octets();
        s.injectPacket(error(s, 3, 3, 0, ours)).expectNothing().ended(ConnectionFailure.REFUSED);
    }

    @Test
    void rfc4443_3_1_portUnreachableRefusesAnAttempt() {
        var s = Script.with().ipv6().closed().connect();
        byte[] ours = s.expectPacket().octets();
        s.injectPacket(error(s, 1, 4, 0, ours)).expectNothing().ended(ConnectionFailure.REFUSED);
    }

    /** RFC 5927 4.1: what it quotes must be outstanding. */
    @Test
    void rfc5927_4_1_errorThatQuotesAnotherNumberIsIgnored() {
        var s = Script.closed().connect();
        byte[] ours = s.expectPacket().octets();
        ours[24] ^= 0x55;
        s.injectPacket(error(s, 3, 3, 0, ours)).expectNothing().state(TcpState.SYN_SENT);
    }

    /** RFC 5927 5.2: once established, hard errors are soft ones. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 5, 13})
    void rfc5927_5_2_unreachableDoesNotEndAnEstablishedConnection(int code) {
        var s = Script.established();
        s.write(100);
        byte[] ours = s.expectPacket().octets();
        s.injectPacket(error(s, 3, code, 0, ours)).expectNothing().state(TcpState.ESTABLISHED);
        s.inject(ack().seq(1).ack(101)).expectNothing();
    }

    @Test
    void rfc6633_sourceQuenchIsIgnored() {
        var s = Script.established();
        s.write(100);
        s.injectPacket(error(s, 4, 0, 0, s.expectPacket().octets()))
                .expectNothing()
                .state(TcpState.ESTABLISHED);
    }

    @Test
    void rfc1122_3_2_2_4_timeExceededIsSurvived() {
        var s = Script.established();
        s.write(100);
        s.injectPacket(error(s, 11, 0, 0, s.expectPacket().octets()))
                .expectNothing()
                .state(TcpState.ESTABLISHED);
    }

    @Test
    void rfc1191_fragmentationNeededMakesSegmentsSmaller() {
        var s = Script.with().mss(1460).established();
        s.write(1460);
        byte[] ours = s.expectPacket().octets();
        s.injectPacket(error(s, 3, 4, 1000, ours))
                .expect(data(960).seq(1), data(500).seq(961));
        s.inject(ack().seq(1).ack(1461)).expectNothing();
        s.write(1920).expect(data(960).seq(1461), data(960).seq(2421));
    }

    @Test
    void rfc8201_packetTooBigMakesSegmentsSmaller() {
        var s = Script.with().ipv6().mss(1440).established();
        s.write(1440);
        byte[] ours = s.expectPacket().octets();
        s.injectPacket(error(s, 2, 0, 1300, ours))
                .expect(data(1240).seq(1), data(200).seq(1241));
        s.inject(ack().seq(1).ack(1441)).expectNothing();
    }

    /** RFC 5927 7.2: neither below the least MTU, nor about what we did not send. */
    @Test
    void rfc5927_7_forgedFragmentationNeededIsIgnored() {
        var s = Script.with().mss(1460).established();
        s.write(1460);
        byte[] ours = s.expectPacket().octets();
        byte[] forged = ours.clone();
        forged[24] ^= 0x7F;
        s.injectPacket(error(s, 3, 4, 600, forged)).expectNothing();
        s.injectPacket(error(s, 3, 4, 68, ours))
                .expect(data(536).seq(1), data(536).seq(537), data(388).seq(1073));
    }
}
