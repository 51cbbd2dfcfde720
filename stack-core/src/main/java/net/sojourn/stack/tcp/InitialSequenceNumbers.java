package net.sojourn.stack.tcp;

import net.sojourn.stack.FourTuple;
import net.sojourn.stack.spi.RandomSource;

/**
 * RFC 6528: ISN = M + F(4-tuple, secret), with M a clock of 4 microseconds and F a keyed hash. The same F gives the
 * timestamp offset of a connection, so that it is not a clock for outsiders (RFC 7323 5.4).
 */
final class InitialSequenceNumbers {

    private final SipHash hash;

    InitialSequenceNumbers(RandomSource random) {
        hash = new SipHash(random);
    }

    int isn(FourTuple tuple, long nowNanos) {
        return (int) (nowNanos / 4000) + (int) hash.of(tuple, 0);
    }

    int timestampOffset(FourTuple tuple) {
        return (int) (hash.of(tuple, 0) >>> 32);
    }
}
