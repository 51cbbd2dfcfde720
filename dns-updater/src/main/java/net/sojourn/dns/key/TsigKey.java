package net.sojourn.dns.key;

import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;

/** A secret shared with the name server. RFC 8945. */
public final class TsigKey implements UpdateKey {

    /** BIND's name to the wire's; hmac-md5 is left out on purpose (RFC 8945 6: not to be used). */
    private static final Map<String, Name> ALGORITHMS = Map.of(
            "hmac-sha1", TSIG.HMAC_SHA1,
            "hmac-sha224", TSIG.HMAC_SHA224,
            "hmac-sha256", TSIG.HMAC_SHA256,
            "hmac-sha384", TSIG.HMAC_SHA384,
            "hmac-sha512", TSIG.HMAC_SHA512);

    private final Name name;
    private final String algorithm;
    private final Name algorithmName;
    private final SecretKey secret;

    private TsigKey(Name name, String algorithm, Name algorithmName, SecretKey secret) {
        this.name = name;
        this.algorithm = algorithm;
        this.algorithmName = algorithmName;
        this.secret = secret;
    }

    /**
     * @param algorithm as in BIND's configuration, such as {@code hmac-sha256}
     * @throws KeyFileException if the algorithm is unknown, or the name or secret is empty
     */
    public static TsigKey of(Name name, String algorithm, byte[] secret) throws KeyFileException {
        String known = algorithm.toLowerCase(Locale.ROOT);
        Name algorithmName = ALGORITHMS.get(known);
        if (algorithmName == null) {
            throw new KeyFileException("key " + name + ": algorithm " + algorithm + " is not supported; use one of "
                    + ALGORITHMS.keySet().stream().sorted().toList() + " (tsig-keygen -a hmac-sha256 " + name + ")");
        }
        if (secret.length == 0) {
            throw new KeyFileException("key " + name + ": the secret is empty");
        }
        return new TsigKey(name, known, algorithmName, new SecretKeySpec(secret, TSIG.nameToAlgorithm(algorithmName)));
    }

    @Override
    public String name() {
        return name.toString();
    }

    @Override
    public String algorithm() {
        return algorithm;
    }

    @Override
    public boolean authenticatesAnswers() {
        return true;
    }

    @Override
    public AnswerCheck sign(Message message, Clock clock) {
        TSIG tsig = new TSIG(algorithmName, name, secret, clock);
        tsig.apply(message, null);
        TSIGRecord request = message.getTSIG();
        // An answer without a TSIG, or with one that has no MAC, fails here: BADKEY and BADSIG are sent unsigned.
        return (answer, octets) -> answer.getTSIG() != null
                && answer.getTSIG().getSignature().length > 0
                && tsig.verify(answer, octets, request) == Rcode.NOERROR;
    }

    @Override
    public String toString() {
        return "TsigKey[" + name + " " + algorithm + " secret=***]";
    }
}
