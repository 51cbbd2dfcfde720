package net.sojourn.migrate.classic;

import net.sojourn.migrate.crypto.SecretBytes;
import net.sojourn.migrate.crypto.Tags;
import org.bouncycastle.crypto.digests.SHA1Digest;
import org.bouncycastle.util.Pack;

/**
 * What proves a Migrate SYN: the first 64 bits of SHA-1(Ni | Na | K | S | ReqNo), with ReqNo as one octet whose P bit is
 * clear. Immutable; any thread. draft-snoeren-tcp-migrate-00, protocol.md 2.1.
 *
 * @param bits big endian
 */
public record Request(long bits) {

    /**
     * @param ni initial sequence number of the original initiator
     * @param na initial sequence number of the original acceptor
     * @param k the shared secret, 25 octets
     * @param s sequence number of the Migrate SYN
     * @param reqNo 0 to 127
     */
    public static Request of(int ni, int na, SecretBytes k, int s, int reqNo) {
        ReqNo.check(reqNo);
        SHA1Digest sha1 = new SHA1Digest();
        Token.updateWithConnection(sha1, ni, na, k);
        sha1.update(Pack.intToBigEndian(s), 0, 4);
        sha1.update((byte) reqNo);
        return new Request(Token.first64Bits(sha1));
    }

    /** Whether this, calculated here, is what was {@code received}. */
    public boolean isSame(Request received) {
        return Tags.equal(Pack.longToBigEndian(bits), Pack.longToBigEndian(received.bits));
    }

    @Override
    public String toString() {
        return "Request[8]";
    }
}
