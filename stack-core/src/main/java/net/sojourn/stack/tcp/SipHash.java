package net.sojourn.stack.tcp;

import net.sojourn.stack.FourTuple;
import net.sojourn.stack.spi.RandomSource;

/** SipHash-2-4 (Aumasson and Bernstein, 2012) of a 4-tuple and one word under a secret of 128 bits. Loop thread only. */
final class SipHash {

    private static final long MESSAGE_BYTES = 48;

    private final long key0;
    private final long key1;
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    SipHash(RandomSource random) {
        key0 = random.nextLong();
        key1 = random.nextLong();
    }

    /** 64 bits that nobody without the secret can tell from random ones. */
    long of(FourTuple tuple, long word) {
        v0 = key0 ^ 0x736f6d6570736575L;
        v1 = key1 ^ 0x646f72616e646f6dL;
        v2 = key0 ^ 0x6c7967656e657261L;
        v3 = key1 ^ 0x7465646279746573L;
        absorb(tuple.localAddress().hi());
        absorb(tuple.localAddress().lo());
        absorb(tuple.peerAddress().hi());
        absorb(tuple.peerAddress().lo());
        absorb((long) tuple.localPort() << 32 | tuple.peerPort());
        absorb(word);
        absorb(MESSAGE_BYTES << 56);
        v2 ^= 0xFF;
        for (int i = 0; i < 4; i++) {
            round();
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private void absorb(long word) {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }

    private void round() {
        v0 += v1;
        v2 += v3;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 = Long.rotateLeft(v2, 32);
    }
}
