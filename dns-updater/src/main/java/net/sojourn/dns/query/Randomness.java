package net.sojourn.dns.query;

import java.security.SecureRandom;

/** Where unpredictable message IDs and jitter come from. Any thread. */
public interface Randomness {

    /** 0 to 65,535. */
    int nextId();

    /** At least 0, below 1. */
    double nextUnit();

    static Randomness secure() {
        SecureRandom random = new SecureRandom();
        return new Randomness() {
            @Override
            public int nextId() {
                return random.nextInt(1 << 16);
            }

            @Override
            public double nextUnit() {
                return random.nextDouble();
            }
        };
    }
}
