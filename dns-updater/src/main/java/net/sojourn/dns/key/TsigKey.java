package net.sojourn.dns.key;

import java.io.IOException;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.TextParseException;

/** A shared secret (RFC 8945). The default way to sign: every server has it and its answers are signed as well. */
public final class TsigKey implements UpdateKey {

    private static final Map<String, Name> ALGORITHMS = Map.of(
            "hmac-md5", TSIG.HMAC_MD5,
            "hmac-md5.sig-alg.reg.int", TSIG.HMAC_MD5,
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
     * @param algorithm as BIND spells it, in any case; must be given, since BIND's old default was hmac-md5
     * @param secret copied
     * @throws IllegalArgumentException for a name that is no domain name, an unknown algorithm or an empty secret
     */
    public static TsigKey of(String keyName, String algorithm, byte[] secret) {
        String spelled = algorithm.toLowerCase(Locale.ROOT).replaceAll("\\.$", "");
        Name algorithmName = ALGORITHMS.get(spelled);
        if (algorithmName == null) {
            throw new IllegalArgumentException(
                    "unknown TSIG algorithm \"" + algorithm + "\"; hmac-sha256 is the usual one");
        }
        if (secret.length == 0) {
            throw new IllegalArgumentException("the secret is empty; make a key with: tsig-keygen");
        }
        try {
            Name name = Name.fromString(keyName, Name.root);
            return new TsigKey(
                    name, spelled, algorithmName, new SecretKeySpec(secret, TSIG.nameToAlgorithm(algorithmName)));
        } catch (TextParseException e) {
            throw new IllegalArgumentException("key name \"" + keyName + "\" is no domain name", e);
        }
    }

    @Override
    public String keyName() {
        return name.toString(true);
    }

    @Override
    public String algorithm() {
        return algorithm;
    }

    @Override
    public boolean answersAreSigned() {
        return true;
    }

    /** The key in dnsjava's form, for a name server of our own. */
    public TSIG toTsig(Clock clock) {
        return new TSIG(algorithmName, name, secret, clock);
    }

    @Override
    public SignedMessage sign(Message message, Clock clock) {
        TSIG tsig = toTsig(clock);
        tsig.apply(message, null);
        TSIGRecord requestTsig = message.getTSIG();
        byte[] wire = message.toWire();
        return new SignedMessage() {
            @Override
            public byte[] wire() {
                return wire.clone();
            }

            @Override
            public CheckedAnswer check(byte[] answer) throws IOException {
                return checked(tsig, requestTsig, answer);
            }
        };
    }

    private static CheckedAnswer checked(TSIG tsig, TSIGRecord requestTsig, byte[] octets) throws IOException {
        Message answer = new Message(octets);
        TSIGRecord answerTsig = answer.getTSIG();
        if (answerTsig == null) {
            return new CheckedAnswer(answer, false, Rcode.NOERROR, Optional.empty());
        }
        tsig.verify(answer, octets, requestTsig, true);
        Optional<Instant> serverTime = answerTsig.getError() == Rcode.BADTIME
                ? Optional.of(answerTsig.getOther())
                        .filter(other -> other.length == 6)
                        .map(other -> Instant.ofEpochSecond(new BigInteger(1, other).longValueExact()))
                : Optional.empty();
        return new CheckedAnswer(answer, answer.isVerified(), answerTsig.getError(), serverTime);
    }

    @Override
    public String toString() {
        return "TsigKey[" + keyName() + " " + algorithm + "]";
    }
}
