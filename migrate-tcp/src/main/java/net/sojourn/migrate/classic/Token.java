package net.sojourn.migrate.classic;

import net.sojourn.migrate.crypto.SecretBytes;
import org.bouncycastle.crypto.digests.SHA1Digest;
import org.bouncycastle.util.Pack;

/**
 * The name of a connection: the first 64 bits of SHA-1(Ni | Na | K). Not secret once a move has shown it, and not
 * printed all the same. Immutable; any thread. draft-snoeren-tcp-migrate-00, protocol.md 1.4.
 *
 * @param bits big endian
 */
public record Token(long bits) {

    /**
     * @param ni initial sequence number of the original initiator
     * @param na initial sequence number of the original acceptor
     * @param k the shared secret, 25 octets
     */
    public static Token of(int ni, int na, SecretBytes k) {
        SHA1Digest sha1 = new SHA1Digest();
        updateWithConnection(sha1, ni, na, k);
        return new Token(first64Bits(sha1));
    }

    static void updateWithConnection(SHA1Digest sha1, int ni, int na, SecretBytes k) {
        sha1.update(Pack.intToBigEndian(ni), 0, 4);
        sha1.update(Pack.intToBigEndian(na), 0, 4);
        sha1.update(k.borrow(), 0, k.length());
    }

    static long first64Bits(SHA1Digest sha1) {
        byte[] digest = new byte[sha1.getDigestSize()];
        sha1.doFinal(digest, 0);
        return Pack.bigEndianToLong(digest, 0);
    }

    @Override
    public String toString() {
        return "Token[8]";
    }
}
