package net.sojourn.migrate.m2;

import static net.sojourn.migrate.m2.SecondImplementation.agreement;
import static net.sojourn.migrate.m2.SecondImplementation.expand;
import static net.sojourn.migrate.m2.SecondImplementation.hmac;
import static net.sojourn.migrate.m2.SecondImplementation.join;
import static net.sojourn.migrate.m2.SecondImplementation.transcript;
import static net.sojourn.migrate.m2.SecondImplementation.word;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import net.sojourn.migrate.crypto.SeededRandom;
import net.sojourn.migrate.m2.M2Option.Accept;
import net.sojourn.migrate.m2.M2Option.Capable;
import net.sojourn.migrate.m2.M2Option.Confirm;
import net.sojourn.migrate.m2.M2Option.Key;
import net.sojourn.migrate.m2.M2Option.Migrate;
import net.sojourn.migrate.m2.M2Option.Prove;
import net.sojourn.migrate.m2.M2Option.Reject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Known answers of M2 (docs/protocol.md, "Vectors"), and a second implementation that must agree on any others. */
class M2VectorsTest {

    private static final byte[] SK_I = hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    private static final byte[] SK_R = hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    private static final byte[] PK_I = hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    private static final byte[] PK_R = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static void assertHex(String expected, byte[] actual) {
        assertEquals(expected.replace(" ", ""), HexFormat.of().formatHex(actual));
    }

    private static M2Keys keys(boolean initiator) {
        M2KeyPair own = M2KeyPair.of((initiator ? SK_I : SK_R).clone());
        return M2Keys.agree(initiator, 0x21, 0x21, own, initiator ? PK_R : PK_I).orElseThrow();
    }

    /** V5: the key schedule, at both ends. */
    @Test
    void keySchedule() {
        for (M2Keys keys : new M2Keys[] {keys(true), keys(false)}) {
            assertHex("19b232c8ff0b0bb14921134c1cca6cd7ac633d82e73e88f13661d713c036d7e8", keys.fingerprint());
            assertHex("4e2a987adffe9da7", keys.confirmation(true, 0));
            assertHex("09e5008030e81d47", keys.confirmation(false, 0));
            assertHex("e5b014789f93cc9e", keys.token(true, 1));
            assertHex("24a2a51607d92966", keys.token(false, 1));
            assertHex("db962deae5a6bead", keys.token(true, 2));
            assertHex("8920c79e6fcd3d5d", keys.token(false, 2));
        }
    }

    /** V5: the options of the exchange of keys, octet by octet. */
    @Test
    void optionsOfTheKeyExchange() {
        assertHex("fd054d4721", new Capable(false).encode());
        assertHex(
                "fd154d4710 8520f0098930a754748b7ddcb43ef75a",
                new Key(false, false, 0, Arrays.copyOf(PK_I, 16)).encode());
        assertHex(
                "fd154d4711 0dbf3a0d26381af4eba4a98eaa9b4e6a",
                new Key(false, false, 1, Arrays.copyOfRange(PK_I, 16, 32)).encode());
        assertHex(
                "fd0d4d4760 4e2a987adffe9da7",
                new Confirm(false, false, 0, keys(true).confirmation(true, 0)).encode());
    }

    /** V5: the three options of a move of the initiator. */
    @Test
    void optionsOfAMove() {
        M2Keys keys = keys(true);
        Migrate form = Migrate.of(false, keys.token(true, 1), 0, new byte[8]);
        Migrate migrate = Migrate.of(false, form.token(), 0, keys.requestTag(true, form, 1, 0, 0));
        assertHex("fd154d4730 e5b014789f93cc9e 747540d29225e662", migrate.encode());
        Accept open = new Accept(false, 1_234_567, 0xc0ffee01, new byte[8]);
        Accept accept = new Accept(false, 1_234_567, 0xc0ffee01, keys.answerTag(true, open, 1, 0, 0, 0));
        assertHex("fd154d4740 0012d687 c0ffee01 69f059cb8661794c", accept.encode());
        Prove prove = new Prove(false, 5_000, keys.proofTag(true, 5_000, accept, 1, 0, 0));
        assertHex("fd194d4750 00001388 f1f4742cd3112fe4917243cb395e1081", prove.encode());
    }

    /** V6, the early form of the same move: both ends capable of it, S = 01020304, Q = a0b0c0d0, 1,000 octets of text on the SYN. */
    @Test
    void earlyMove() {
        M2Keys keys =
                M2Keys.agree(true, 0x29, 0x29, M2KeyPair.of(SK_I.clone()), PK_R).orElseThrow();
        Migrate form = Migrate.of(true, Arrays.copyOf(keys.token(true, 1), 6), 5_000, new byte[6]);
        Migrate migrate = Migrate.of(true, form.token(), 5_000, keys.requestTag(true, form, 1, 0x01020304, 1_234_567));
        Accept open = new Accept(true, 6_000, 1_234_567, new byte[8]);
        Accept accept =
                new Accept(true, 6_000, 1_234_567, keys.answerTag(true, open, 1, 0x01020304, 0xa0b0c0d0, 1_004));
        Prove prove = new Prove(true, 1_235_000, keys.proofTag(true, 1_235_000, accept, 1, 0x01020304, 0xa0b0c0d0));
        assertHex("fd154d47342cbce5f1649800001388926a183cde7f", migrate.encode());
        assertHex("fd154d4744000017700012d687265f4dbd69684e61", accept.encode());
        assertHex("fd194d47540012d83809ee96430a1a396cc54437b2546fb7ba", prove.encode());
    }

    /** Twenty-five connections with keys, numbers and offsets by chance: the JDK's cryptography finds the same. */
    @Test
    void secondImplementationAgrees() throws GeneralSecurityException {
        SeededRandom random = new SeededRandom(25);
        for (int i = 0; i < 25; i++) {
            boolean early = i % 2 == 1;
            int capable = new Capable(early).frame();
            byte[] ours = octets(random, 32);
            byte[] theirs = octets(random, 32);
            M2KeyPair initiator = M2KeyPair.of(ours.clone());
            M2KeyPair acceptor = M2KeyPair.of(theirs.clone());
            M2Keys keys = M2Keys.agree(
                            i % 3 == 0,
                            capable,
                            capable,
                            i % 3 == 0 ? initiator : acceptor,
                            (i % 3 == 0 ? acceptor : initiator).publicOctets())
                    .orElseThrow();
            byte[] z = agreement(ours, acceptor.publicOctets());
            assertArrayEquals(z, agreement(theirs, initiator.publicOctets()));
            byte[] th = transcript(capable, capable, initiator.publicOctets(), acceptor.publicOctets());
            assertArrayEquals(th, keys.fingerprint());
            assertMove(keys, hmac(th, z), th, early, random);
        }
    }

    private static void assertMove(M2Keys keys, byte[] prk, byte[] th, boolean early, SeededRandom random)
            throws GeneralSecurityException {
        boolean initiatorMoves = random.nextInt(2) == 0;
        byte[] forth = expand(prk, initiatorMoves ? "mig2 i2r" : "mig2 r2i");
        byte[] back = expand(prk, initiatorMoves ? "mig2 r2i" : "mig2 i2r");
        int n = random.nextInt();
        int s = random.nextInt();
        int q = random.nextInt();
        byte flag = (byte) (early ? 4 : 0);
        byte[] numbers = early ? join(word(s), word(q)) : new byte[0];
        assertArrayEquals(first(8, hmac(expand(prk, "mig2 confirm i"), th)), keys.confirmation(true, 0));
        assertArrayEquals(first(8, hmac(expand(prk, "mig2 confirm r"), th)), keys.confirmation(false, 0));
        int minutes = 1 + random.nextInt(65_535);
        assertArrayEquals(
                first(8, hmac(expand(prk, "mig2 confirm i"), th, Arrays.copyOfRange(word(minutes), 2, 4))),
                keys.confirmation(true, minutes));
        byte[] role = {(byte) (initiatorMoves ? 'i' : 'r')};
        byte[] token = first(8, hmac(expand(prk, "mig2 token"), role, word(n)));
        assertArrayEquals(token, keys.token(initiatorMoves, n));

        Migrate migrate = Migrate.of(early, first(early ? 6 : 8, token), random.nextInt(), new byte[0]);
        int moversRcvNxt = random.nextInt();
        byte[] mac1 = hmac(
                forth,
                ascii("syn"),
                new byte[] {(byte) (0x30 | flag)},
                word(n),
                early ? join(word(migrate.offset()), word(s), word(moversRcvNxt)) : new byte[0]);
        assertArrayEquals(first(early ? 6 : 8, mac1), keys.requestTag(initiatorMoves, migrate, n, s, moversRcvNxt));
        Accept accept = new Accept(early, random.nextInt(), random.nextInt(), new byte[8]);
        int textBytes = random.nextInt(1_400);
        byte[] mac2 = hmac(
                back,
                ascii("synack"),
                new byte[] {(byte) (0x40 | flag)},
                word(n),
                word(accept.rcvOffset()),
                word(accept.nonceOrOffset()),
                numbers,
                early ? word(textBytes) : new byte[0]);
        assertArrayEquals(first(8, mac2), keys.answerTag(initiatorMoves, accept, n, s, q, textBytes));
        int rcvOffset = random.nextInt();
        byte[] mac3 = hmac(
                forth,
                ascii("prove"),
                new byte[] {(byte) (0x50 | flag)},
                word(n),
                word(rcvOffset),
                word(accept.rcvOffset()),
                word(accept.nonceOrOffset()),
                numbers);
        assertArrayEquals(first(16, mac3), keys.proofTag(initiatorMoves, rcvOffset, accept, n, s, q));

        for (Reject.Occasion occasion : Reject.Occasion.values()) {
            int reason = random.nextInt(256);
            Reject reject = new Reject(occasion, reason, new byte[8]);
            byte[] mac = hmac(
                    forth,
                    ascii("reject"),
                    new byte[] {(byte) (0x70 | occasion.ordinal())},
                    word(n),
                    new byte[] {(byte) reason},
                    word(s));
            assertArrayEquals(first(8, mac), keys.refusalTag(initiatorMoves, reject, n, s));
        }
    }

    /** RFC 7748 6.1: points of small order give no secret. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000000000000000000000000000000000000000000000000000000000000000",
                "0100000000000000000000000000000000000000000000000000000000000000",
                "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
            })
    void keysOfSmallOrderAreRefused(String key) {
        assertTrue(M2Keys.agree(true, 0x21, 0x21, M2KeyPair.of(SK_I.clone()), hex(key))
                .isEmpty());
    }

    /** Every option comes back as it went, and no other octets are one. */
    @Test
    void optionsAreReadBackAndNothingElse() {
        SeededRandom random = new SeededRandom(3);
        M2Option[] options = {
            new Capable(true),
            new Capable(false),
            new Key(true, false, 1, octets(random, 16)),
            new Confirm(true, false, 0, octets(random, 8)),
            new Confirm(true, true, 1_440, octets(random, 8)),
            Migrate.of(false, octets(random, 8), 0, octets(random, 8)),
            Migrate.of(true, octets(random, 6), 7, octets(random, 6)),
            new Accept(true, 1, 2, octets(random, 8)),
            new Migrate(false, true, true, octets(random, 8), 0, octets(random, 8)),
            new Prove(false, 9, octets(random, 16)),
            new Reject(Reject.Occasion.END, 200, octets(random, 8))
        };
        for (M2Option option : options) {
            byte[] encoded = option.encode();
            assertArrayEquals(encoded, M2Option.decode(encoded).orElseThrow().encode());
            byte[] longer = Arrays.copyOf(encoded, encoded.length + 1);
            longer[1]++;
            assertTrue(M2Option.decode(longer).isEmpty(), "too long: " + option);
            byte[] shorter = Arrays.copyOf(encoded, encoded.length - 1);
            assertTrue(M2Option.decode(shorter).isEmpty(), "cut: " + option);
        }
        for (int i = 0; i < 100_000; i++) {
            byte[] any = octets(random, random.nextInt(30));
            if (any.length > 4) {
                any[0] = (byte) 253;
                any[1] = (byte) any.length;
                any[2] = 0x4D;
                any[3] = 0x47;
            }
            M2Option.decode(any).ifPresent(option -> assertArrayEquals(any, option.encode()));
        }
    }

    private static byte[] octets(SeededRandom random, int count) {
        byte[] octets = new byte[count];
        random.nextBytes(octets);
        return octets;
    }

    private static byte[] first(int count, byte[] whole) {
        return Arrays.copyOf(whole, count);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
