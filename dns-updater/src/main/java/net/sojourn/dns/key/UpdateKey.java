package net.sojourn.dns.key;

import java.time.Clock;
import org.xbill.DNS.Message;

/** A key that signs updates. Immutable; any thread. {@code toString} shows the name and the algorithm, never the secret. */
public sealed interface UpdateKey permits TsigKey, Sig0Key {

    /** The key's name without the final dot. */
    String keyName();

    /** As BIND spells it: {@code hmac-sha256}, {@code ECDSAP256SHA256}. */
    String algorithm();

    /** True when the server's answers bear proof too, so that an acknowledgement can be believed (TSIG). */
    boolean answersAreSigned();

    /**
     * Signs {@code message}, which must not be changed afterwards.
     *
     * @param clock the time that goes into the signature
     */
    SignedMessage sign(Message message, Clock clock);
}
