package net.sojourn.stack.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.script.PacketBytes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Valid packets, changed, cut and extended, and random octets: never an exception, and never a read outside, for the
 * buffer ends where the packet does and guards itself.
 */
class CodecFuzzTest {

    private static final int ROUNDS = 20_000;

    private static List<byte[]> corpus() {
        IpAddress a = IpAddress.parse("10.0.0.2");
        IpAddress b = IpAddress.parse("10.0.0.1");
        IpAddress a6 = IpAddress.parse("2001:db8::2");
        IpAddress b6 = IpAddress.parse("2001:db8::1");
        int[][] options = {
            {},
            {2, 4, 5, 0xB4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7},
            {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2},
            {1, 1, 5, 18, 0, 0, 0, 9, 0, 0, 0, 19, 0, 0, 0, 29, 0, 0, 0, 39},
            {253, 19, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 0},
            {254, 4, 1, 2}
        };
        List<byte[]> corpus = new ArrayList<>();
        for (int[] list : options) {
            byte[] segment = new byte[20 + list.length + 11];
            segment[1] = 80;
            segment[3] = 99;
            segment[12] = (byte) ((20 + list.length) / 4 << 4);
            segment[13] = 0x12;
            for (int i = 0; i < list.length; i++) {
                segment[20 + i] = (byte) list[i];
            }
            corpus.add(PacketBytes.ip(a, b, PacketBytes.TCP, segment));
            corpus.add(PacketBytes.ip(a6, b6, PacketBytes.TCP, segment));
        }
        return corpus;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void changedPacketsNeverThrow(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<byte[]> corpus = corpus();
        for (int round = 0; round < ROUNDS; round++) {
            byte[] packet = changed(corpus.get(random.nextInt(corpus.size())), random);
            try {
                readAll(packet);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + " round " + round + ": " + Arrays.toString(packet), e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void randomOctetsNeverThrow(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] packet = new byte[random.nextInt(120)];
            random.nextBytes(packet);
            if (packet.length > 0 && random.nextBoolean()) {
                packet[0] = (byte) (random.nextBoolean() ? 0x45 : 0x60);
            }
            try {
                readAll(packet);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + " round " + round + ": " + Arrays.toString(packet), e);
            }
        }
    }

    private static byte[] changed(byte[] original, SplittableRandom random) {
        byte[] packet = original.clone();
        if (random.nextInt(4) == 0) {
            packet = Arrays.copyOf(packet, random.nextInt(packet.length + 20));
        }
        for (int n = random.nextInt(6); n > 0 && packet.length > 0; n--) {
            int at = random.nextInt(packet.length);
            packet[at] = (byte) (random.nextBoolean() ? random.nextInt() : packet[at] ^ 1 << random.nextInt(8));
        }
        return packet;
    }

    private static void readAll(byte[] packet) {
        ByteBuf buffer = Unpooled.wrappedBuffer(packet);
        Ipv4View v4 = new Ipv4View().wrap(buffer);
        if (v4.check() == DropReason.NONE) {
            long sum = v4.tos() + v4.identification() + v4.ttl() + v4.protocol() + v4.sourceBits();
            sum += v4.destinationBits() + v4.fragmentOffsetBytes() + (v4.isFragment() ? 1 : 0);
            keep(sum);
        }
        Ipv6View v6 = new Ipv6View().wrap(buffer);
        if (v6.check() == DropReason.NONE) {
            keep(v6.sourceHi() + v6.sourceLo() + v6.destinationHi() + v6.destinationLo());
            keep(v6.nextHeader() + v6.hopLimit() + v6.trafficClass());
        }
        for (int header : new int[] {0, 20, 40}) {
            if (header <= packet.length) {
                segment(Unpooled.wrappedBuffer(Arrays.copyOfRange(packet, header, packet.length)));
            }
        }
    }

    private static void segment(ByteBuf buffer) {
        TcpView segment = new TcpView().wrap(buffer, 0, buffer.readableBytes(), 0, 0);
        if (segment.check() != DropReason.NONE) {
            return;
        }
        keep(segment.seq() + segment.ack() + segment.window() + segment.flags() + segment.mssOption());
        keep(segment.tsVal() + segment.tsEcr() + segment.windowScaleOption());
        for (int i = 0; i < segment.sackBlocks(); i++) {
            keep(segment.sackLeft(i) + segment.sackRight(i));
        }
        for (int kind = 0; kind < 256; kind++) {
            keep(segment.hasOption(kind) ? segment.option(kind, (byte) 1).length : 0);
        }
        if (segment.payloadBytes() < 0 || segment.textIndex() + segment.payloadBytes() != buffer.readableBytes()) {
            throw new IllegalStateException("text outside the segment");
        }
    }

    private static long kept;

    /** So that no read is left out as useless. */
    private static void keep(long value) {
        kept += value;
    }
}
