package net.sojourn.migrate.classic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import net.sojourn.migrate.crypto.Curve;
import net.sojourn.migrate.crypto.SecretBytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VectorsTest {

    private static final HexFormat HEX = HexFormat.of();

    /** protocol.md 12, V1 to V4: token and request. */
    @ParameterizedTest
    @CsvSource({
        "009941da76630f001b62e0857a34f501f32b65289aeb62d7ac, 01020304, a0b0c0d0, 01020b04, 1, 361ba2a36fdfc238, 5ddefc3bab73e0f3",
        "00f55949558e4652f3b4802c11780b9aa6eae61372e6ed23ab, fffffff0, 00000000, 00000010, 127, 0173f4ac0b3e1928, 91d398364d88557a",
        "00000000034ac3605ee2aa566da490dc718b732633dd6148d7, 01020304, a0b0c0d0, 01020b04, 1, f6debe14de51f30a, cbe61e504ada14b0",
        "00000000000000000000000000000000000000000000000000, 01020304, a0b0c0d0, 01020b04, 1, c1406c830b421552, 2ab3edb751e07cf3"
    })
    void tokenAndRequestAreAsTheVectorsSay(
            String k, String ni, String na, String s, int reqNo, String token, String request) {
        ConnectionSecret secret = new ConnectionSecret(
                Integer.parseUnsignedInt(ni, 16),
                Integer.parseUnsignedInt(na, 16),
                SecretBytes.owning(HEX.parseHex(k)));
        assertEquals(token, HEX.toHexDigits(secret.token().bits()));
        assertEquals(
                request,
                HEX.toHexDigits(
                        secret.request(Integer.parseUnsignedInt(s, 16), reqNo).bits()));
    }

    /** protocol.md 12, V4: the variant without keys uses 25 zero octets. */
    @Test
    void nonSecureSecretIsZero() {
        ConnectionSecret secret = ConnectionSecret.nonSecure(0x01020304, 0xa0b0c0d0);
        assertEquals("c1406c830b421552", HEX.toHexDigits(secret.token().bits()));
    }

    /** protocol.md 12, V1: option and timestamps of both SYNs, profile paper. */
    @ParameterizedTest
    @CsvSource({
        "03a9e1739f5fa87adc5a8fea2c9d9f2dcf0c0fc30156c67ecb, 0f140103a9e1739f5fa87adc5a8fea2c9d9f2dcf, 0c0fc301, 56c67ecb",
        "02c2266cf0421bd72f8096754fa2972a626acd3e9a42e83d89, 0f140102c2266cf0421bd72f8096754fa2972a62, 6acd3e9a, 42e83d89",
        "02157e4afadf8ffb6fbafb1d5c690d1ab49b7c7408ee3a8e74, 0f140102157e4afadf8ffb6fbafb1d5c690d1ab4, 9b7c7408, ee3a8e74",
        "03196c17dd63d8cfa766572e140079519505d4f8d2abe64d42, 0f140103196c17dd63d8cfa766572e1400795195, 05d4f8d2, abe64d42"
    })
    void permittedOptionOfProfilePaper(String key, String option, String tsVal, String tsEcr) {
        KeySplit split = KeySplit.split(HEX.parseHex(key));
        byte[] encoded = PermittedOption.secure(Curve.P192, split).encode(Profile.PAPER);
        assertEquals(option, HEX.formatHex(encoded));
        assertEquals(tsVal, HEX.toHexDigits(split.tsVal()));
        assertEquals(tsEcr, HEX.toHexDigits(split.tsEcr()));
        PermittedOption decoded = PermittedOption.decode(Profile.PAPER, encoded).orElseThrow();
        assertEquals(
                key,
                HEX.formatHex(KeySplit.join(decoded.keyPart(), split.tsVal(), split.tsEcr())
                        .key()));
    }

    /** protocol.md 7.2: the same key under an experiment identifier, which stands for the curve. */
    @Test
    void permittedOptionOfProfileExid() {
        KeySplit split = KeySplit.split(HEX.parseHex("03a9e1739f5fa87adc5a8fea2c9d9f2dcf0c0fc30156c67ecb"));
        byte[] encoded = PermittedOption.secure(Curve.P192, split).encode(Profile.EXID);
        assertEquals("fd154d5003a9e1739f5fa87adc5a8fea2c9d9f2dcf", HEX.formatHex(encoded));
    }

    /** protocol.md 12, V1 and V2: the Migrate option in both profiles, to the octet and back. */
    @ParameterizedTest
    @CsvSource({
        "PAPER, 1, 361ba2a36fdfc238, 5ddefc3bab73e0f3, 101301361ba2a36fdfc2385ddefc3bab73e0f3",
        "EXID, 1, 361ba2a36fdfc238, 5ddefc3bab73e0f3, fd154d5201361ba2a36fdfc2385ddefc3bab73e0f3",
        "PAPER, 127, 0173f4ac0b3e1928, 91d398364d88557a, 10137f0173f4ac0b3e192891d398364d88557a"
    })
    void migrateOption(Profile profile, int reqNo, String token, String request, String encoded) {
        MigrateOption option = new MigrateOption(
                false,
                reqNo,
                new Token(Long.parseUnsignedLong(token, 16)),
                new Request(Long.parseUnsignedLong(request, 16)));
        assertEquals(encoded, HEX.formatHex(option.encode(profile)));
        assertEquals(
                option, MigrateOption.decode(profile, HEX.parseHex(encoded)).orElseThrow());
    }

    /** protocol.md 2.1: P is the most significant bit of the octet that holds ReqNo. */
    @Test
    void preloadIsTheTopBit() {
        MigrateOption option = new MigrateOption(true, 5, new Token(1), new Request(2));
        byte[] encoded = option.encode(Profile.PAPER);
        assertEquals((byte) 0x85, encoded[2]);
        assertEquals(option, MigrateOption.decode(Profile.PAPER, encoded).orElseThrow());
    }
}
