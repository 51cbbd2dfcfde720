package net.sojourn.migrate.m2;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** M2's calculations again, from the specification, with the JDK's own cryptography and none of ours. */
final class SecondImplementation {

    private SecondImplementation() {}

    static byte[] agreement(byte[] secret, byte[] peerPublic) throws GeneralSecurityException {
        KeyFactory factory = KeyFactory.getInstance("X25519");
        KeyAgreement agreement = KeyAgreement.getInstance("X25519");
        agreement.init(factory.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, secret)));
        byte[] bigEndian = peerPublic.clone();
        bigEndian[31] &= 0x7F;
        for (int i = 0; i < 16; i++) {
            byte swapped = bigEndian[i];
            bigEndian[i] = bigEndian[31 - i];
            bigEndian[31 - i] = swapped;
        }
        agreement.doPhase(
                factory.generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, bigEndian))),
                true);
        return agreement.generateSecret();
    }

    static byte[] transcript(int offered, int accepted, byte[] initiatorKey, byte[] acceptorKey)
            throws GeneralSecurityException {
        return MessageDigest.getInstance("SHA-256")
                .digest(join(
                        "TCP-MIGRATE-v2".getBytes(StandardCharsets.US_ASCII),
                        new byte[] {(byte) offered, (byte) accepted},
                        initiatorKey,
                        acceptorKey));
    }

    /** RFC 5869, one block: 32 octets are enough. */
    static byte[] expand(byte[] prk, String info) throws GeneralSecurityException {
        return hmac(prk, info.getBytes(StandardCharsets.US_ASCII), new byte[] {1});
    }

    static byte[] hmac(byte[] key, byte[]... parts) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(join(parts));
    }

    static byte[] word(int value) {
        return new byte[] {(byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value};
    }

    static byte[] join(byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}
