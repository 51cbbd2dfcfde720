package net.sojourn.stack.tcp;

import java.nio.ByteBuffer;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.spi.RandomSource;

/**
 * RFC 6528: ISN = M + F(4-tuple, secret), with M a clock of 4 microseconds and F a keyed hash (SipHash-2-4). The same F
 * gives the timestamp offset of a connection, so that it is not a clock for outsiders (RFC 7323 5.4).
 */
final class InitialSequenceNumbers {

    private final long key0;
    private final long key1;

    InitialSequenceNumbers(RandomSource random) {
        key0 = random.nextLong();
        key1 = random.nextLong();
    }

    int isn(FourTuple tuple, long nowNanos) {
        return (int) (nowNanos / 4000) + (int) hash(tuple);
    }

    int timestampOffset(FourTuple tuple) {
        return (int) (hash(tuple) >>> 32);
    }

    private long hash(FourTuple tuple) {
        ByteBuffer words = ByteBuffer.allocate(40);
        words.putLong(tuple.localAddress().hi()).putLong(tuple.localAddress().lo());
        words.putLong(tuple.peerAddress().hi()).putLong(tuple.peerAddress().lo());
        words.putInt(tuple.localPort()).putInt(tuple.peerPort());
        return sipHash(words.flip());
    }

    private long sipHash(ByteBuffer words) {
        long[] v = {
            key0 ^ 0x736f6d6570736575L,
            key1 ^ 0x646f72616e646f6dL,
            key0 ^ 0x6c7967656e657261L,
            key1 ^ 0x7465646279746573L
        };
        long last = (long) words.remaining() << 56;
        while (words.hasRemaining()) {
            absorb(v, words.getLong());
        }
        absorb(v, last);
        v[2] ^= 0xFF;
        for (int i = 0; i < 4; i++) {
            round(v);
        }
        return v[0] ^ v[1] ^ v[2] ^ v[3];
    }

    private static void absorb(long[] v, long word) {
        v[3] ^= word;
        round(v);
        round(v);
        v[0] ^= word;
    }

    private static void round(long[] v) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = Long.rotateLeft(v[1], 13) ^ v[0];
        v[3] = Long.rotateLeft(v[3], 16) ^ v[2];
        v[0] = Long.rotateLeft(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = Long.rotateLeft(v[1], 17) ^ v[2];
        v[3] = Long.rotateLeft(v[3], 21) ^ v[0];
        v[2] = Long.rotateLeft(v[2], 32);
    }
}
