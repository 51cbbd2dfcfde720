package net.sojourn.stack.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import net.sojourn.stack.FloodLimits;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptSetup;
import net.sojourn.stack.script.Segment;
import net.sojourn.stack.script.SentPacket;
import net.sojourn.stack.tcp.TcbSoundness;

/**
 * A whole stack under a list of steps that the fuzzer writes: segments near the truth, mutated, cut into fragments or quoted
 * by ICMP errors; time; the application's calls. After each step the sequence variables are in order, every packet of ours is
 * well formed and memory is bounded; in the end the stack still takes a connection, and nothing is left when all is aborted.
 */
class WholeStackFuzzTest {

    private static final int MOST_STEPS = 300;
    private static final long MOST_HELD_BYTES = 16 << 20;
    private static final int FAST_OPEN = 34;
    private static final int LAST_PORT = 7777;

    /** A changed packet with its checksum mended may bring other text than that of the known stream: then none is judged. */
    private boolean foreignText;

    /** Of Fast Open, where that is on. */
    private byte[] cookie = {};

    @FuzzTest(maxDuration = "10m")
    void stepsLeaveTheStackSound(byte[] input) {
        ByteReader in = new ByteReader(input);
        foreignText = false;
        cookie = new byte[0];
        Script s = begin(in);
        try {
            for (int steps = 0; in.hasMore() && steps < MOST_STEPS; steps++) {
                step(s, in);
                s.machine().tcp().connections().forEach(TcbSoundness::assertSound);
                assertTrue(s.heldBytes() <= MOST_HELD_BYTES, "holds " + s.heldBytes());
                s.takeAll();
            }
            stillServes(s);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(e + "\n" + s.text(), e);
        }
        s.finish();
    }

    private Script begin(ByteReader in) {
        int bits = in.u8();
        int more = in.u8();
        ScriptSetup setup = Script.with().mss((bits & 1) != 0 ? 88 : 1460);
        setup = (bits & 2) != 0 ? setup.sack() : setup;
        setup = (bits & 4) != 0 ? setup.timestamps() : setup;
        setup = (bits & 8) != 0 ? setup.wscale(more & 15) : setup;
        setup = (bits & 16) != 0 ? setup.ipv6() : setup;
        setup = (bits & 32) != 0 ? setup.settings(b -> b.receiveBufferBytes(8192)) : setup;
        FloodLimits limits = FloodLimits.defaults();
        setup = (bits & 64) != 0 ? setup.settings(b -> b.floodLimits(limits.withHalfOpen(0, 0))) : setup;
        setup = (bits & 128) != 0 ? setup.settings(b -> b.fastOpenPlaces(2)) : setup;
        Script s = (more & 16) != 0 ? setup.listen() : setup.established();
        if ((bits & 128) != 0) {
            s.feed(Segment.syn().seq(0).peerPort(LAST_PORT - 1).rawOptions(FAST_OPEN, 2));
            cookie = s.takeAll().get(0).option(FAST_OPEN);
        }
        return s;
    }

    private void step(Script s, ByteReader in) {
        boolean attached = s.isAttached() && s.tcb().state() != TcpState.CLOSED;
        switch (in.u8() & 15) {
            case 0 -> s.pass(in.u8());
            case 1 -> s.pass(in.u16() * 2L);
            case 2 -> {
                if (attached && TcbSoundness.mayWrite(s.tcb())) {
                    s.write(1 + in.u16() % 6000);
                }
            }
            case 3 -> {
                if (attached && s.tcb().receiveBuffer().size() > 0) {
                    read(s);
                }
            }
            case 4 -> call(s, attached, in.u8());
            case 5 -> s.feedPacket(mutated(s, in, s.encoded(segment(s, in, attached))));
            case 6 -> icmpError(s, in);
            case 7 -> fragments(s, in, s.encoded(segment(s, in, attached)));
            case 8 -> s.feed(Segment.syn().seq(in.near()).mss(in.u16()).peerPort(5000 + in.u8()));
            case 9 -> synWithText(s, in);
            default -> s.feed(segment(s, in, attached));
        }
    }

    /** With the right cookie, a wrong one or none (RFC 7413). */
    private void synWithText(Script s, ByteReader in) {
        foreignText = true;
        int what = in.u8();
        Segment syn = Segment.syn().seq(in.near()).mss(1460).peerPort(5000 + (what & 3));
        if (what < 192 && cookie.length > 0) {
            int[] option = new int[2 + cookie.length];
            option[0] = FAST_OPEN;
            option[1] = option.length;
            for (int i = 0; i < cookie.length; i++) {
                option[2 + i] = (cookie[i] ^ (what == 4 ? 1 : 0)) & 0xFF;
            }
            syn = syn.rawOptions(option);
        } else if (what < 224) {
            syn = syn.rawOptions(FAST_OPEN, 2);
        }
        syn = (what & 16) != 0 ? syn.withFin() : syn;
        s.feed(syn.carrying(in.u16() % 1461));
    }

    private void read(Script s) {
        if (foreignText) {
            s.readUnjudged();
        } else {
            s.read((int) s.tcb().receiveBuffer().size());
        }
    }

    private static void call(Script s, boolean attached, int which) {
        if (!attached) {
            return;
        }
        switch (which & 7) {
            case 0 -> s.shutdown();
            case 1 -> s.close();
            case 2 -> s.keepAlive();
            case 3 -> s.noDelay();
            default -> s.pass(1);
        }
    }

    /** Near where the connection is; the text is always the right one of the known stream. */
    private static Segment segment(Script s, ByteReader in, boolean attached) {
        long una = attached ? TcbSoundness.una(s.tcb()) : 1;
        long next = attached ? TcbSoundness.rcvNxt(s.tcb()) : 1;
        int what = in.u8();
        Segment segment = Segment.data((what & 1) != 0 ? in.u16() % 1461 : 0);
        segment = segment.seq(Math.max(1, next + ((what & 2) != 0 ? in.near() : 0)));
        segment = segment.ack(una + ((what & 4) != 0 ? in.near() * 16L : in.u8()));
        if ((what & 8) != 0) {
            segment = segment.win(in.u16());
        }
        if ((what & 16) != 0) {
            long left = una + in.near() * 8L;
            segment = segment.sack(left, left + in.u16() % 5000);
        }
        if ((what & 32) != 0) {
            int rare = in.u8();
            segment = (rare & 7) == 1 ? segment.withFin() : segment;
            segment = (rare & 7) == 2 ? segment.withRst().carrying(0) : segment;
            segment = (rare & 7) == 3 ? segment.withSyn() : segment;
            segment = (rare & 7) == 4 ? segment.withoutAck() : segment;
            segment = (rare & 7) == 5 ? segment.urgent(in.u16()) : segment;
            segment = (rare & 8) != 0 ? segment.ece() : segment;
            segment = (rare & 16) != 0 ? segment.tos(rare >>> 5) : segment;
            segment = (rare & 32) != 0 ? segment.tsVal(1_000_000 + in.near() * 10L) : segment;
        }
        return segment;
    }

    /** Octets of headers are changed; the checksum is mended or not. */
    private byte[] mutated(Script s, ByteReader in, byte[] packet) {
        int header = s.local().isIpv4() ? 20 : 40;
        int end = Math.min(packet.length, header + (PacketBytes.u8(packet, header + 12) >>> 4) * 4);
        int bits = in.u8();
        for (int n = 1 + (bits & 3); n > 0; n--) {
            packet[in.u8() % end] = (byte) in.u8();
        }
        if ((bits & 4) != 0 && end <= packet.length) {
            seal(s, packet, header);
            foreignText = true;
        }
        return (bits & 8) != 0 ? Arrays.copyOf(packet, in.u16() % (packet.length + 20)) : packet;
    }

    private static void seal(Script s, byte[] packet, int header) {
        PacketBytes.set16(packet, header + 16, 0);
        byte[] segment = Arrays.copyOfRange(packet, header, packet.length);
        byte[] pseudo = PacketBytes.pseudoHeader(s.peer(), s.local(), PacketBytes.TCP, segment.length);
        PacketBytes.set16(packet, header + 16, PacketBytes.checksum(pseudo, segment));
        if (s.local().isIpv4()) {
            PacketBytes.set16(packet, 10, 0);
            PacketBytes.set16(packet, 10, PacketBytes.checksum(Arrays.copyOf(packet, 20)));
        }
    }

    private static void icmpError(Script s, ByteReader in) {
        byte[] quoted = new byte[20];
        PacketBytes.set16(quoted, 0, Script.LOCAL_PORT);
        PacketBytes.set16(quoted, 2, Script.PEER_PORT);
        long una = s.isAttached() ? TcbSoundness.una(s.tcb()) : 1;
        int seq = s.ourIss() + (int) una + in.near();
        PacketBytes.set16(quoted, 4, seq >>> 16);
        PacketBytes.set16(quoted, 6, seq);
        byte[] packet = PacketBytes.ip(s.local(), s.peer(), PacketBytes.TCP, quoted);
        PacketBytes.set16(packet, s.local().isIpv4() ? 2 : 4, in.u16());
        int type = s.local().isIpv4() ? 3 + (in.u8() & 8) : 1 + (in.u8() & 3);
        s.feedPacket(PacketBytes.icmp(s.peer(), s.local(), type, in.u8() & 15, in.u16(), packet));
    }

    private void fragments(Script s, ByteReader in, byte[] packet) {
        boolean v4 = s.local().isIpv4();
        byte[] payload = Arrays.copyOfRange(packet, v4 ? 20 : 40, packet.length);
        int pieces = 1 + (in.u8() & 3);
        for (int i = 0; i < pieces; i++) {
            int from = Math.min(in.u8() * 8, payload.length);
            int to = Math.min(payload.length, from + in.u8() * 8);
            int bits = in.u8();
            int field = from + ((bits & 2) != 0 ? 8 : 0);
            foreignText |= field != from;
            boolean more = (bits & 1) != 0;
            byte[] octets = Arrays.copyOfRange(payload, from, to);
            int id = bits >>> 5;
            if (v4) {
                int flags = field / 8 | (more ? 0x2000 : 0);
                byte[] piece = PacketBytes.ipv4(
                        s.peer(), s.local(), PacketBytes.TCP, bits >>> 2 & 3, 64, flags, new byte[0], octets);
                PacketBytes.set16(piece, 4, id);
                PacketBytes.set16(piece, 10, 0);
                PacketBytes.set16(piece, 10, PacketBytes.checksum(Arrays.copyOf(piece, 20)));
                s.feedPacket(piece);
            } else {
                byte[] header = {
                    PacketBytes.TCP, 0, (byte) (field >>> 8), (byte) (field | (more ? 1 : 0)), 0, 0, 0, (byte) id
                };
                byte[] piece = PacketBytes.joined(header, octets);
                s.feedPacket(PacketBytes.ipv6(s.peer(), s.local(), 44, bits >>> 2 & 3, 64, piece));
            }
        }
    }

    private static void stillServes(Script s) {
        s.pass(70_000);
        s.takeAll();
        s.feed(Segment.syn().seq(0).mss(1460).peerPort(LAST_PORT));
        boolean answered = s.takeAll().stream().anyMatch(WholeStackFuzzTest::isSynAckToTheLast);
        assertTrue(answered, "a SYN was not answered");
    }

    private static boolean isSynAckToTheLast(SentPacket packet) {
        byte[] segment = packet.transport();
        return packet.protocol() == PacketBytes.TCP
                && PacketBytes.u16(segment, 2) == LAST_PORT
                && PacketBytes.u8(segment, 13) == 0x12;
    }
}
