package net.sojourn.migrate.crypto;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;
import net.sojourn.stack.spi.RandomSource;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.util.BigIntegers;

/**
 * A curve whose compressed points (X9.62) fit the 200 bits that a SYN has for a key. Immutable; any thread. P-192 is
 * below today's 112-bit floor: the classic suite is for fidelity, not for new designs.
 *
 * <p>Source: draft-snoeren-tcp-migrate-00 names no curves; the identifiers are ours.
 */
public enum Curve {
    /** secp192r1, prime192v1: the default. */
    P192(1, "secp192r1"),
    /** sect163k1, some 80 bits strong: for laboratories, and as a check of the padding and of the cofactor rule. */
    K163(2, "sect163k1");

    /** Octets of a public key and of a shared secret on the wire: 200 bits. */
    public static final int KEY_OCTETS = 25;

    private final int id;
    private final X9ECParameters parameters;

    Curve(int id, String name) {
        this.id = id;
        X9ECParameters custom = CustomNamedCurves.getByName(name);
        this.parameters = custom != null ? custom : ECNamedCurveTable.getByName(name);
    }

    /** The Curve ID of the Migrate-Permitted option. */
    public int id() {
        return id;
    }

    public static Optional<Curve> byId(int id) {
        return Arrays.stream(values()).filter(curve -> curve.id == id).findFirst();
    }

    /** A new key pair. */
    public EphemeralKey generate(RandomSource random) {
        BigInteger n = parameters.getN();
        byte[] draw = new byte[(n.bitLength() + 7) / 8];
        int excessBits = draw.length * 8 - n.bitLength();
        while (true) {
            random.nextBytes(draw);
            draw[0] &= (byte) (0xFF >>> excessBits);
            BigInteger scalar = new BigInteger(1, draw);
            if (scalar.signum() > 0 && scalar.compareTo(n) < 0) {
                Arrays.fill(draw, (byte) 0);
                return keyOf(scalar);
            }
        }
    }

    /**
     * The key pair of a private number, for known-answer tests.
     *
     * @throws IllegalArgumentException if it is not in [1, n-1]
     */
    public EphemeralKey keyOf(BigInteger scalar) {
        if (scalar.signum() <= 0 || scalar.compareTo(parameters.getN()) >= 0) {
            throw new IllegalArgumentException("a private number lies in [1, n-1]");
        }
        byte[] secret = BigIntegers.asUnsignedByteArray(KEY_OCTETS, scalar);
        return new EphemeralKey(this, SecretBytes.owning(secret), padded(publicPoint(scalar)));
    }

    /**
     * The peer's public key out of 25 octets; empty unless they are zero padding and a compressed point of this curve's
     * prime-order part, other than infinity.
     */
    public Optional<PublicKey> decode(byte[] keyOctets) {
        int pointOctets = 1 + fieldOctets();
        int pad = KEY_OCTETS - pointOctets;
        if (keyOctets.length != KEY_OCTETS || !isZero(keyOctets, pad)) {
            return Optional.empty();
        }
        byte[] compressed = Arrays.copyOfRange(keyOctets, pad, KEY_OCTETS);
        if (compressed[0] != 0x02 && compressed[0] != 0x03) {
            return Optional.empty();
        }
        ECPoint point;
        try {
            point = parameters.getCurve().decodePoint(compressed);
        } catch (IllegalArgumentException notOnTheCurve) {
            return Optional.empty();
        }
        boolean smallOrder = point.multiply(parameters.getH()).isInfinity();
        return smallOrder ? Optional.empty() : Optional.of(new PublicKey(this, point));
    }

    /** K: the x-coordinate of own times peer, left-padded to 25 octets. No cofactor in it. */
    SecretBytes agree(SecretBytes own, PublicKey peer) {
        BigInteger scalar = new BigInteger(1, own.borrow());
        // A peer's point of composite order (only with a cofactor) could meet the scalar at infinity: as good as no
        // key.
        ECPoint shared = peer.point().multiply(scalar).normalize();
        if (shared.isInfinity()) {
            throw new IllegalArgumentException("the peer's key has a small order");
        }
        byte[] x = shared.getAffineXCoord().getEncoded();
        byte[] k = new byte[KEY_OCTETS];
        System.arraycopy(x, 0, k, KEY_OCTETS - x.length, x.length);
        Arrays.fill(x, (byte) 0);
        return SecretBytes.owning(k);
    }

    private byte[] publicPoint(BigInteger scalar) {
        return parameters.getG().multiply(scalar).normalize().getEncoded(true);
    }

    private int fieldOctets() {
        return (parameters.getCurve().getFieldSize() + 7) / 8;
    }

    private static byte[] padded(byte[] point) {
        byte[] key = new byte[KEY_OCTETS];
        System.arraycopy(point, 0, key, KEY_OCTETS - point.length, point.length);
        return key;
    }

    private static boolean isZero(byte[] octets, int count) {
        int any = 0;
        for (int i = 0; i < count; i++) {
            any |= octets[i];
        }
        return any == 0;
    }
}
