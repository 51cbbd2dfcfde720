package net.sojourn.dns.key;

import java.io.IOException;
import java.math.BigInteger;
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
import java.time.Clock;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.xbill.DNS.DNSSEC.Algorithm;
import org.xbill.DNS.KEYRecord;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.SIG0;
import org.xbill.DNS.SIGRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Update;

/**
 * Reads {@code Kname.+alg+tag.private} of {@code dnssec-keygen -T KEY} with its {@code .key} beside it: ECDSA P-256 and
 * P-384, Ed25519 and Ed448. The pair is tried once, so that halves of two keys are noticed here and not at the server.
 */
final class Sig0PrivateFile {

    /** {@code .key} files carry no TTL and dnsjava wants one; it has no effect. */
    private static final long ANY_TTL_SECONDS = 3600;

    private Sig0PrivateFile() {}

    static Sig0Key read(Path privateFile, String privateText) throws KeyFileException {
        Path publicFile =
                privateFile.resolveSibling(privateFile.getFileName().toString().replaceFirst("\\.private$", ".key"));
        KEYRecord record = publicKey(publicFile);
        PrivateKey privateKey;
        try {
            Map<String, String> fields = fields(privateText);
            privateKey = privateKey(algorithm(fields), fields);
            if (algorithm(fields) != record.getAlgorithm()) {
                throw new KeyFileException("its algorithm differs from that of " + publicFile);
            }
            Sig0Key key = new Sig0Key(record, privateKey);
            requirePair(key, record);
            return key;
        } catch (KeyFileException e) {
            throw new KeyFileException(privateFile + ": " + e.getMessage(), e);
        }
    }

    private static KEYRecord publicKey(Path file) throws KeyFileException {
        try (Master master = new Master(file.toString(), null, ANY_TTL_SECONDS)) {
            for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
                if (record instanceof KEYRecord key) {
                    return key;
                }
            }
        } catch (IOException | RuntimeException e) {
            throw new KeyFileException(
                    file + ": cannot be read (" + e.getMessage() + "). It belongs beside the .private file.", e);
        }
        throw new KeyFileException(file + ": has no KEY record. Make the pair with: dnssec-keygen -T KEY -n HOST"
                + " -a ECDSAP256SHA256 HOST.ZONE");
    }

    static Map<String, String> fields(String text) {
        Map<String, String> fields = new HashMap<>();
        text.lines().forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        });
        return fields;
    }

    static int algorithm(Map<String, String> fields) throws KeyFileException {
        String value = fields.getOrDefault("Algorithm", "");
        try {
            return Integer.parseInt(value.split(" ", 2)[0]);
        } catch (NumberFormatException e) {
            throw new KeyFileException("has no line 'Algorithm: NUMBER', so it is no private key of dnssec-keygen", e);
        }
    }

    static PrivateKey privateKey(int algorithm, Map<String, String> fields) throws KeyFileException {
        String value = fields.get("PrivateKey");
        boolean supported = algorithm == Algorithm.ECDSAP256SHA256
                || algorithm == Algorithm.ECDSAP384SHA384
                || algorithm == Algorithm.ED25519
                || algorithm == Algorithm.ED448;
        if (!supported) {
            throw new KeyFileException(
                    "algorithm " + algorithm + " is not supported; make a key with -a ECDSAP256SHA256 or -a ED25519");
        }
        if (value == null) {
            throw new KeyFileException("has no line 'PrivateKey:'");
        }
        try {
            byte[] octets = Base64.getDecoder().decode(value);
            return switch (algorithm) {
                case Algorithm.ECDSAP256SHA256 -> elliptic("secp256r1", octets);
                case Algorithm.ECDSAP384SHA384 -> elliptic("secp384r1", octets);
                case Algorithm.ED25519 -> edwards(NamedParameterSpec.ED25519, octets);
                default -> edwards(NamedParameterSpec.ED448, octets);
            };
        } catch (IllegalArgumentException | GeneralSecurityException e) {
            // Without the cause: its message may quote key material.
            throw new KeyFileException("the private key is damaged");
        }
    }

    private static PrivateKey elliptic(String curve, byte[] scalar) throws GeneralSecurityException {
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec(curve));
        return KeyFactory.getInstance("EC")
                .generatePrivate(new ECPrivateKeySpec(
                        new BigInteger(1, scalar), parameters.getParameterSpec(ECParameterSpec.class)));
    }

    private static PrivateKey edwards(NamedParameterSpec curve, byte[] seed) throws GeneralSecurityException {
        return KeyFactory.getInstance("EdDSA").generatePrivate(new EdECPrivateKeySpec(curve, seed));
    }

    private static void requirePair(Sig0Key key, KEYRecord record) throws KeyFileException {
        try {
            Message probe = new Update(record.getName());
            key.sign(probe, Clock.systemUTC());
            Message parsed = new Message(probe.toWire());
            SIGRecord signature =
                    (SIGRecord) parsed.getSection(Section.ADDITIONAL).get(0);
            SIG0.verifyMessage(parsed, probe.toWire(), record, signature);
        } catch (Exception e) {
            throw new KeyFileException("does not belong to the KEY record beside it", e);
        }
    }
}
