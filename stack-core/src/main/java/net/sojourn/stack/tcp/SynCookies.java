package net.sojourn.stack.tcp;

import io.netty.buffer.ByteBuf;
import java.util.List;
import net.sojourn.stack.EcnMode;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.ip.IpOutput;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.Counters;
import net.sojourn.stack.spi.RandomSource;
import net.sojourn.stack.spi.SegmentView;
import net.sojourn.stack.spi.TcpExtension;
import net.sojourn.stack.wire.TcpOption;
import net.sojourn.stack.wire.TcpView;
import org.jspecify.annotations.Nullable;

/**
 * SYN cookies (RFC 4987 3.6): a SYN/ACK whose sequence number remembers the SYN, so that the stack need not.
 *
 * <p>Theory of operation. The initial sequence number is a keyed hash of the 4-tuple, of the peer's initial sequence
 * number and of all that was agreed, with what was agreed beside it:
 *
 * <pre>
 * peer sends timestamps:  hash:28                        | secret:1 | mss:3      scale:4 sack:1 ecn:1 in TSval's low bits
 * it does not:            hash:24 | sack:1 | scale:3     | secret:1 | mss:3      no ECN
 * </pre>
 *
 * MSS, and without timestamps the window scale, are rounded down to the next of eight values; a smaller value of either is
 * always safe. Two secrets are good at a time and each for {@value #SECRET_LIFE_SECONDS} s as the newer and as long as the
 * older one. Who guesses has 24 or 28 bits against him and {@value #GUESSES_PER_SECOND} tries a second, and none at all
 * unless a cookie was sent lately. Such a connection has no round-trip time from its handshake; its extension has what the
 * third segment repeats. Loop thread only.
 */
final class SynCookies {

    private static final int SECRET_LIFE_SECONDS = 32;
    private static final int GUESSES_PER_SECOND = 5000;

    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int[] MSS = {SynOptions.LEAST_MSS, 536, 1220, 1300, 1400, 1440, 1460, 8940};
    private static final int[] SCALES = {-1, 0, 2, 4, 6, 7, 8, 10};
    private static final int NO_SCALE = 15;
    private static final int SECRET_BIT = 1 << 3;
    private static final int TIMESTAMPED_HASH_BITS = 28;
    private static final int PLAIN_HASH_BITS = 24;
    private static final int TIMESTAMP_BITS = 0x3F;

    private final StackSettings settings;
    private final RandomSource random;
    private final IpOutput ip;
    private final SegmentWriter writer;
    private final InitialSequenceNumbers isns;
    private final Counters counters;

    private final @Nullable SipHash[] secrets = new @Nullable SipHash[2];
    private long epoch = Long.MIN_VALUE;
    private long lastSentNanos;
    private long secondBeganNanos;
    private int wrongGuesses;

    SynCookies(
            StackSettings settings,
            RandomSource random,
            IpOutput ip,
            SegmentWriter writer,
            InitialSequenceNumbers isns,
            Counters counters) {
        this.settings = settings;
        this.random = random;
        this.ip = ip;
        this.writer = writer;
        this.isns = isns;
        this.counters = counters;
    }

    /** Answers {@code syn} and keeps nothing of it. */
    void answer(FourTuple tuple, SegmentView syn, List<TcpExtension> extensions, long nowNanos) {
        turnSecrets(nowNanos);
        lastSentNanos = nowNanos;
        counters.count(Counter.SYN_COOKIES_SENT);
        boolean timestamps = settings.timestamps() && syn.hasTimestamps();
        boolean sack = settings.sack() && syn.sackPermittedOption();
        int offeredScale = settings.windowScaling() ? syn.windowScaleOption() : -1;
        boolean ecn = timestamps
                && settings.ecn() != EcnMode.OFF
                && (syn.flags() & (SegmentView.ECE | SegmentView.CWR)) == (SegmentView.ECE | SegmentView.CWR);
        int mssIndex = indexOf(MSS, SynOptions.peerMss(tuple, syn));
        int scaleIndex = indexOf(SCALES, offeredScale);
        int timestampBits = timestamps
                ? (offeredScale < 0 ? NO_SCALE : offeredScale) | (sack ? 1 << 4 : 0) | (ecn ? 1 << 5 : 0)
                : 0;
        int low = mssIndex | ((epoch & 1) != 0 ? SECRET_BIT : 0);
        if (!timestamps) {
            low |= scaleIndex << 4 | (sack ? 1 << 7 : 0);
        }
        int isn = sealed(tuple, syn.seq(), low, timestamps, timestampBits);
        ByteBuf packet = writer.begin(tuple, TcpOption.MAX_OPTION_BYTES);
        packet.writeShort(TcpOption.MAXIMUM_SEGMENT_SIZE << 8 | TcpOption.MAXIMUM_SEGMENT_SIZE_BYTES);
        packet.writeShort(
                Math.min(65_535, ip.mtuBytes() - IpOutput.headerBytes(tuple.peerAddress()) - TcpView.MIN_HEADER_BYTES));
        if (sack) {
            packet.writeShort(TcpOption.SACK_PERMITTED << 8 | TcpOption.SACK_PERMITTED_BYTES);
        }
        if (timestamps) {
            packet.writeShort(TcpOption.TIMESTAMPS << 8 | TcpOption.TIMESTAMPS_BYTES);
            packet.writeInt(carrying(timestampBits, isns.timestampOffset(tuple) + (int) (nowNanos / 1_000_000)));
            packet.writeInt(syn.tsVal());
        }
        if (offeredScale >= 0) {
            packet.writeShort(TcpOption.WINDOW_SCALE << 8 | TcpOption.WINDOW_SCALE_BYTES);
            packet.writeByte(SynOptions.windowScaleFor(settings.receiveBufferBytes()));
        }
        // EXTENSION: options of its own, of which nothing is remembered.
        for (TcpExtension extension : extensions) {
            int room = TcpOption.MAX_OPTION_BYTES - (packet.readableBytes() - TcpView.MIN_HEADER_BYTES);
            packet.writeBytes(extension.cookieOption(syn, room));
        }
        int flags = SegmentView.SYN | SegmentView.ACK | (ecn ? SegmentView.ECE : 0);
        int window = Math.min(65_535, settings.receiveBufferBytes());
        writer.send(packet, tuple, isn, syn.seq() + 1, flags, window, 0, SegmentWriter.padOptions(packet), 0);
    }

    /**
     * What was agreed with whoever sends {@code segment}, the first one after our SYN/ACK; null if that carried no cookie
     * of ours.
     */
    @Nullable
    SynOptions open(FourTuple tuple, SegmentView segment, long nowNanos) {
        if (epoch == Long.MIN_VALUE || nowNanos - lastSentNanos > 2 * SECRET_LIFE_SECONDS * SECOND_NANOS) {
            return null;
        }
        turnSecrets(nowNanos);
        if (nowNanos - secondBeganNanos >= SECOND_NANOS) {
            secondBeganNanos = nowNanos;
            wrongGuesses = 0;
        }
        if (wrongGuesses >= GUESSES_PER_SECOND) {
            counters.count(Counter.SYN_COOKIES_FAILED);
            return null;
        }
        boolean timestamps = settings.timestamps() && segment.hasTimestamps();
        int isn = segment.ack() - 1;
        int timestampBits = timestamps ? segment.tsEcr() & TIMESTAMP_BITS : 0;
        int low = isn & (1 << (32 - (timestamps ? TIMESTAMPED_HASH_BITS : PLAIN_HASH_BITS))) - 1;
        if (sealed(tuple, segment.seq() - 1, low, timestamps, timestampBits) != isn) {
            wrongGuesses++;
            counters.count(Counter.SYN_COOKIES_FAILED);
            return null;
        }
        counters.count(Counter.SYN_COOKIES_ACCEPTED);
        int scale = SCALES[low >>> 4 & 7];
        if (timestamps) {
            scale = (timestampBits & 0xF) == NO_SCALE ? -1 : timestampBits & 0xF;
        }
        return new SynOptions(
                MSS[low & 7],
                timestamps,
                (timestamps ? timestampBits & 1 << 4 : low & 1 << 7) != 0,
                scale,
                scale < 0 ? -1 : SynOptions.windowScaleFor(settings.receiveBufferBytes()),
                (timestampBits & 1 << 5) != 0);
    }

    /** The sequence number with {@code low} in its low bits. */
    private int sealed(FourTuple tuple, int peerIsn, int low, boolean timestamps, int timestampBits) {
        SipHash secret = secrets[(low & SECRET_BIT) != 0 ? 1 : 0];
        int hashBits = timestamps ? TIMESTAMPED_HASH_BITS : PLAIN_HASH_BITS;
        long word = (long) peerIsn << 32 | (timestamps ? 1 << 16 : 0) | timestampBits << 8 | low;
        return secret == null ? 0 : (int) secret.of(tuple, word) << (32 - hashBits) | low;
    }

    /** Not after {@code clock}, so that what follows on the connection is not older (RFC 7323 5.3). */
    private static int carrying(int bits, int clock) {
        int value = clock & ~TIMESTAMP_BITS | bits;
        return value - clock > 0 ? value - TIMESTAMP_BITS - 1 : value;
    }

    private void turnSecrets(long nowNanos) {
        long now = Math.floorDiv(nowNanos, SECRET_LIFE_SECONDS * SECOND_NANOS);
        if (now == epoch) {
            return;
        }
        if (epoch == Long.MIN_VALUE || now != epoch + 1) {
            secrets[(int) (now + 1 & 1)] = new SipHash(random);
        }
        secrets[(int) (now & 1)] = new SipHash(random);
        epoch = now;
    }

    /** The last place whose value is not above {@code value}. */
    private static int indexOf(int[] ascending, int value) {
        int i = ascending.length - 1;
        while (i > 0 && ascending[i] > value) {
            i--;
        }
        return i;
    }
}
