package net.sojourn.migrate.m2;

import java.util.Optional;
import net.sojourn.migrate.crypto.KeyPair;
import net.sojourn.migrate.crypto.SecretBytes;
import net.sojourn.stack.spi.RandomSource;
import org.bouncycastle.math.ec.rfc7748.X25519;

/** An X25519 key pair for one connection (RFC 7748 5). One thread at a time; {@link #close()} wipes the private number. */
public final class M2KeyPair implements KeyPair {

    /** Octets of either key. */
    public static final int KEY_OCTETS = 32;

    private final SecretBytes secret;
    private final byte[] publicOctets;

    private M2KeyPair(byte[] secret) {
        this.secret = SecretBytes.owning(secret);
        this.publicOctets = new byte[KEY_OCTETS];
        X25519.scalarMultBase(secret, 0, publicOctets, 0);
    }

    public static M2KeyPair generate(RandomSource random) {
        byte[] secret = new byte[KEY_OCTETS];
        random.nextBytes(secret);
        return new M2KeyPair(secret);
    }

    /** The pair of a private number, for known-answer tests; takes ownership of {@code secret}. */
    public static M2KeyPair of(byte[] secret) {
        if (secret.length != KEY_OCTETS) {
            throw new IllegalArgumentException("an X25519 key has 32 octets, not " + secret.length);
        }
        return new M2KeyPair(secret);
    }

    public byte[] publicOctets() {
        return publicOctets.clone();
    }

    /** Z; empty if the peer's key is of small order, so that Z would be zero whatever ours is (RFC 7748 6.1). */
    Optional<SecretBytes> agree(byte[] peerPublic) {
        byte[] shared = new byte[KEY_OCTETS];
        boolean usable = X25519.calculateAgreement(secret.borrow(), 0, peerPublic, 0, shared, 0);
        return usable ? Optional.of(SecretBytes.owning(shared)) : Optional.empty();
    }

    @Override
    public void close() {
        secret.close();
    }

    @Override
    public String toString() {
        return "M2KeyPair[X25519]";
    }
}
