package net.sojourn.migrate.crypto;

/** Where fresh key pairs come from. Loop thread. */
@FunctionalInterface
public interface KeySource<K> {

    /** A key pair that nobody else gets. Never blocks for longer than making one takes. */
    K next();
}
