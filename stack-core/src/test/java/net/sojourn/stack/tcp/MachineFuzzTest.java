package net.sojourn.stack.tcp;

import java.util.SplittableRandom;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.script.PacketBytes;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.script.ScriptSetup;
import net.sojourn.stack.script.Segment;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random and changed segments for established connections and listeners, with the user's calls and time between: no
 * exception, the sequence variables in their order, every packet of ours well formed, and nothing left at the end.
 */
@ExtendWith(ScriptEnd.class)
class MachineFuzzTest {

    private static final int STEPS = 250;

    static long[] seeds() {
        long[] seeds = new long[150];
        for (int i = 0; i < seeds.length; i++) {
            seeds[i] = i + 1L;
        }
        return seeds;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void segmentsInAnyOrderLeaveAConnectionSound(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        var s = setup(random).established();
        for (int step = 0; step < STEPS && s.tcb().state() != TcpState.CLOSED; step++) {
            try {
                oneStep(s, random);
                TcbSoundness.assertSound(s.tcb());
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + " step " + step + "\n" + s.text(), e);
            }
            s.takeAll();
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void segmentsInAnyOrderLeaveAListenerSound(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        var s = setup(random).listen();
        for (int step = 0; step < STEPS; step++) {
            try {
                Segment segment = randomSegment(random, 0, 0).peerPort(1 + random.nextInt(6));
                feed(s, random, random.nextInt(3) == 0 ? Segment.syn().seq(0).mss(random.nextInt(65_536)) : segment);
                if (random.nextInt(10) == 0) {
                    s.pass(random.nextInt(5000));
                }
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + " step " + step + "\n" + s.text(), e);
            }
            s.takeAll();
        }
    }

    private static ScriptSetup setup(SplittableRandom random) {
        ScriptSetup setup = Script.with().mss(random.nextInt(4) == 0 ? 88 : 1460);
        setup = random.nextBoolean() ? setup.sack() : setup;
        setup = random.nextBoolean() ? setup.timestamps() : setup;
        setup = random.nextBoolean() ? setup.wscale(random.nextInt(15)) : setup;
        setup = random.nextInt(4) == 0 ? setup.ipv6() : setup;
        return random.nextBoolean() ? setup.settings(b -> b.receiveBufferBytes(8192)) : setup;
    }

    private static void oneStep(Script s, SplittableRandom random) {
        switch (random.nextInt(20)) {
            case 0, 1 -> s.pass(random.nextInt(400));
            case 2 -> s.pass(random.nextInt(20_000));
            case 3, 4 -> write(s, random);
            case 5, 6 -> read(s);
            case 7 -> rare(s, random);
            default -> feed(s, random, randomSegment(random, s.tcb().sndUna + 1, s.tcb().rcvNxt + 1));
        }
    }

    private static void write(Script s, SplittableRandom random) {
        s.takeAll();
        if (s.tcb().finOffset < 0 && s.tcb().sendBuffer().size() < 100_000) {
            s.write(1 + random.nextInt(6000));
        }
    }

    private static void read(Script s) {
        s.takeAll();
        int waits = (int) s.tcb().receiveBuffer().size();
        if (waits > 0) {
            s.read(waits);
        }
    }

    private static void rare(Script s, SplittableRandom random) {
        s.takeAll();
        switch (random.nextInt(12)) {
            case 0 -> s.shutdown();
            case 1 -> s.close();
            case 2 -> s.keepAlive();
            case 3 -> s.noDelay();
            default -> s.pass(1);
        }
    }

    /** Mostly near where the connection is; the text is always the right one, so that what is read can be judged. */
    private static Segment randomSegment(SplittableRandom random, long una, long next) {
        Segment segment = Segment.data(random.nextInt(3) == 0 ? random.nextInt(1500) : 0);
        long seq = random.nextInt(4) > 0 ? next : next + random.nextInt(-3000, 12_000);
        long ack = random.nextInt(3) > 0 ? una + random.nextInt(3000) : una + random.nextInt(-2000, 70_000);
        segment = segment.seq(Math.max(1, seq)).ack(ack);
        segment = random.nextInt(3) == 0 ? segment.win(random.nextInt(random.nextBoolean() ? 3 : 65_536)) : segment;
        segment = random.nextInt(60) == 0 ? segment.withRst().carrying(0) : segment;
        segment = random.nextInt(60) == 0 ? segment.withSyn() : segment;
        segment = random.nextInt(60) == 0 ? segment.withFin() : segment;
        segment = random.nextInt(40) == 0 ? segment.withoutAck() : segment;
        segment = random.nextInt(40) == 0 ? segment.urgent(random.nextInt(65_536)) : segment;
        if (random.nextInt(4) == 0) {
            long left = una + random.nextInt(-100, 5000);
            segment = segment.sack(left, left + random.nextInt(-10, 3000));
        }
        return segment;
    }

    private static void feed(Script s, SplittableRandom random, Segment segment) {
        if (random.nextInt(8) > 0) {
            s.feed(segment);
            return;
        }
        byte[] packet = s.encoded(segment);
        int header = s.local().isIpv4() ? 20 : 40;
        int end = Math.min(packet.length, header + (PacketBytes.u8(packet, header + 12) >>> 4) * 4);
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            packet[header + 12 + random.nextInt(end - header - 12)] = (byte) random.nextInt();
        }
        if (random.nextBoolean()) {
            seal(s, packet, header);
        }
        s.feedPacket(packet);
    }

    private static void seal(Script s, byte[] packet, int header) {
        PacketBytes.set16(packet, header + 16, 0);
        byte[] segment = java.util.Arrays.copyOfRange(packet, header, packet.length);
        byte[] pseudo = PacketBytes.pseudoHeader(s.peer(), s.local(), PacketBytes.TCP, segment.length);
        PacketBytes.set16(packet, header + 16, PacketBytes.checksum(pseudo, segment));
    }
}
