package net.sojourn.migrate.crypto;

import net.sojourn.stack.spi.RandomSource;

/** Where fresh key pairs come from. Loop thread. */
@FunctionalInterface
public interface KeySource {

    /** A key pair that nobody else gets. Never blocks for longer than making one takes. */
    EphemeralKey next();

    /** Makes each key when it is asked for: the same keys from the same {@code random}. */
    static KeySource onDemand(Curve curve, RandomSource random) {
        return () -> curve.generate(random);
    }
}
