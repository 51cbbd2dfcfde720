package net.sojourn.migrate.classic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import net.sojourn.migrate.crypto.Curve;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class OptionRobustnessTest {

    private static final HexFormat HEX = HexFormat.of();

    /** Whatever octets come: an option or none, never an error; and what is one encodes to the same octets. */
    @ParameterizedTest
    @EnumSource(Profile.class)
    void anyOctetsDecodeOrDoNot(Profile profile) {
        long seed = 20_001;
        Random random = new Random(seed);
        int options = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] octets = new byte[random.nextInt(41)];
            random.nextBytes(octets);
            plantHeader(profile, octets, random);
            options += roundTrip(profile, octets) ? 1 : 0;
        }
        assertTrue(options > 1_000, "the generator must reach the inside of the codecs: " + options + ", seed " + seed);
    }

    /** Genuine options, cut, lengthened, doubled, with bits turned: what still decodes encodes to the same octets. */
    @ParameterizedTest
    @EnumSource(Profile.class)
    void mutatedOptionsDecodeOrDoNot(Profile profile) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[][] genuine = {
            new MigrateOption(false, 5, new Token(0x0123_4567_89ab_cdefL), new Request(-1L)).encode(profile),
            PermittedOption.secure(Curve.P192, KeySplit.split(new byte[25])).encode(profile),
            new byte[] {15, 3, 0}
        };
        int survivors = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] octets = genuine[i % genuine.length].clone();
            for (int left = random.nextInt(4); left > 0; left--) {
                octets = mutated(octets, random);
            }
            try {
                survivors += roundTrip(profile, octets) ? 1 : 0;
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + HEX.formatHex(octets), e);
            }
        }
        assertTrue(survivors > 20_000 && survivors < 190_000, survivors + " decoded, seed " + seed);
    }

    private static byte[] mutated(byte[] octets, Random random) {
        int at = octets.length == 0 ? 0 : random.nextInt(octets.length);
        switch (octets.length == 0 ? 2 : random.nextInt(5)) {
            case 0 -> octets[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> octets[at] = (byte) random.nextInt();
            case 2 -> octets = Arrays.copyOf(octets, random.nextInt(41));
            case 3 -> octets = Arrays.copyOfRange(octets, at, octets.length);
            default -> {
                if (octets.length > 1) {
                    octets[1] = (byte) (octets[1] + random.nextInt(5) - 2);
                }
            }
        }
        return octets;
    }

    /** protocol.md 1.1, 7.2: other lengths, kinds and identifiers are not Migrate-Permitted. */
    @ParameterizedTest
    @CsvSource({
        "PAPER, 0f1301aabbccddeeff00112233445566778899", // one octet short
        "PAPER, 0f1501aabbccddeeff00112233445566778899aabb", // one too long
        "PAPER, 101401aabbccddeeff00112233445566778899aa", // the other option's kind
        "PAPER, 0f1400aabbccddeeff00112233445566778899aa", // key octets for no curve
        "PAPER, 0f0301", // a curve without a key
        "PAPER, 0f02",
        "EXID, fd154d52aabbccddeeff00112233445566778899aa", // the other option's identifier
        "EXID, fd144d50aabbccddeeff001122334455667788",
        "EXID, fd034d",
        "EXID, 0f1401aabbccddeeff00112233445566778899aa" // the other profile
    })
    void refusesOtherForms(Profile profile, String option) {
        assertTrue(PermittedOption.decode(profile, HEX.parseHex(option)).isEmpty(), option);
    }

    /** The length octet must agree with the octets there are. */
    @Test
    void refusesALengthThatIsNotTheOptions() {
        byte[] option = new MigrateOption(false, 1, new Token(1), new Request(2)).encode(Profile.EXID);
        option[1] = 20;
        assertTrue(MigrateOption.decode(Profile.EXID, option).isEmpty());
    }

    /** The variant without keys has its own short form, in profile paper only. */
    @Test
    void nonSecureFormIsThreeOctets() {
        byte[] encoded = PermittedOption.nonSecure().encode(Profile.PAPER);
        assertEquals("0f0300", HEX.formatHex(encoded));
        assertFalse(PermittedOption.decode(Profile.PAPER, encoded).orElseThrow().isSecure());
        assertThrows(IllegalArgumentException.class, () -> PermittedOption.nonSecure()
                .encode(Profile.EXID));
    }

    /** protocol.md 7.2: each curve has an experiment identifier, or its Curve ID. */
    @Test
    void eachCurveHasItsOwnName() {
        PermittedOption option = PermittedOption.secure(Curve.K163, KeySplit.split(new byte[25]));
        assertEquals("fd154d51", HEX.formatHex(option.encode(Profile.EXID), 0, 4));
        assertEquals(2, option.encode(Profile.PAPER)[2]);
        for (Profile profile : Profile.values()) {
            assertEquals(
                    Curve.K163.id(),
                    PermittedOption.decode(profile, option.encode(profile))
                            .orElseThrow()
                            .curveId());
        }
    }

    /** Nothing about keys is ever logged (protocol.md 15.7). */
    @Test
    void optionsPrintNoSecret() {
        MigrateOption option = new MigrateOption(false, 9, new Token(0x1234567812345678L), new Request(0x55aa55aaL));
        assertEquals("Migrate[ReqNo 9]", option.toString());
        assertEquals("Token[8]", option.token().toString());
        assertEquals("Request[8]", option.request().toString());
        KeySplit key = KeySplit.split(new byte[25]);
        assertEquals(
                "MigratePermitted[curve 1]",
                PermittedOption.secure(Curve.P192, key).toString());
        assertEquals(
                "ConnectionSecret[SecretBytes[25]]",
                ConnectionSecret.nonSecure(1, 2).toString());
    }

    private static void plantHeader(Profile profile, byte[] octets, Random random) {
        boolean permitted = random.nextBoolean();
        if (octets.length > 4 && random.nextInt(4) > 0) {
            octets[0] = (byte) (permitted ? profile.permittedKind() : profile.migrateKind());
            octets[1] = (byte) octets.length;
            byte[] exId = permitted ? profile.permittedExId(Curve.values()[random.nextInt(2)]) : profile.migrateExId();
            System.arraycopy(exId, 0, octets, 2, exId.length);
        }
    }

    private static boolean roundTrip(Profile profile, byte[] octets) {
        var permitted = PermittedOption.decode(profile, octets);
        permitted.ifPresent(option -> assertArrayEquals(octets, option.encode(profile)));
        var migrate = MigrateOption.decode(profile, octets);
        migrate.ifPresent(option -> assertArrayEquals(octets, option.encode(profile)));
        return permitted.isPresent() || migrate.isPresent();
    }
}
