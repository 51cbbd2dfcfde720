package net.sojourn.migrate;

import java.util.concurrent.Executor;
import net.sojourn.migrate.crypto.Curve;
import net.sojourn.migrate.crypto.EphemeralKey;
import net.sojourn.migrate.crypto.KeyPool;
import net.sojourn.migrate.crypto.KeySource;
import net.sojourn.migrate.m2.M2KeyPair;
import net.sojourn.stack.spi.RandomSource;

/** Where the fresh key pairs of one stack come from, for both suites. Loop thread only but {@link #close()}: any. */
public final class MigrateKeys implements AutoCloseable {

    private final RandomSource random;
    private final KeySource<EphemeralKey> p192;
    private final KeySource<M2KeyPair> m2;
    private final Runnable whenClosed;

    private MigrateKeys(
            RandomSource random, KeySource<EphemeralKey> p192, KeySource<M2KeyPair> m2, Runnable whenClosed) {
        this.random = random;
        this.p192 = p192;
        this.m2 = m2;
        this.whenClosed = whenClosed;
    }

    /** Makes each key when it is asked for: the same keys from the same {@code random}. */
    public static MigrateKeys onDemand(RandomSource random) {
        return new MigrateKeys(random, () -> Curve.P192.generate(random), () -> M2KeyPair.generate(random), () -> {});
    }

    /**
     * Makes keys ahead of need, off the loop. For life only: which key comes next depends on threads.
     *
     * @param random cryptographic; must bear calls from the loop and from {@code executor} at the same time
     * @param executor makes the keys
     * @param capacity how many of each suite are kept ready, at least 1
     */
    public static MigrateKeys pooled(RandomSource random, Executor executor, int capacity) {
        KeyPool<EphemeralKey> p192 = new KeyPool<>(() -> Curve.P192.generate(random), executor, capacity);
        KeyPool<M2KeyPair> m2 = new KeyPool<>(() -> M2KeyPair.generate(random), executor, capacity);
        return new MigrateKeys(random, p192, m2, () -> {
            p192.close();
            m2.close();
        });
    }

    /** Only P-192 is ever kept ready: the other curves are for laboratories. */
    EphemeralKey classic(Curve curve) {
        return curve == Curve.P192 ? p192.next() : curve.generate(random);
    }

    M2KeyPair m2() {
        return m2.next();
    }

    /** Wipes the keys that nobody used; others are made one by one from now on. */
    @Override
    public void close() {
        whenClosed.run();
    }
}
