package net.sojourn.migrate.classic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import net.sojourn.migrate.crypto.Curve;
import net.sojourn.migrate.crypto.EphemeralKey;
import net.sojourn.migrate.crypto.SecretBytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Known answers that a program with curve arithmetic of its own has calculated: {@code vectors.py}, beside {@code
 * vectors.txt}. Both curves, private numbers at the ends of their range, initial numbers that wrap.
 */
class VectorFileTest {

    private static final HexFormat HEX = HexFormat.of();

    static Stream<String> vectors() throws IOException {
        try (BufferedReader file = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(VectorFileTest.class.getResourceAsStream("vectors.txt")),
                StandardCharsets.US_ASCII))) {
            List<String> lines = file.lines().toList();
            return lines.stream();
        }
    }

    @Test
    void thereAreAsManyAsThereShouldBe() throws IOException {
        assertEquals(14, vectors().filter(line -> line.startsWith("P192 ")).count());
        assertEquals(14, vectors().filter(line -> line.startsWith("K163 ")).count());
    }

    /** Keys, agreement from either end, token and request. */
    @ParameterizedTest
    @MethodSource("vectors")
    void secondImplementationAgrees(String line) {
        String[] words = line.split(" ");
        Curve curve = Curve.valueOf(words[0]);
        try (EphemeralKey initiator = curve.keyOf(new BigInteger(words[1], 16));
                EphemeralKey acceptor = curve.keyOf(new BigInteger(words[2], 16));
                SecretBytes expected = SecretBytes.owning(HEX.parseHex(words[5]));
                SecretBytes one =
                        initiator.agree(curve.decode(acceptor.publicOctets()).orElseThrow());
                SecretBytes other =
                        acceptor.agree(curve.decode(initiator.publicOctets()).orElseThrow())) {
            assertEquals(words[3], HEX.formatHex(initiator.publicOctets()));
            assertEquals(words[4], HEX.formatHex(acceptor.publicOctets()));
            assertArrayEquals(expected.borrow(), one.borrow());
            assertArrayEquals(expected.borrow(), other.borrow());
            ConnectionSecret secret = new ConnectionSecret(
                    Integer.parseUnsignedInt(words[6], 16),
                    Integer.parseUnsignedInt(words[7], 16),
                    SecretBytes.owning(HEX.parseHex(words[5])));
            assertEquals(words[10], HEX.toHexDigits(secret.token().bits()));
            int s = Integer.parseUnsignedInt(words[8], 16);
            assertEquals(
                    words[11],
                    HEX.toHexDigits(
                            secret.request(s, Integer.parseInt(words[9])).bits()));
        }
    }
}
