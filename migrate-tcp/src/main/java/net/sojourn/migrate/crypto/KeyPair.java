package net.sojourn.migrate.crypto;

/** A key pair for one connection. One thread at a time. */
public interface KeyPair extends AutoCloseable {

    /** Wipes the private number. */
    @Override
    void close();
}
