package net.sojourn.migrate.crypto;

import java.util.Random;
import net.sojourn.stack.spi.RandomSource;

/** Randomness that repeats itself. */
public final class SeededRandom implements RandomSource {

    private final Random random;

    public SeededRandom(long seed) {
        random = new Random(seed);
    }

    @Override
    public void nextBytes(byte[] bytes) {
        random.nextBytes(bytes);
    }

    @Override
    public int nextInt() {
        return random.nextInt();
    }

    @Override
    public long nextLong() {
        return random.nextLong();
    }
}
