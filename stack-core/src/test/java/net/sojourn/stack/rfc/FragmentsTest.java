package net.sojourn.stack.rfc;

import static net.sojourn.stack.rfc.FragmentBytes.payload;
import static net.sojourn.stack.rfc.FragmentBytes.piece;
import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.sojourn.stack.FloodLimits;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.script.ScriptSetup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fragments of either family: RFC 791 3.2, RFC 815, RFC 8200 4.5, RFC 5722, RFC 6946, and their limits. */
@ExtendWith(ScriptEnd.class)
class FragmentsTest {

    private static final int TCP = PacketBytes.TCP;
    private static final long LONGEST_WAIT_MILLIS = 60_001;

    private static ScriptSetup with(boolean ipv6) {
        return ipv6 ? Script.with().ipv6() : Script.with();
    }

    private static long drops(Script s, DropReason reason) {
        return s.machine().counters().of(reason);
    }

    private static void assertNothingHeld(Script s) {
        assertEquals(0, s.machine().fragmentBytes());
        assertEquals(0, s.machine().deadlineCount());
    }

    @ParameterizedTest
    @CsvSource({"false, 0 1 2", "false, 2 1 0", "false, 1 2 0", "true, 0 1 2", "true, 2 0 1", "true, 1 0 2"})
    void rfc815_fragmentsInAnyOrderMakeTheSegment(boolean ipv6, String order) {
        var s = with(ipv6).established();
        byte[] segment = payload(s.encoded(data(1000).seq(1)));
        int[] cuts = {0, 400, 800, segment.length};
        for (String place : order.split(" ")) {
            int i = Integer.parseInt(place);
            s.feedPacket(piece(s, TCP, segment, cuts[i], cuts[i + 1], i < 2));
        }
        s.expect(ack().ack(1001)).read(1000);
        assertEquals(1, s.machine().counters().of(Counter.FRAGMENTS_REASSEMBLED));
        assertNothingHeld(s);
    }

    /** RFC 8200 4.5, RFC 791 3.2: what may be reassembled is bounded by the length field, not by the MTU. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rfc791_3_2_largestPacketsAreReassembled(boolean ipv6) {
        var s = with(ipv6).closed();
        int bytes = ipv6 ? 65_535 : 65_515;
        byte[] body = new byte[bytes - 8];
        byte[] message = payload(PacketBytes.icmp(s.peer(), s.local(), ipv6 ? 128 : 8, 0, 7, body));
        int protocol = ipv6 ? PacketBytes.ICMPV6 : PacketBytes.ICMP;
        for (int from = 0; from < bytes; from += 1400) {
            s.feedPacket(piece(s, protocol, message, from, Math.min(bytes, from + 1400), from + 1400 < bytes));
        }
        assertEquals(1500, s.expectPacket().octets().length, "RFC 1122 3.2.2.6: cut to the MTU");
        assertNothingHeld(s);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rfc8200_4_5_copiesOfFragmentsDoNoHarm(boolean ipv6) {
        var s = with(ipv6).established();
        byte[] segment = payload(s.encoded(data(100).seq(1)));
        s.injectPacket(piece(s, TCP, segment, 0, 64, true)).expectNothing();
        s.injectPacket(piece(s, TCP, segment, 0, 64, true)).expectNothing();
        s.injectPacket(piece(s, TCP, segment, 64, 120, false)).expect(ack().ack(101));
    }

    /** One overlap condemns the packet, its fragments to come included. */
    @ParameterizedTest
    @CsvSource({"false, 40, 100", "false, 0, 56", "false, 56, 72", "true, 40, 100", "true, 0, 56", "true, 56, 72"})
    void rfc5722_4_overlapCondemnsThePacket(boolean ipv6, int from, int to) {
        var s = with(ipv6).established();
        byte[] segment = payload(s.encoded(data(180).seq(1)));
        s.injectPacket(piece(s, TCP, segment, 0, 64, true)).expectNothing();
        s.injectPacket(piece(s, TCP, segment, from, to / 8 * 8, true)).expectNothing();
        s.injectPacket(piece(s, TCP, segment, 64, 200, false)).expectNothing();
        s.injectPacket(piece(s, TCP, segment, 0, 64, true)).expectNothing();
        s.injectPacket(piece(s, TCP, segment, 64, 200, false)).expectNothing().readable(0);
        assertTrue(drops(s, DropReason.IP_FRAGMENT) > 0);
        s.after(LONGEST_WAIT_MILLIS);
        assertNothingHeld(s);
    }

    /** Two last fragments that disagree, and text behind the end. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rfc5722_4_twoEndsCondemnThePacket(boolean ipv6) {
        var s = with(ipv6).established();
        byte[] segment = payload(s.encoded(data(180).seq(1)));
        s.injectPacket(piece(s, TCP, segment, 64, 160, false)).expectNothing();
        s.injectPacket(piece(s, TCP, segment, 160, 200, false)).expectNothing();
        s.injectPacket(piece(s, TCP, segment, 0, 64, true)).expectNothing();
        s.after(LONGEST_WAIT_MILLIS);
    }

    /** RFC 6946 4: an atomic fragment has nothing to do with what waits under its number. */
    @Test
    void rfc6946_4_atomicFragmentsStandAlone() {
        var s = with(true).established();
        byte[] segment = payload(s.encoded(data(100).seq(1)));
        s.injectPacket(piece(s, TCP, segment, 0, 64, true)).expectNothing();
        s.injectPacket(piece(s, TCP, segment, 0, 120, false)).expect(ack().ack(101));
        byte[] next = payload(s.encoded(data(100).seq(1)));
        s.injectPacket(piece(s, TCP, next, 64, 120, false)).expect(ack().ack(101));
    }

    /** Fragments of other packets do not mix: the identification, both addresses and (IPv4) the protocol name a packet. */
    @Test
    void rfc791_3_2_protocolIsPartOfTheName() {
        var s = Script.established();
        byte[] segment = payload(s.encoded(data(100).seq(1)));
        s.injectPacket(piece(s, TCP, segment, 0, 64, true)).expectNothing();
        s.injectPacket(piece(s, PacketBytes.UDP, segment, 64, 120, false)).expectNothing();
        s.injectPacket(piece(s, TCP, segment, 64, 120, false)).expect(ack().ack(101));
        s.after(LONGEST_WAIT_MILLIS);
    }

    /** RFC 1122 3.3.2, RFC 8200 4.5, RFC 4443 3.3: the sender hears of it, if the first fragment came. */
    @ParameterizedTest
    @CsvSource({"false, 30000, 11", "true, 60000, 3"})
    void rfc1122_3_3_2_timeOutIsReportedWithTheFirstFragment(boolean ipv6, int waitMillis, int type) {
        var s = with(ipv6).closed();
        byte[] body = new byte[200];
        byte[] message = payload(PacketBytes.icmp(s.peer(), s.local(), ipv6 ? 128 : 8, 0, 7, body));
        byte[] first = piece(s, ipv6 ? PacketBytes.ICMPV6 : PacketBytes.ICMP, message, 0, 64, true);
        s.injectPacket(first).after(waitMillis - 1).expectNothing();
        s.pass(1);
        byte[] error = s.expectPacket().transport();
        assertEquals(type, error[0]);
        assertEquals(1, error[1]);
        assertArrayEquals(first, Arrays.copyOfRange(error, 8, 8 + first.length));
        assertEquals(1, drops(s, DropReason.IP_FRAGMENT_TIMEOUT));
        assertNothingHeld(s);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rfc1122_3_3_2_timeOutWithoutTheFirstFragmentIsSilent(boolean ipv6) {
        var s = with(ipv6).established();
        byte[] segment = payload(s.encoded(data(100).seq(1)));
        s.injectPacket(piece(s, TCP, segment, 64, 120, false)).after(LONGEST_WAIT_MILLIS);
        assertNothingHeld(s);
    }

    /** RFC 3168 5.3: one marked fragment marks the packet. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rfc3168_5_3_markedFragmentMarksThePacket(boolean ipv6) {
        var s = with(ipv6).established();
        byte[] segment = payload(s.encoded(data(100).seq(1)));
        s.injectPacket(piece(s, TCP, 2, 0, true, Arrays.copyOf(segment, 64))).expectNothing();
        s.injectPacket(piece(s, TCP, 3, 64, false, Arrays.copyOfRange(segment, 64, 120)))
                .expect(ack().ack(101));
    }

    /** RFC 3168 5.3: a mark on what cannot be marked is a lie. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rfc3168_5_3_markBesideNotCapableCondemnsThePacket(boolean ipv6) {
        var s = with(ipv6).established();
        byte[] segment = payload(s.encoded(data(100).seq(1)));
        s.injectPacket(piece(s, TCP, 0, 0, true, Arrays.copyOf(segment, 64))).expectNothing();
        s.injectPacket(piece(s, TCP, 3, 64, false, Arrays.copyOfRange(segment, 64, 120)))
                .expectNothing();
        s.after(LONGEST_WAIT_MILLIS).readable(0);
    }

    // ---- malformed and tiny

    @ParameterizedTest
    @ValueSource(ints = {1, 12, 63})
    void rfc791_3_2_middleFragmentThatIsNoMultipleOfEightIsDropped(int bytes) {
        var s = Script.established();
        s.injectPacket(piece(s, TCP, 0, 64, true, new byte[bytes])).expectNothing();
        assertEquals(1, drops(s, DropReason.IP_FRAGMENT));
        assertNothingHeld(s);
    }

    /** RFC 8200 4.5: and its sender is told, at the payload length. */
    @Test
    void rfc8200_4_5_middleFragmentThatIsNoMultipleOfEightIsAParameterProblem() {
        var s = with(true).established();
        s.injectPacket(piece(s, TCP, 0, 64, true, new byte[12]));
        byte[] error = s.expectPacket().transport();
        assertEquals(4, error[0]);
        assertEquals(0, error[1]);
        assertEquals(4, PacketBytes.i32(error, 4));
    }

    /** The "ping of death": an end beyond the largest packet. */
    @Test
    void rfc791_3_2_fragmentBeyondTheLargestPacketIsDropped() {
        var s = Script.closed();
        s.injectPacket(piece(s, PacketBytes.ICMP, 0, 65_528, false, new byte[100]))
                .expectNothing();
        assertNothingHeld(s);
    }

    @Test
    void rfc8200_4_5_fragmentBeyondTheLargestPacketIsAParameterProblem() {
        var s = with(true).closed();
        s.injectPacket(piece(s, PacketBytes.ICMPV6, 0, 65_528, false, new byte[100]));
        byte[] error = s.expectPacket().transport();
        assertEquals(4, error[0]);
        assertEquals(0, error[1]);
        assertEquals(42, PacketBytes.i32(error, 4));
        assertNothingHeld(s);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rfc791_3_2_emptyFragmentIsDropped(boolean ipv6) {
        var s = with(ipv6).established();
        s.injectPacket(piece(s, TCP, 0, 64, true, new byte[0])).expectNothing();
        assertNothingHeld(s);
    }

    /** RFC 1858 3, RFC 3128 4: a first fragment that ends before the flags, and one that would rewrite them. */
    @Test
    void rfc1858_3_tinyFragmentsOfSegmentsAreDropped() {
        var s = Script.established();
        byte[] segment = payload(s.encoded(data(100).seq(1)));
        s.injectPacket(piece(s, TCP, segment, 0, 8, true)).expectNothing();
        s.injectPacket(piece(s, TCP, segment, 8, 120, false)).expectNothing();
        assertEquals(2, drops(s, DropReason.IP_FRAGMENT));
        assertNothingHeld(s);
        s.injectPacket(piece(s, TCP, segment, 0, 16, true)).expectNothing();
        s.injectPacket(piece(s, TCP, segment, 16, 120, false)).expect(ack().ack(101));
    }

    /** RFC 7112 5: a first fragment holds all headers. */
    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void rfc7112_5_firstFragmentWithoutTheWholeChainIsAParameterProblem(int bytes) {
        var s = with(true).established();
        byte[] segment = payload(s.encoded(data(100).seq(1)));
        s.injectPacket(piece(s, TCP, segment, 0, bytes, true));
        byte[] error = s.expectPacket().transport();
        assertEquals(4, error[0]);
        assertEquals(3, error[1]);
        assertNothingHeld(s);
    }

    /** RFC 7112 5: the header that is cut off may be an extension header as well. */
    @Test
    void rfc7112_5_extensionHeaderCutOffIsAParameterProblem() {
        var s = with(true).established();
        byte[] options = {TCP, 3, 1, 4, 0, 0, 0, 0};
        s.injectPacket(piece(s, 60, 0, 0, true, options));
        byte[] error = s.expectPacket().transport();
        assertEquals(4, error[0]);
        assertEquals(3, error[1]);
    }

    /** A fragment inside a reassembled packet is nobody's honest work. */
    @Test
    void rfc8200_4_5_fragmentsOfFragmentsAreDropped() {
        var s = with(true).established();
        byte[] segment = payload(s.encoded(data(100).seq(1)));
        byte[] inner = PacketBytes.joined(FragmentBytes.header(TCP, 0, true, 9), Arrays.copyOf(segment, 64));
        s.injectPacket(piece(s, 44, inner, 0, 40, true));
        s.takeAll();
        s.injectPacket(piece(s, 44, inner, 40, 72, false)).expectNothing().readable(0);
        s.after(LONGEST_WAIT_MILLIS);
        s.takeAll();
    }

    // ---- limits

    private static byte[] lonely(Script s, IpAddress source, int id, int bytes) {
        byte[] packet = PacketBytes.ipv4(source, s.local(), TCP, 0, 64, 0x2000 | 100, new byte[0], new byte[bytes]);
        PacketBytes.set16(packet, 4, id);
        PacketBytes.set16(packet, 10, 0);
        PacketBytes.set16(packet, 10, PacketBytes.checksum(Arrays.copyOf(packet, 20)));
        return packet;
    }

    @Test
    void rfc8900_floodOfFragmentsStaysInsideTheLimit() {
        int limit = 64 << 10;
        var s = Script.with()
                .settings(b -> b.floodLimits(FloodLimits.defaults().withFragmentBytes(limit, limit / 4)))
                .established();
        for (int i = 0; i < 5000; i++) {
            IpAddress source = IpAddress.ofIpv4(0x0A00_0100 + i % 200);
            s.feedPacket(lonely(s, source, i, 8 + i % 4 * 400));
            assertTrue(s.machine().fragmentBytes() <= limit);
        }
        assertTrue(s.machine().deadlineCount() <= limit / 320);
        assertTrue(drops(s, DropReason.IP_FRAGMENT_MEMORY) > 4000);
        // Who is honest is served: the oldest goes.
        byte[] segment = payload(s.encoded(data(100).seq(1)));
        s.injectPacket(piece(s, TCP, segment, 0, 64, true)).expectNothing();
        s.injectPacket(piece(s, TCP, segment, 64, 120, false)).expect(ack().ack(101));
        s.after(LONGEST_WAIT_MILLIS);
        assertNothingHeld(s);
    }

    @Test
    void rfc8900_oneSourceCannotTakeItAll() {
        int limit = 64 << 10;
        var s = Script.with()
                .settings(b -> b.floodLimits(FloodLimits.defaults().withFragmentBytes(limit, limit / 4)))
                .established();
        byte[] segment = payload(s.encoded(data(100).seq(1)));
        s.injectPacket(piece(s, TCP, segment, 0, 64, true)).expectNothing();
        for (int i = 0; i < 1000; i++) {
            s.feedPacket(lonely(s, IpAddress.parse("10.0.1.1"), i, 400));
        }
        assertTrue(s.machine().fragmentBytes() < limit / 2);
        s.injectPacket(piece(s, TCP, segment, 64, 120, false)).expect(ack().ack(101));
        s.after(LONGEST_WAIT_MILLIS);
    }

    /** A packet in a thousand pieces is an attack on whoever walks them. */
    @Test
    void rfc8900_packetsInTooManyPiecesAreCondemned() {
        var s = Script.established();
        for (int i = 0; i < 1000; i++) {
            s.feedPacket(piece(s, PacketBytes.UDP, 0, 16 + 16 * i, true, new byte[8]));
        }
        assertTrue(s.machine().fragmentBytes() < 1000);
        s.after(LONGEST_WAIT_MILLIS);
        s.takeAll();
        assertNothingHeld(s);
    }
}
