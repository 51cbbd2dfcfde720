package net.sojourn.migrate.crypto;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Octets that nobody may see: printed only as their number, compared in constant time, wiped on {@link #close()}. Any
 * one thread at a time.
 */
public final class SecretBytes implements AutoCloseable {

    private final byte[] octets;
    private boolean closed;

    private SecretBytes(byte[] octets) {
        this.octets = octets;
    }

    /** Takes ownership of {@code octets}: the caller must not use the array any more. */
    public static SecretBytes owning(byte[] octets) {
        return new SecretBytes(octets);
    }

    public int length() {
        return octets.length;
    }

    /**
     * The octets themselves, for the duration of one calculation: neither to be kept nor changed.
     *
     * @throws IllegalStateException after {@link #close()}
     */
    public byte[] borrow() {
        if (closed) {
            throw new IllegalStateException("the secret has been wiped");
        }
        return octets;
    }

    @Override
    public void close() {
        closed = true;
        Arrays.fill(octets, (byte) 0);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SecretBytes secret && MessageDigest.isEqual(octets, secret.octets);
    }

    /** The same for all secrets of one length: a hash would tell something of the octets. */
    @Override
    public int hashCode() {
        return octets.length;
    }

    @Override
    public String toString() {
        return "SecretBytes[" + octets.length + "]";
    }
}
