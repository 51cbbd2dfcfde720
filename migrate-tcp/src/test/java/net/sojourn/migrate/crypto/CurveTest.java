package net.sojourn.migrate.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CurveTest {

    private static final HexFormat HEX = HexFormat.of();

    /** protocol.md 12, V1 to V3: public keys and the shared secret, from either side, to the octet. */
    @ParameterizedTest
    @CsvSource({
        "P192, 000102030405060708090a0b0c0d0e0f1011121314151617, 17161514131211100f0e0d0c0b0a09080706050403020100,"
                + "03a9e1739f5fa87adc5a8fea2c9d9f2dcf0c0fc30156c67ecb, 02c2266cf0421bd72f8096754fa2972a626acd3e9a42e83d89,"
                + "009941da76630f001b62e0857a34f501f32b65289aeb62d7ac",
        "P192, 7fe1c5b0d1a2f38495a6b7c8d9eafb0c1d2e3f4051627384, 2b9f00c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708,"
                + "02157e4afadf8ffb6fbafb1d5c690d1ab49b7c7408ee3a8e74, 03196c17dd63d8cfa766572e140079519505d4f8d2abe64d42,"
                + "00f55949558e4652f3b4802c11780b9aa6eae61372e6ed23ab",
        "K163, 000102030405060708090a0b0c0d0e0f1011121314, 00131211100f0e0d0c0b0003dcd8a208c00126c355,"
                + "0000000303852e4887d40ff0fff78334213b4b263b66d4c0b1, 00000002066d559726320125e2d51193f0656c8eb8147f9e58,"
                + "00000000034ac3605ee2aa566da490dc718b732633dd6148d7"
    })
    void agreesAsTheVectorsSay(Curve curve, String xi, String xj, String ki, String kj, String k) {
        EphemeralKey i = curve.keyOf(new BigInteger(xi, 16));
        EphemeralKey j = curve.keyOf(new BigInteger(xj, 16));
        assertEquals(ki, HEX.formatHex(i.publicOctets()));
        assertEquals(kj, HEX.formatHex(j.publicOctets()));
        assertEquals(k, HEX.formatHex(i.agree(decoded(curve, kj)).borrow()));
        assertEquals(k, HEX.formatHex(j.agree(decoded(curve, ki)).borrow()));
    }

    /** A9, protocol.md 1.2: what is no compressed point of the curve is no key. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "00000000000000000000000000000000000000000000000000", // infinity
                "04a9e1739f5fa87adc5a8fea2c9d9f2dcf0c0fc30156c67ecb", // not a compressed form
                "00a9e1739f5fa87adc5a8fea2c9d9f2dcf0c0fc30156c67ecb",
                "03a9e1739f5fa87adc5a8fea2c9d9f2dcf0c0fc30156c67e", // too short
                "02ffffffffffffffffffffffffffffffffffffffffffffffff", // x is not of the field
                "03000000000000000000000000000000000000000000000004" // x^3 - 3x + b has no root: off the curve
            })
    void refusesWhatIsNoPointOfP192(String key) {
        assertTrue(Curve.P192.decode(HEX.parseHex(key)).isEmpty(), key);
    }

    /** A9: with a cofactor of 2 the point of order 2, x = 0, would give the secret away. */
    @Test
    void refusesThePointOfOrderTwoOfK163() {
        byte[] key = new byte[Curve.KEY_OCTETS];
        key[3] = 2;
        assertTrue(Curve.K163.decode(key).isEmpty());
    }

    /** protocol.md 1.2: the padding of a shorter point must be zero. */
    @Test
    void refusesPaddingThatIsNotZero() {
        byte[] key = HEX.parseHex("0000000303852e4887d40ff0fff78334213b4b263b66d4c0b1");
        assertTrue(Curve.K163.decode(key).isPresent());
        key[1] = 1;
        assertTrue(Curve.K163.decode(key).isEmpty());
    }

    /** draft-snoeren 1.3: X is in [1, n-1]. */
    @Test
    void refusesPrivateNumbersOutsideTheirRange() {
        BigInteger n = new BigInteger("ffffffffffffffffffffffff99def836146bc9b1b4d22831", 16);
        assertThrows(IllegalArgumentException.class, () -> Curve.P192.keyOf(BigInteger.ZERO));
        assertThrows(IllegalArgumentException.class, () -> Curve.P192.keyOf(n));
        assertEquals(25, Curve.P192.keyOf(n.subtract(BigInteger.ONE)).publicOctets().length);
    }

    /** Tests replay: one seed, one sequence of keys; and every key of it is good. */
    @Test
    void keysOnDemandRepeatWithTheirSeed() {
        SeededRandom one = new SeededRandom(7);
        byte[] first = Curve.P192.generate(one).publicOctets();
        assertArrayEquals(first, Curve.P192.generate(new SeededRandom(7)).publicOctets());
        byte[] second = Curve.P192.generate(one).publicOctets();
        assertFalse(HEX.formatHex(first).equals(HEX.formatHex(second)));
        assertTrue(Curve.P192.decode(first).isPresent());
        assertTrue(Curve.P192.decode(second).isPresent());
    }

    /** A wiped key is of no use, rather than a key of zeros. */
    @Test
    void closedKeyDoesNotAgree() {
        EphemeralKey key = Curve.P192.generate(new SeededRandom(1));
        PublicKey peer = decoded(Curve.P192, "03a9e1739f5fa87adc5a8fea2c9d9f2dcf0c0fc30156c67ecb");
        key.close();
        assertThrows(IllegalStateException.class, () -> key.agree(peer));
    }

    /** Random octets are keys or not, and never an error. */
    @Test
    void decodesAnythingWithoutAnError() {
        SeededRandom random = new SeededRandom(3);
        int points = 0;
        for (int i = 0; i < 2_000; i++) {
            byte[] key = new byte[Curve.KEY_OCTETS];
            random.nextBytes(key);
            key[0] = (byte) (2 + (i & 1));
            points += Curve.P192.decode(key).isPresent() ? 1 : 0;
            byte[] binary = new byte[Curve.KEY_OCTETS];
            System.arraycopy(key, 0, binary, 3, 22);
            Curve.K163.decode(binary);
        }
        assertTrue(points > 800 && points < 1_200, "about half of all x have a point: " + points);
    }

    private static PublicKey decoded(Curve curve, String key) {
        return curve.decode(HEX.parseHex(key)).orElseThrow();
    }
}
