package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 8200 4: IPv6 extension headers. RFC 1122 3.2.1: IPv4's options, addresses, lifetimes. */
@ExtendWith(ScriptEnd.class)
class Rfc8200Test {

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int DESTINATION = 60;

    private static Script ipv6() {
        return Script.with().ipv6().established();
    }

    private static void expectProblem(Script s, int code, int pointer, byte[] packet) {
        byte[] error = s.expectPacket().transport();
        assertEquals(4, error[0]);
        assertEquals(code, error[1]);
        assertEquals(pointer, PacketBytes.i32(error, 4));
        int quoted = Math.min(packet.length, 1232);
        assertArrayEquals(Arrays.copyOf(packet, quoted), Arrays.copyOfRange(error, 8, error.length));
    }

    /** 4.2: an unknown option whose first bits are 00 is passed over. */
    @ParameterizedTest
    @ValueSource(ints = {HOP_BY_HOP, DESTINATION})
    void rfc8200_4_2_unknownOptionThatMayBeSkippedIsSkipped(int header) {
        ipv6().inject(data(10).seq(1).ipv6Extension(header, 0, 0x1E, 2, 7, 7, 1, 0))
                .expect(ack().ack(11));
    }

    /** 4.2: 01 discards. */
    @ParameterizedTest
    @ValueSource(ints = {HOP_BY_HOP, DESTINATION})
    void rfc8200_4_2_unknownOptionThatDiscardsIsSilent(int header) {
        var s = ipv6();
        s.inject(data(10).seq(1).ipv6Extension(header, 0, 0x5E, 2, 7, 7, 1, 0)).expectNothing();
        s.readable(0);
    }

    /** 4.2: 10 and 11 discard and tell the sender where. */
    @ParameterizedTest
    @CsvSource({"0, 0x9E", "0, 0xDE", "60, 0x9E", "60, 0xC2"})
    void rfc8200_4_2_unknownOptionThatReportsIsAParameterProblem(int header, int type) {
        var s = ipv6();
        byte[] packet = s.encoded(data(10).seq(1).ipv6Extension(header, 0, 1, 0, type, 2, 7, 7));
        s.injectPacket(packet);
        expectProblem(s, 2, 44, packet);
        s.readable(0);
    }

    /** 4.2: Pad1, PadN, and RFC 2711's router alert are known. */
    @Test
    void rfc8200_4_2_paddingAndRouterAlertArePassedOver() {
        var s = ipv6();
        s.inject(data(10).seq(1).ipv6Extension(HOP_BY_HOP, 0, 0, 0, 1, 2, 0, 0)).expect(ack().ack(11));
        s.inject(data(10).seq(11).ipv6Extension(HOP_BY_HOP, 0, 5, 2, 0, 0, 1, 0))
                .expect(ack().ack(21));
    }

    /** 4.2: an option that leaves its header. */
    @ParameterizedTest
    @CsvSource({"0, 1, 5", "60, 1, 255", "60, 0x9E, 4"})
    void rfc8200_4_2_optionBeyondItsHeaderIsDropped(int header, int type, int length) {
        var s = ipv6();
        s.inject(data(10).seq(1).ipv6Extension(header, 0, 0, type, length, 0, 0, 0))
                .expectNothing();
        s.readable(0);
    }

    /** 4.1: hop-by-hop options stand first, or are no header at all. */
    @Test
    void rfc8200_4_1_hopByHopBehindAnotherHeaderIsAParameterProblem() {
        var s = ipv6();
        byte[] packet = s.encoded(
                data(10).seq(1).ipv6Extension(DESTINATION, 0, 1, 4, 0, 0, 0, 0, PacketBytes.TCP, 0, 1, 4, 0, 0, 0, 0));
        packet[40] = HOP_BY_HOP;
        s.injectPacket(packet);
        expectProblem(s, 1, 40, packet);
    }

    /** 4.4, RFC 5095 3: no route is followed, type 0 no more than others. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3, 4, 99})
    void rfc5095_3_routingHeaderWithSegmentsLeftIsAParameterProblem(int type) {
        var s = ipv6();
        byte[] packet = s.encoded(data(10).seq(1).ipv6Extension(ROUTING, 0, type, 1, 0, 0, 0, 0));
        s.injectPacket(packet);
        expectProblem(s, 0, 42, packet);
        s.readable(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 99})
    void rfc8200_4_4_routingHeaderAtItsEndIsPassedOver(int type) {
        ipv6().inject(data(10).seq(1).ipv6Extension(ROUTING, 0, type, 0, 0, 0, 0, 0))
                .expect(ack().ack(11));
    }

    /** 4: the pointer is where the unknown header is named. */
    @Test
    void rfc8200_4_unknownHeaderBehindAnotherIsNamedByItsPlace() {
        var s = ipv6();
        byte[] packet = s.encoded(data(10).seq(1).ipv6Extension(DESTINATION, 0, 1, 4, 0, 0, 0, 0));
        packet[40] = (byte) 135;
        s.injectPacket(packet);
        expectProblem(s, 1, 40, packet);
    }

    /** 4.7 */
    @Test
    void rfc8200_4_7_noNextHeaderIsSilent() {
        var s = ipv6();
        byte[] packet = s.encoded(data(10).seq(1));
        packet[6] = 59;
        s.injectPacket(packet).expectNothing().readable(0);
    }

    /** RFC 8504 5.3: a chain without end is refused. */
    @Test
    void rfc8504_5_3_chainsAreBounded() {
        var s = ipv6();
        int[] chain = new int[8 * 12 - 1];
        for (int i = 0; i < 12; i++) {
            if (i > 0) {
                chain[8 * i - 1] = i == 11 ? PacketBytes.TCP : DESTINATION;
            }
            chain[8 * i + 1] = 1;
            chain[8 * i + 2] = 4;
        }
        byte[] packet = s.encoded(data(10).seq(1).ipv6Extension(DESTINATION, chain));
        packet[40] = DESTINATION;
        s.injectPacket(packet).expectNothing().readable(0);
    }

    /** RFC 4443 2.4 (e.1): never an error about an error, behind extension headers either. */
    @Test
    void rfc4443_2_4_errorsAboutErrorsAreNotSent() {
        var s = ipv6();
        byte[] quoted = Arrays.copyOf(s.encoded(data(10).seq(1)), 60);
        byte[] error = PacketBytes.icmp(s.peer(), s.local(), 1, 4, 0, quoted);
        byte[] options = {PacketBytes.ICMPV6, 0, (byte) 0x9E, 4, 0, 0, 0, 0};
        byte[] payload = PacketBytes.joined(options, Arrays.copyOfRange(error, 40, error.length));
        s.injectPacket(PacketBytes.ipv6(s.peer(), s.local(), DESTINATION, 0, 64, payload))
                .expectNothing();
    }

    /** RFC 4443 2.4 (c): an error fits the least MTU. */
    @Test
    void rfc4443_2_4_errorsFitTheLeastMtu() {
        var s = Script.with().ipv6().closed();
        s.injectPacket(PacketBytes.ip(s.peer(), s.local(), PacketBytes.UDP, new byte[1400]));
        assertEquals(1280, s.expectPacket().octets().length);
    }

    @Test
    void rfc4291_2_5_3_loopbackFromOutsideIsDropped() {
        var s = Script.with().ipv6().closed();
        var loopback = net.sojourn.stack.IpAddress.parse("::1");
        s.injectPacket(PacketBytes.icmp(loopback, s.local(), 128, 0, 1, new byte[8]))
                .expectNothing();
        assertEquals(1, s.machine().counters().of(DropReason.IP_SOURCE));
    }

    // ---- IPv4

    /** RFC 7126 4.3: source routes are refused, silently. */
    @ParameterizedTest
    @ValueSource(ints = {131, 137})
    void rfc7126_4_3_sourceRoutesAreDropped(int type) {
        var s = Script.established();
        s.inject(data(10).seq(1).ipv4Options(type, 7, 4, 10, 0, 0, 9, 0)).expectNothing();
        s.inject(data(10).seq(1).ipv4Options(1, type, 7, 8, 10, 0, 0, 9)).expectNothing();
        s.readable(0);
        assertEquals(2, s.machine().counters().of(DropReason.IP_OPTIONS));
    }

    /** RFC 1122 3.2.2.5: an option that cannot be is a parameter problem, at its length. */
    @ParameterizedTest
    @CsvSource({"0x94, 1", "0x94, 0", "0x94, 5", "7, 200"})
    void rfc1122_3_2_2_5_malformedOptionIsAParameterProblem(int type, int length) {
        var s = Script.established();
        byte[] packet = s.encoded(data(10).seq(1).ipv4Options(type, length, 0, 0));
        s.injectPacket(packet);
        byte[] error = s.expectPacket().transport();
        assertEquals(12, error[0]);
        assertEquals(21, error[4]);
        s.readable(0);
    }

    /** RFC 1122 3.2.1.7: a host takes a packet whatever is left of its life. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 255})
    void rfc1122_3_2_1_7_lifetimeDoesNotMatterAtItsEnd(int hops) {
        Script.established().inject(data(10).seq(1).hopLimit(hops)).expect(ack().ack(11));
        ipv6().inject(data(10).seq(1).hopLimit(hops)).expect(ack().ack(11));
    }

    /** RFC 1122 3.2.1.7: ours begins with 64. */
    @Test
    void rfc1122_3_2_1_7_ourPacketsLiveFor64Hops() {
        var s = Script.established();
        s.write(1);
        assertEquals(64, s.expectPacket().octets()[8]);
        var six = ipv6();
        six.write(1);
        assertEquals(64, six.expectPacket().octets()[7]);
    }

    /** RFC 1122 3.2.1.3: who cannot be a host is not answered. */
    @ParameterizedTest
    @ValueSource(strings = {"0.1.2.3", "127.0.0.1", "224.0.0.5", "239.1.1.1", "240.0.0.1", "255.255.255.254"})
    void rfc1122_3_2_1_3_impossibleSourcesAreDropped(String address) {
        var s = Script.closed();
        var source = net.sojourn.stack.IpAddress.parse(address);
        s.injectPacket(PacketBytes.icmp(source, s.local(), 8, 0, 1, new byte[8]))
                .expectNothing();
        assertEquals(1, s.machine().counters().of(DropReason.IP_SOURCE));
    }

    /** RFC 1122 3.2.2: no error about a later fragment, an error, or a broadcast. */
    @Test
    void rfc1122_3_2_2_errorsAboutErrorsAreNotSent() {
        var s = Script.closed();
        byte[] quoted = PacketBytes.ip(s.local(), s.peer(), PacketBytes.UDP, new byte[30]);
        byte[] message = PacketBytes.icmp(s.peer(), s.local(), 3, 3, 0, quoted);
        byte[] payload = Arrays.copyOfRange(message, 20, message.length);
        byte[] options = {(byte) 0x94, 1, 0, 0};
        s.injectPacket(PacketBytes.ipv4(s.peer(), s.local(), PacketBytes.ICMP, 0, 64, 0, options, payload))
                .expectNothing();
        assertTrue(s.machine().counters().of(DropReason.IP_OPTIONS) == 1);
    }
}
