package net.sojourn.migrate.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class SecretBytesTest {

    /** Nothing about keys is ever logged (protocol.md 15.7). */
    @Test
    void printsOnlyItsLength() {
        assertEquals("SecretBytes[3]", SecretBytes.owning(new byte[] {1, 2, 3}).toString());
    }

    @Test
    void closeWipesTheOctets() {
        byte[] octets = {1, 2, 3};
        SecretBytes secret = SecretBytes.owning(octets);
        secret.close();
        assertArrayEquals(new byte[3], octets);
        assertThrows(IllegalStateException.class, secret::borrow);
    }

    @Test
    void equalOctetsAreEqualSecrets() {
        assertEquals(SecretBytes.owning(new byte[] {1, 2}), SecretBytes.owning(new byte[] {1, 2}));
        assertNotEquals(SecretBytes.owning(new byte[] {1, 2}), SecretBytes.owning(new byte[] {1, 3}));
    }

    /** Keys print their curve and nothing of themselves. */
    @Test
    void keysPrintTheirCurveOnly() {
        EphemeralKey key = Curve.P192.generate(new SeededRandom(5));
        assertEquals("EphemeralKey[P192]", key.toString());
        assertEquals(
                "PublicKey[P192]",
                Curve.P192.decode(key.publicOctets()).orElseThrow().toString());
    }
}
