package net.sojourn.migrate.raw;

import java.math.BigInteger;
import java.util.Arrays;

/** P-192 by the school's formulas (SEC 2 2.5.2, affine, no care for side channels), compressed points (SEC 1 2.3.3). */
final class RawCurve {

    private static final BigInteger P = hex("fffffffffffffffffffffffffffffffeffffffffffffffff");
    private static final BigInteger A = P.subtract(BigInteger.valueOf(3));
    private static final BigInteger B = hex("64210519e59c80e70fa7e9ab72243049feb8deecc146b9b1");
    private static final BigInteger GX = hex("188da80eb03090f67cbf20eb43a18800f4ff0afd82ff1012");
    private static final BigInteger GY = hex("07192b95ffc8da78631011ed6b24cdd573f977a11e794811");

    private record Point(BigInteger x, BigInteger y) {}

    private RawCurve() {}

    /** 25 octets: 02 or 03, then x. */
    static byte[] publicKey(BigInteger secret) {
        Point point = times(secret, new Point(GX, GY));
        byte[] key = padded(point.x(), 25);
        key[0] = (byte) (point.y().testBit(0) ? 3 : 2);
        return key;
    }

    /** The x-coordinate of what both share, in 25 octets. */
    static byte[] agree(BigInteger secret, byte[] peerKey) {
        BigInteger x = new BigInteger(1, Arrays.copyOfRange(peerKey, 1, 25));
        BigInteger square = x.pow(3).add(A.multiply(x)).add(B).mod(P);
        BigInteger root = square.modPow(P.add(BigInteger.ONE).shiftRight(2), P);
        if (!root.modPow(BigInteger.TWO, P).equals(square) || peerKey[0] != 2 && peerKey[0] != 3) {
            throw new AssertionError("the machine sent a key that is no point of P-192");
        }
        BigInteger y = root.testBit(0) == (peerKey[0] == 3) ? root : P.subtract(root);
        return padded(times(secret, new Point(x, y)).x(), 25);
    }

    private static Point times(BigInteger factor, Point point) {
        Point sum = point;
        for (int bit = factor.bitLength() - 2; bit >= 0; bit--) {
            sum = plus(sum, sum);
            if (factor.testBit(bit)) {
                sum = plus(sum, point);
            }
        }
        return sum;
    }

    private static Point plus(Point a, Point b) {
        BigInteger slope = a.equals(b)
                ? a.x().pow(2).multiply(BigInteger.valueOf(3)).add(A).multiply(inverse(a.y().shiftLeft(1)))
                : b.y().subtract(a.y()).multiply(inverse(b.x().subtract(a.x())));
        BigInteger x = slope.pow(2).subtract(a.x()).subtract(b.x()).mod(P);
        return new Point(x, slope.multiply(a.x().subtract(x)).subtract(a.y()).mod(P));
    }

    private static BigInteger inverse(BigInteger value) {
        return value.modInverse(P);
    }

    private static byte[] padded(BigInteger value, int octets) {
        byte[] bytes = value.toByteArray();
        byte[] padded = new byte[octets];
        int used = Math.min(bytes.length, octets);
        System.arraycopy(bytes, bytes.length - used, padded, octets - used, used);
        return padded;
    }

    private static BigInteger hex(String digits) {
        return new BigInteger(digits, 16);
    }
}
