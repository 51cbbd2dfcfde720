package net.sojourn.dns.key;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.KEYRecord;
import org.xbill.DNS.Master;
import org.xbill.DNS.Record;

/**
 * A pair {@code Kname.+alg+tag.private} and {@code .key} as {@code dnssec-keygen -T KEY} writes it, private-key format v1.3:
 * lines of {@code Field: base64}. RSA (SHA-256, SHA-512), ECDSA P-256 and P-384, Ed25519 and Ed448.
 */
final class Sig0KeyFile {

    private static final long MAX_PUBLIC_BYTES = 64 * 1024;

    private final Path file;
    private final Map<String, String> fields = new HashMap<>();

    private Sig0KeyFile(Path file, String text) {
        this.file = file;
        for (String line : text.split("\n", -1)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.put(line.substring(0, colon), line.substring(colon + 1).trim());
            }
        }
    }

    static Sig0Key read(Path file, String text) throws KeyFileException {
        KEYRecord publicKey = publicHalf(file);
        return pair(file, text, publicKey);
    }

    static Sig0Key pair(Path file, String text, KEYRecord publicKey) throws KeyFileException {
        Sig0KeyFile secretHalf = new Sig0KeyFile(file, text);
        int algorithm = secretHalf.algorithmNumber();
        if (algorithm != publicKey.getAlgorithm()) {
            throw new KeyFileException(file, "its algorithm is not that of the .key file: keep the pair together");
        }
        try {
            return new Sig0Key(publicKey, secretHalf.privateKey(algorithm));
        } catch (GeneralSecurityException | RuntimeException e) {
            // A message of the JDK may quote key material, so only ours go out.
            String why = e.getClass() == GeneralSecurityException.class ? e.getMessage() : "its numbers make no key";
            throw new KeyFileException(
                    file, why + "; make a new pair with: dnssec-keygen -T KEY -n HOST -a ED25519 NAME");
        }
    }

    private int algorithmNumber() throws KeyFileException {
        String first = field("Algorithm").split(" ", 2)[0];
        try {
            return Integer.parseInt(first);
        } catch (NumberFormatException e) {
            throw new KeyFileException(file, "\"Algorithm:\" is not followed by a number");
        }
    }

    private PrivateKey privateKey(int algorithm) throws GeneralSecurityException, KeyFileException {
        return switch (algorithm) {
            case DNSSEC.Algorithm.RSASHA256, DNSSEC.Algorithm.RSASHA512 -> rsa();
            case DNSSEC.Algorithm.ECDSAP256SHA256 -> ec("secp256r1");
            case DNSSEC.Algorithm.ECDSAP384SHA384 -> ec("secp384r1");
            case DNSSEC.Algorithm.ED25519 -> edwards(NamedParameterSpec.ED25519);
            case DNSSEC.Algorithm.ED448 -> edwards(NamedParameterSpec.ED448);
            default ->
                throw new KeyFileException(
                        file,
                        "algorithm " + algorithm + " is not supported: make a key with ECDSAP256SHA256 or ED25519");
        };
    }

    private PrivateKey rsa() throws GeneralSecurityException, KeyFileException {
        return KeyFactory.getInstance("RSA")
                .generatePrivate(new RSAPrivateCrtKeySpec(
                        number("Modulus"),
                        number("PublicExponent"),
                        number("PrivateExponent"),
                        number("Prime1"),
                        number("Prime2"),
                        number("Exponent1"),
                        number("Exponent2"),
                        number("Coefficient")));
    }

    private PrivateKey ec(String curve) throws GeneralSecurityException, KeyFileException {
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec(curve));
        return KeyFactory.getInstance("EC")
                .generatePrivate(
                        new ECPrivateKeySpec(number("PrivateKey"), parameters.getParameterSpec(ECParameterSpec.class)));
    }

    private PrivateKey edwards(NamedParameterSpec curve) throws GeneralSecurityException, KeyFileException {
        return KeyFactory.getInstance("EdDSA").generatePrivate(new EdECPrivateKeySpec(curve, octets("PrivateKey")));
    }

    private BigInteger number(String name) throws KeyFileException {
        return new BigInteger(1, octets(name));
    }

    private byte[] octets(String name) throws KeyFileException {
        try {
            return Base64.getDecoder().decode(field(name));
        } catch (IllegalArgumentException e) {
            throw new KeyFileException(file, "\"" + name + ":\" is not base64");
        }
    }

    private String field(String name) throws KeyFileException {
        String value = fields.get(name);
        if (value == null) {
            throw new KeyFileException(file, "has no line \"" + name + ":\": is it a .private file of dnssec-keygen?");
        }
        return value;
    }

    private static KEYRecord publicHalf(Path secretHalf) throws KeyFileException {
        String fileName = String.valueOf(secretHalf.getFileName());
        Path file = secretHalf.resolveSibling(fileName.substring(0, fileName.length() - ".private".length()) + ".key");
        byte[] text;
        try {
            if (Files.size(file) > MAX_PUBLIC_BYTES) {
                throw new KeyFileException(file, "is too large for a public key");
            }
            text = Files.readAllBytes(file);
        } catch (KeyFileException e) {
            throw e;
        } catch (IOException e) {
            throw new KeyFileException(file, "the public half must stand beside " + fileName + ": " + e.getMessage());
        }
        return keyRecord(file, text);
    }

    static KEYRecord keyRecord(Path file, byte[] text) throws KeyFileException {
        // dnssec-keygen leaves the TTL out, hence the default.
        try (Master master = new Master(new ByteArrayInputStream(text), null, 3600)) {
            master.disableIncludes();
            master.expandGenerate(false);
            for (Record entry = master.nextRecord(); entry != null; entry = master.nextRecord()) {
                if (entry instanceof KEYRecord key) {
                    return key;
                }
            }
        } catch (IOException | RuntimeException e) {
            throw new KeyFileException(file, "is no zone-file line with a KEY record: " + e.getMessage());
        }
        throw new KeyFileException(file, "has no KEY record: dnssec-keygen needs -T KEY");
    }
}
