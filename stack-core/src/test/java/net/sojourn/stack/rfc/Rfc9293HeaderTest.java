package net.sojourn.stack.rfc;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.rstAck;
import static net.sojourn.stack.script.Segment.syn;
import static net.sojourn.stack.script.Segment.synAck;
import static org.junit.jupiter.api.Assertions.assertEquals;

import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9293 3.1 and 3.2: header and options, well formed and not. */
@ExtendWith(ScriptEnd.class)
class Rfc9293HeaderTest {

    @Test
    void rfc9293_3_1_wrongChecksumIsDropped() {
        var s = Script.listen();
        s.inject(syn().seq(0).mss(1460).wrongChecksum()).expectNothing();
        assertEquals(1, s.machine().counters().of(DropReason.TCP_CHECKSUM));
        s.inject(syn().seq(0).mss(1460)).expect(synAck().seq(0).ack(1));
    }

    @Test
    void rfc9293_3_1_wrongChecksumOfTextIsDropped() {
        var s = Script.established();
        s.inject(data(11).seq(1).wrongChecksum()).expectNothing();
        s.inject(data(11).seq(1)).expect(ack().ack(12));
    }

    @Test
    void rfc9293_3_1_wrongChecksumIsDroppedOverIpv6() {
        var s = Script.with().ipv6().established();
        s.inject(data(11).seq(1).wrongChecksum()).expectNothing();
        s.inject(data(11).seq(1)).expect(ack().ack(12));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 6, 15})
    void rfc9293_3_1_badDataOffsetIsDropped(int words) {
        var s = Script.closed();
        s.inject(syn().seq(0).dataOffset(words)).expectNothing();
        assertEquals(1, s.machine().counters().of(DropReason.TCP_DATA_OFFSET));
    }

    /** 3.1, MUST-6: an option of unknown kind is skipped by its length. */
    @Test
    void rfc9293_3_1_unknownOptionIsSkipped() {
        var s = Script.listen();
        s.inject(syn().seq(0).rawOptions(200, 6, 1, 2, 3, 4, 2, 4, 0x02, 0x18))
                .expect(synAck().ack(1).noWscale().noTs());
        s.inject(ack().seq(1).ack(1)).expectNothing();
        s.write(1000).expect(data(536).seq(1));
        s.inject(data(3).seq(1).ack(1).rawOptions(77, 2, 1, 1)).expect(ack().ack(4));
    }

    /** 3.1, MUST-5: options in any segment. */
    @Test
    void rfc9293_3_1_optionsOfASynAreIgnoredElsewhere() {
        var s = Script.with().mss(1000).established();
        s.inject(ack().seq(1).ack(1).mss(100).wscale(10).sackOk()).expectNothing();
        s.write(1000).expect(data(1000).seq(1).noSack());
    }

    /** 3.1, MUST-7: an illegal length must not do harm. */
    @ParameterizedTest
    @CsvSource({"2,0", "2,1", "8,0", "250,1", "250,0", "2,40", "5,200"})
    void rfc9293_3_1_illegalOptionLengthIsSurvived(int kind, int length) {
        var s = Script.established();
        s.inject(data(5).seq(1).rawOptions(kind, length, 1, 1));
        s.takeAll();
        s.inject(data(5).seq(1)).expect(ack().ack(6));
        s.read(5);
    }

    @Test
    void rfc9293_3_1_illegalOptionLengthInASynIsSurvived() {
        var s = Script.listen();
        s.inject(syn().seq(0).rawOptions(2, 0));
        s.takeAll();
        s.inject(syn().seq(0).rawOptions(1, 1, 1, 2));
        s.takeAll();
        s.inject(syn().seq(0).mss(1460)).expect(synAck().ack(1));
    }

    /** Nothing behind end-of-option-list counts. */
    @Test
    void rfc9293_3_1_endOfOptionListEndsTheOptions() {
        var s = Script.listen();
        s.inject(syn().seq(0).rawOptions(0, 2, 4, 5)).expect(synAck().ack(1));
        s.inject(ack().seq(1).ack(1)).expectNothing();
        s.write(1000).expect(data(536).seq(1));
    }

    @Test
    void rfc9293_3_1_fortyOctetsOfNoOperationAreFine() {
        var s = Script.listen();
        int[] noOperations = new int[40];
        java.util.Arrays.fill(noOperations, 1);
        s.inject(syn().seq(0).rawOptions(noOperations)).expect(synAck().ack(1));
    }

    /** 3.1: reserved bits are ignored, and never set by us. */
    @Test
    void rfc9293_3_1_reservedBitsAreIgnored() {
        var s = Script.established();
        byte[] packet = s.encoded(data(5).seq(1));
        packet[32] |= 0x0E;
        int sum = PacketBytes.u16(packet, 36);
        PacketBytes.set16(packet, 36, sum - 0x0E00 < 0 ? sum - 0x0E00 - 1 : sum - 0x0E00);
        s.injectPacket(packet).expect(ack().ack(6));
    }

    @Test
    void rfc9293_3_1_portZeroIsDropped() {
        Script.listen()
                .inject(syn().seq(0).peerPort(0), syn().seq(0).localPort(0))
                .expectNothing();
    }

    /** 3.9.2.3, MUST-57: SYN to or from addresses that are no host's. */
    @Test
    void rfc9293_3_9_2_3_packetForAnotherHostIsDropped() {
        var s = Script.listen();
        byte[] packet = s.encoded(syn().seq(0));
        packet[19] = 99;
        int sum = PacketBytes.u16(packet, 10);
        PacketBytes.set16(packet, 10, sum - 98);
        s.injectPacket(packet).expectNothing();
    }

    /** RFC 1122 3.2.1.8: IP options are passed over. */
    @Test
    void rfc1122_3_2_1_8_ipv4OptionsArePassedOver() {
        var s = Script.with().listen();
        s.inject(syn().seq(0).mss(1460).ipv4Options(1, 1, 1, 0)).expect(synAck().ack(1));
        s.inject(ack().seq(1).ack(1).ipv4Options(0x94, 4, 0, 0)).expectNothing();
        s.inject(data(10).seq(1).ipv4Options(7, 7, 4, 0, 0, 0, 0, 0)).expect(ack().ack(11));
        s.read(10);
    }

    /** RFC 8200 4: hop-by-hop (0), routing (43) without segments left, destination options (60). */
    @ParameterizedTest
    @ValueSource(ints = {0, 43, 60})
    void rfc8200_4_extensionHeadersArePassedOver(int type) {
        var s = Script.with().ipv6().established();
        s.inject(data(10).seq(1).ipv6Extension(type, 0, 1, type == 43 ? 0 : 4, 0, 0, 0, 0))
                .expect(ack().ack(11));
    }

    /** RFC 6946: a fragment header with offset 0 and no more fragments is a whole packet. */
    @Test
    void rfc6946_4_atomicFragmentIsAWholePacket() {
        var s = Script.with().ipv6().established();
        s.inject(data(10).seq(1).ipv6Extension(44, 0, 0, 0, 1, 2, 3, 4)).expect(ack().ack(11));
    }

    @Test
    void rfc9293_3_9_outgoingPacketsHaveDontFragmentAndAHopLimitOf64() {
        var s = Script.listen();
        s.inject(syn().seq(0).tos(0x88).hopLimit(3));
        byte[] packet = s.expectPacket().octets();
        assertEquals(0x40, packet[6]);
        assertEquals(64, packet[8]);
        assertEquals(0, packet[1]);
    }

    /** 3.10.2: the last octet that the user wrote is pushed. */
    @Test
    void rfc9293_3_9_1_lastSegmentOfAWriteIsPushed() {
        var s = Script.with().mss(1000).established();
        s.write(1500).expect(data(1000).seq(1).noPush());
        s.inject(ack().seq(1).ack(1001)).expect(data(500).seq(1001).push());
    }

    // ---- RFC 9293 3.9.2

    @Test
    void rfc9293_3_9_2_hopLimitIs64() {
        Script.established().write(10).expect(data(10).seq(1).hopLimit(64));
    }

    @Test
    void rfc9293_3_9_2_hopLimitCanBeSet() {
        Script.with()
                .settings(b -> b.hopLimit(255))
                .established()
                .write(10)
                .expect(data(10).seq(1).hopLimit(255));
        Script.with()
                .ipv6()
                .settings(b -> b.hopLimit(3))
                .established()
                .write(10)
                .expect(data(10).seq(1).hopLimit(3));
    }

    /** Nothing of ours goes out with another one, resets without a connection included. */
    @Test
    void rfc9293_3_9_2_hopLimitOfResetsIsTheSame() {
        Script s = Script.with().settings(b -> b.hopLimit(7)).closed();
        s.inject(syn().seq(0)).expect(rstAck().ack(1).hopLimit(7));
    }
}
