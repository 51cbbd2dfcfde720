package net.sojourn.stack.spi;

/** The one source of randomness of a stack: cryptographic in life, seeded in tests. */
public interface RandomSource {

    void nextBytes(byte[] bytes);

    int nextInt();

    long nextLong();

    /** Uniform in [0, bound). */
    default int nextInt(int bound) {
        return (int) (((nextInt() & 0xFFFF_FFFFL) * bound) >>> 32);
    }
}
