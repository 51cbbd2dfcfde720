package net.sojourn.dns.message;

import java.math.BigInteger;
import java.time.Instant;
import java.util.Optional;
import net.sojourn.dns.message.SendOutcome.Applied;
import net.sojourn.dns.message.SendOutcome.Denied;
import net.sojourn.dns.message.SendOutcome.Doubtful;
import net.sojourn.dns.message.SendOutcome.GuardFailed;
import net.sojourn.dns.transport.SignedAnswer;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.TSIGRecord;

/** What a server's answer to an update means. Pure. RFC 2136 2.2 and 3, RFC 8945 5.3. */
public final class UpdateAnswer {

    private UpdateAnswer() {}

    /** @param keyAuthenticates whether answers under the key used can be authentic at all (TSIG, not SIG(0)) */
    public static SendOutcome outcome(SignedAnswer answer, boolean keyAuthenticates) {
        int rcode = answer.message().getRcode();
        if (keyAuthenticates && !answer.authentic()) {
            return new Doubtful(unprovenWords(answer.message()), rcode == Rcode.NOTAUTH || rcode == Rcode.REFUSED);
        }
        return switch (rcode) {
            case Rcode.NOERROR -> new Applied(answer.authentic());
            case Rcode.NXRRSET, Rcode.YXRRSET, Rcode.YXDOMAIN, Rcode.NXDOMAIN -> new GuardFailed();
            case Rcode.SERVFAIL ->
                new Doubtful(
                        "the server failed (SERVFAIL); its log says why"
                                + (keyAuthenticates ? "" : ", with SIG(0) often a clock that is off by minutes"),
                        false);
            case Rcode.REFUSED -> refused(keyAuthenticates);
            case Rcode.NOTAUTH, Rcode.NOTZONE ->
                certain(
                        keyAuthenticates,
                        Rcode.string(rcode) + ": the server is not the primary of this zone; check zone and servers",
                        true);
            default ->
                certain(keyAuthenticates, "the server does not take updates (" + Rcode.string(rcode) + ")", true);
        };
    }

    /** The server's time, if that is why an authentic answer refused ours. RFC 8945 5.2.3. */
    public static Optional<Instant> serverTime(SignedAnswer answer) {
        TSIGRecord tsig = answer.message().getTSIG();
        if (!answer.authentic() || tsig == null || tsig.getError() != Rcode.BADTIME || tsig.getOther().length != 6) {
            return Optional.empty();
        }
        return Optional.of(Instant.ofEpochSecond(new BigInteger(1, tsig.getOther()).longValueExact()));
    }

    private static SendOutcome refused(boolean keyAuthenticates) {
        // BIND 9.20 also refuses while it is busy with another SIG(0) check, so this may pass.
        String why = keyAuthenticates
                ? "REFUSED: the key may not change this name; grant it A, AAAA and the TXT of the guard label"
                : "REFUSED: the server lacks the KEY record or the grant for it, or knows no SIG(0)"
                        + " (BIND before 9.20), or is busy with another check";
        return certain(keyAuthenticates, why, false);
    }

    private static SendOutcome certain(boolean proven, String why, boolean zoneSuspect) {
        return proven ? new Denied(why, zoneSuspect) : new Doubtful(why, zoneSuspect);
    }

    private static String unprovenWords(Message message) {
        TSIGRecord tsig = message.getTSIG();
        int error = tsig == null ? Rcode.NOERROR : tsig.getError();
        if (error == Rcode.BADSIG) {
            return "BADSIG: the server has another secret under this key's name";
        }
        if (error == Rcode.BADKEY) {
            return "BADKEY: the server does not know the key, or the key may not change this name";
        }
        return message.getRcode() == Rcode.NOERROR
                ? "an answer without the server's signature: forged, or the server does not sign"
                : Rcode.string(message.getRcode()) + ", without the server's signature: it does not know the key,"
                        + " or the clock is off, or the answer is forged";
    }
}
