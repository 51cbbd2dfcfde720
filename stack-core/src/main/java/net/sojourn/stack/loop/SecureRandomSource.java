package net.sojourn.stack.loop;

import java.security.SecureRandom;
import net.sojourn.stack.spi.RandomSource;

/** Cryptographic randomness for a stack in life. */
public final class SecureRandomSource implements RandomSource {

    private final SecureRandom random = new SecureRandom();

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
