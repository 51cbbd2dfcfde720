package net.sojourn.dns.key;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.time.Clock;
import java.util.Optional;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.KEYRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SIG0;

/**
 * A key pair whose public half is a KEY record in the zone (RFC 2931). BIND does not sign its answers to it, so an
 * acknowledgement is a hint and the verifier decides. Works with BIND 9.20 and later only. The message must bear no OPT
 * record: it would stand behind the signature.
 */
public final class Sig0Key implements UpdateKey {

    private static final byte[] PROBE = {'s', 'o', 'j', 'o', 'u', 'r', 'n'};

    private final KEYRecord publicKey;
    private final PrivateKey privateKey;

    /** @throws GeneralSecurityException when the two halves do not belong together */
    Sig0Key(KEYRecord publicKey, PrivateKey privateKey) throws GeneralSecurityException {
        this.publicKey = publicKey;
        this.privateKey = privateKey;
        requirePair();
    }

    private void requirePair() throws GeneralSecurityException {
        Signature signature = Signature.getInstance(signatureName(publicKey.getAlgorithm()));
        signature.initSign(privateKey);
        signature.update(PROBE);
        byte[] signed = signature.sign();
        try {
            signature.initVerify(publicKey.getPublicKey());
        } catch (DNSSEC.DNSSECException e) {
            throw new GeneralSecurityException("the public key cannot be read: " + e.getMessage(), e);
        }
        signature.update(PROBE);
        if (!signature.verify(signed)) {
            throw new GeneralSecurityException("the .private and the .key file do not belong together");
        }
    }

    private static String signatureName(int algorithm) {
        return switch (algorithm) {
            case DNSSEC.Algorithm.RSASHA256 -> "SHA256withRSA";
            case DNSSEC.Algorithm.RSASHA512 -> "SHA512withRSA";
            case DNSSEC.Algorithm.ECDSAP256SHA256 -> "SHA256withECDSA";
            case DNSSEC.Algorithm.ECDSAP384SHA384 -> "SHA384withECDSA";
            default -> "EdDSA";
        };
    }

    @Override
    public String keyName() {
        return publicKey.getName().toString(true);
    }

    @Override
    public String algorithm() {
        return DNSSEC.Algorithm.string(publicKey.getAlgorithm());
    }

    @Override
    public boolean answersAreSigned() {
        return false;
    }

    @Override
    public SignedMessage sign(Message message, Clock clock) {
        try {
            SIG0.signMessage(message, publicKey, privateKey, null, clock.instant());
        } catch (DNSSEC.DNSSECException e) {
            throw new IllegalStateException("key " + keyName() + " signed when it was read and does not now", e);
        }
        byte[] wire = message.toWire();
        return new SignedMessage() {
            @Override
            public byte[] wire() {
                return wire.clone();
            }

            @Override
            public CheckedAnswer check(byte[] answer) throws IOException {
                return new CheckedAnswer(new Message(answer), false, Rcode.NOERROR, Optional.empty());
            }
        };
    }

    @Override
    public String toString() {
        return "Sig0Key[" + keyName() + " " + algorithm() + "]";
    }
}
