package net.sojourn.dns.key;

import java.security.PrivateKey;
import java.time.Clock;
import java.util.Locale;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.KEYRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.SIG0;

/**
 * A private key whose KEY record is in the zone. RFC 2931. Servers do not sign their answers to it, so none is
 * authentic. The message must have no OPT record: dnsjava would put it behind the signature, where servers refuse it.
 */
public final class Sig0Key implements UpdateKey {

    private final KEYRecord record;
    private final PrivateKey privateKey;

    Sig0Key(KEYRecord record, PrivateKey privateKey) {
        this.record = record;
        this.privateKey = privateKey;
    }

    @Override
    public String name() {
        return record.getName().toString();
    }

    @Override
    public String algorithm() {
        return DNSSEC.Algorithm.string(record.getAlgorithm()).toUpperCase(Locale.ROOT);
    }

    @Override
    public boolean authenticatesAnswers() {
        return false;
    }

    @Override
    public AnswerCheck sign(Message message, Clock clock) {
        try {
            SIG0.signMessage(message, record, privateKey, null, clock.instant());
        } catch (DNSSEC.DNSSECException e) {
            // The key was tried when it was read.
            throw new IllegalStateException("cannot sign with " + this, e);
        }
        return (answer, octets) -> false;
    }

    @Override
    public String toString() {
        return "Sig0Key[" + name() + " " + algorithm() + " tag=" + record.getFootprint() + " private=***]";
    }
}
