package net.sojourn.stack.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.tcp.TcbSoundness;

/**
 * Octets as one packet, for each parser that a stranger reaches: IPv4 with options and fragments, IPv6 with extension
 * headers, ICMP, TCP options. Checksums are mended, or the fuzzer would never come past them.
 */
class PacketFuzzTest {

    private static Script begin(boolean ipv6) {
        return ipv6 ? Script.with().ipv6().sack().timestamps().established() : Script.established();
    }

    private static void deliver(Script s, byte[] packet) {
        try {
            s.feedPacket(packet);
            if (s.tcb().state() != TcpState.CLOSED) {
                TcbSoundness.assertSound(s.tcb());
            }
            s.takeAll();
            s.pass(61_000);
            s.takeAll();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(e + "\n" + Arrays.toString(packet) + "\n" + s.text(), e);
        }
        s.finish();
    }

    @FuzzTest(maxDuration = "2m")
    void anyOctetsAreAPacket(byte[] input) {
        deliver(begin(input.length > 0 && input[0] >> 4 == 6), input);
    }

    @FuzzTest(maxDuration = "2m")
    void ipv4HeaderAndOptions(byte[] input) {
        byte[] packet = Arrays.copyOf(input, Math.max(20, input.length));
        var s = begin(false);
        packet[0] = (byte) (0x40 | Math.max(5, packet[0] & 0xF));
        PacketBytes.set16(packet, 2, packet.length);
        addresses(s, packet, 12);
        int header = Math.min(packet.length, (packet[0] & 0xF) * 4);
        PacketBytes.set16(packet, 10, 0);
        PacketBytes.set16(packet, 10, PacketBytes.checksum(Arrays.copyOf(packet, header)));
        deliver(s, packet);
    }

    @FuzzTest(maxDuration = "2m")
    void ipv6ExtensionHeaders(byte[] input) {
        byte[] packet = Arrays.copyOf(input, Math.max(40, input.length));
        var s = begin(true);
        packet[0] = 0x60;
        PacketBytes.set16(packet, 4, packet.length - 40);
        addresses(s, packet, 8);
        deliver(s, packet);
    }

    @FuzzTest(maxDuration = "2m")
    void icmpMessages(byte[] input) {
        boolean ipv6 = input.length > 0 && (input[0] & 1) != 0;
        var s = begin(ipv6);
        byte[] message = Arrays.copyOfRange(input, Math.min(1, input.length), Math.max(9, input.length));
        PacketBytes.set16(message, 2, 0);
        int protocol = ipv6 ? PacketBytes.ICMPV6 : PacketBytes.ICMP;
        byte[] pseudo = ipv6 ? PacketBytes.pseudoHeader(s.peer(), s.local(), protocol, message.length) : new byte[0];
        PacketBytes.set16(message, 2, PacketBytes.checksum(pseudo, message));
        deliver(s, PacketBytes.ip(s.peer(), s.local(), protocol, message));
    }

    @FuzzTest(maxDuration = "2m")
    void tcpHeaderAndOptions(byte[] input) {
        var s = begin(true);
        byte[] segment = Arrays.copyOf(input, Math.max(20, input.length));
        PacketBytes.set16(segment, 0, Script.PEER_PORT);
        PacketBytes.set16(segment, 2, Script.LOCAL_PORT);
        // Numbers near the truth, so that options are looked at.
        int seq = s.peerIss() + 1 + segment[4];
        int ack = s.ourIss() + 1 + segment[8];
        PacketBytes.set16(segment, 4, seq >>> 16);
        PacketBytes.set16(segment, 6, seq);
        PacketBytes.set16(segment, 8, ack >>> 16);
        PacketBytes.set16(segment, 10, ack);
        PacketBytes.set16(segment, 16, 0);
        byte[] pseudo = PacketBytes.pseudoHeader(s.peer(), s.local(), PacketBytes.TCP, segment.length);
        PacketBytes.set16(segment, 16, PacketBytes.checksum(pseudo, segment));
        deliver(s, PacketBytes.ip(s.peer(), s.local(), PacketBytes.TCP, segment));
    }

    private static void addresses(Script s, byte[] packet, int at) {
        byte[] peer = s.peer().toBytes();
        byte[] local = s.local().toBytes();
        System.arraycopy(peer, 0, packet, at, peer.length);
        System.arraycopy(local, 0, packet, at + peer.length, local.length);
    }
}
