package net.sojourn.dns.key;

import java.time.Clock;
import org.xbill.DNS.Message;

/** A key that signs updates. Immutable, any thread; {@code toString} never shows the secret. */
public sealed interface UpdateKey permits TsigKey, Sig0Key {

    /** The key's name in DNS form, with the final dot. */
    String name();

    /** Algorithm as BIND writes it, for people. */
    String algorithm();

    /**
     * Whether an answer can prove that the server knows the key too. If not, an acknowledgement is only a hint and what
     * the servers publish decides.
     */
    boolean authenticatesAnswers();

    /**
     * Signs {@code message} in place, as the last thing done to it.
     *
     * @param clock gives the signing time; servers refuse one that is off by more than 300 s
     * @return what checks the answer to it
     */
    AnswerCheck sign(Message message, Clock clock);

    /** Decides whether an answer comes from a holder of the key. */
    @FunctionalInterface
    interface AnswerCheck {
        /**
         * @param answer as parsed from {@code octets}
         * @return true only if a signature over this answer and our request was checked and is right
         */
        boolean isAuthentic(Message answer, byte[] octets);
    }
}
