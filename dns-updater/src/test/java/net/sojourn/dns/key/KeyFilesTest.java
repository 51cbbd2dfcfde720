package net.sojourn.dns.key;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** BIND's key files, good, bad and hostile. Keys made by dnssec-keygen itself are used in the testbed's Bind920IT. */
final class KeyFilesTest {

    private static final String SECRET = "c29qb3Vybi10ZXN0LXNlY3JldC1mb3ItbGFwdG9w";
    private static final String TWO_KEYS = """
            # made by tsig-keygen
            options { directory "/var/cache/bind"; listen-on { 127.0.0.1; }; };
            key "laptop-key" {
                algorithm hmac-sha256; // the usual one
                secret "c29qb3Vybi10ZXN0LXNlY3JldC1mb3ItbGFwdG9w";
            };
            /* another
               one */
            key desk.example.org. { secret c29qb3Vybi10ZXN0LXNlY3JldC1mb3ItbGFwdG9w; algorithm "HMAC-SHA512"; };
            """;
    // RFC 8080 6.1: a published example, nobody's key.
    private static final String ED25519_PRIVATE = """
            Private-key-format: v1.2
            Algorithm: 15 (ED25519)
            PrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=
            """;
    private static final String ED25519_PUBLIC =
            "; public half\nlaptop.mob.test. IN KEY 512 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n";

    @TempDir
    Path folder;

    @Test
    void severalKeysWithCommentsAndOtherStatements() throws Exception {
        Path file = secret("keys.conf", TWO_KEYS);
        List<TsigKey> keys = KeyFiles.readTsig(file);
        assertEquals(
                List.of("laptop-key hmac-sha256", "desk.example.org hmac-sha512"),
                keys.stream().map(key -> key.keyName() + " " + key.algorithm()).toList());
        assertEquals(
                "desk.example.org",
                KeyFiles.read(file, Optional.of("desk.example.org.")).keyName());
        assertRefused("say which one", () -> KeyFiles.read(file, Optional.empty()));
        assertRefused("has no key \"phone\"; it has: laptop-key", () -> KeyFiles.read(file, Optional.of("phone")));
    }

    @ParameterizedTest
    @CsvSource({"rw-r-----", "rw----r--", "rw--w----", "rw-rw-rw-"})
    void secretsOthersMayReadAreRefused(String permissions) throws Exception {
        Path file = secret("keys.conf", TWO_KEYS);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        assertRefused("chmod 600", () -> KeyFiles.readTsig(file));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "key \"a\" { algorithm hmac-sha256; };|needs both",
                "key \"a\" { secret \"AAAA\"; };|needs both",
                "key \"a\" { algorithm hmac-sha257; secret \"AAAA\"; };|unknown TSIG algorithm",
                "key \"a\" { algorithm hmac-sha256; secret \"*not base64*\"; };|not base64",
                "key \"a\" { algorithm hmac-sha256; secret \"AAAA\"; }|';' is missing",
                "key \"a\" { algorithm hmac-sha256; secret \"AAAA|quotation mark",
                "key { algorithm hmac-sha256; secret \"AAAA\"; };|name is missing",
                "key \"a..b\" { algorithm hmac-sha256; secret \"AAAA\"; };|no domain name",
                "/* key \"a\" { algorithm hmac-sha256; secret \"AAAA\"; };|comment has no end",
                "zone \"a\" { type primary; };|has no key clause",
            })
    void mistakesAreNamedWithTheLine(String text, String words) throws Exception {
        Path file = secret("keys.conf", text);
        assertRefused(words, () -> KeyFiles.readTsig(file));
    }

    @Test
    void missingFileIsSaid() {
        assertRefused("no such file", () -> KeyFiles.read(folder.resolve("none"), Optional.empty()));
    }

    @Test
    void nothingShowsTheSecret() throws Exception {
        TsigKey key = KeyFiles.readTsig(secret("keys.conf", TWO_KEYS)).get(0);
        assertFalse(key.toString().contains(SECRET));
        Path broken = secret("broken.conf", TWO_KEYS.replace(SECRET, SECRET + "!"));
        KeyFileException e = assertThrows(KeyFileException.class, () -> KeyFiles.readTsig(broken));
        assertFalse(String.valueOf(e.getMessage()).contains(SECRET.substring(0, 8)), e.getMessage());
    }

    @Test
    void sig0PairIsReadFromEitherHalf() throws Exception {
        Path secretHalf = pair(ED25519_PRIVATE, ED25519_PUBLIC);
        for (Path file : List.of(secretHalf, folder.resolve("Klaptop.+015+1.key"))) {
            UpdateKey key = assertInstanceOf(Sig0Key.class, KeyFiles.read(file, Optional.empty()));
            assertEquals("laptop.mob.test ED25519", key.keyName() + " " + key.algorithm());
            assertFalse(key.answersAreSigned());
        }
    }

    @Test
    void sig0HalvesMustBelongTogether() throws Exception {
        Path file = pair(ED25519_PRIVATE, ED25519_PUBLIC.replace("l02Woi0iS8Aa25FQkUd9", "m02Woi0iS8Aa25FQkUd9"));
        assertRefused("dnssec-keygen", () -> KeyFiles.read(file, Optional.empty()));
    }

    @Test
    void sig0SecretIsGuardedAndItsPublicHalfNeeded() throws Exception {
        Path file = pair(ED25519_PRIVATE, ED25519_PUBLIC);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertRefused("chmod 600", () -> KeyFiles.read(file, Optional.empty()));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Files.delete(folder.resolve("Klaptop.+015+1.key"));
        assertRefused("must stand beside", () -> KeyFiles.read(file, Optional.empty()));
    }

    @Test
    void dnskeyInsteadOfKeyIsExplained() throws Exception {
        Path file = pair(ED25519_PRIVATE, ED25519_PUBLIC.replace("IN KEY 512", "IN DNSKEY 257"));
        assertRefused("-T KEY", () -> KeyFiles.read(file, Optional.empty()));
    }

    /** Whatever the octets: a key, or a KeyFileException that does not quote the secret. */
    @Test
    void mutatedFilesEndInAKeyOrAnException() throws Exception {
        Random random = new Random(20261123);
        Path file = Path.of("fuzz");
        var publicHalf = Sig0KeyFile.keyRecord(file, ED25519_PUBLIC.getBytes(StandardCharsets.ISO_8859_1));
        int keys = 0;
        for (int run = 0; run < 20_000; run++) {
            String text = mutated(TWO_KEYS, random);
            try {
                keys += TsigKeyFile.parse(file, text).size();
            } catch (KeyFileException e) {
                assertFalse(String.valueOf(e.getMessage()).contains(SECRET.substring(0, 12)), e.getMessage());
            }
            if (run % 20 > 0) {
                continue; // Making and trying an EdDSA key takes a millisecond.
            }
            try {
                Sig0KeyFile.pair(file, mutated(ED25519_PRIVATE, random), publicHalf);
            } catch (KeyFileException e) {
                assertFalse(String.valueOf(e.getMessage()).contains("ODIyNjAz"), e.getMessage());
            }
            try {
                Sig0KeyFile.keyRecord(file, mutated(ED25519_PUBLIC, random).getBytes(StandardCharsets.ISO_8859_1));
            } catch (KeyFileException e) {
                assertTrue(String.valueOf(e.getMessage()).startsWith("fuzz"), e.getMessage());
            }
        }
        assertTrue(keys > 1_000, "the mutations are not all fatal: " + keys);
    }

    private static String mutated(String text, Random random) {
        StringBuilder mutated = new StringBuilder(text);
        for (int edit = random.nextInt(5); edit >= 0 && mutated.length() > 0; edit--) {
            int at = random.nextInt(mutated.length());
            switch (random.nextInt(4)) {
                case 0 -> mutated.setCharAt(at, (char) random.nextInt(256));
                case 1 -> mutated.insert(at, "{};\"/*#\n".charAt(random.nextInt(8)));
                case 2 -> mutated.delete(at, Math.min(mutated.length(), at + 1 + random.nextInt(20)));
                default ->
                    mutated.insert(at, mutated.substring(at, Math.min(mutated.length(), at + random.nextInt(80))));
            }
        }
        return mutated.toString();
    }

    private Path pair(String secretHalf, String publicHalf) throws IOException {
        Files.writeString(folder.resolve("Klaptop.+015+1.key"), publicHalf);
        return secret("Klaptop.+015+1.private", secretHalf);
    }

    private Path secret(String name, String text) throws IOException {
        Path file = Files.createFile(
                folder.resolve(name),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.writeString(file, text, StandardCharsets.ISO_8859_1);
    }

    private interface Reading {
        Object read() throws KeyFileException;
    }

    private static void assertRefused(String words, Reading reading) {
        KeyFileException e = assertThrows(KeyFileException.class, reading::read);
        assertTrue(String.valueOf(e.getMessage()).contains(words), e.getMessage());
    }
}
