package net.sojourn.dns.query;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import net.sojourn.dns.key.CheckedAnswer;
import net.sojourn.dns.key.SignedMessage;
import net.sojourn.dns.key.UpdateKey;
import net.sojourn.dns.message.UpdateMessages;
import net.sojourn.dns.message.UpdateRequest;
import net.sojourn.dns.query.Attempt.Acknowledged;
import net.sojourn.dns.query.Attempt.Denied;
import net.sojourn.dns.query.Attempt.Failed;
import net.sojourn.dns.query.Attempt.GuardFailed;
import net.sojourn.dns.query.Attempt.Misdirected;
import net.sojourn.dns.transport.AnswerFilter;
import net.sojourn.dns.transport.Protocol;
import net.sojourn.dns.transport.Target;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/**
 * Sends one update once and says how it ended. The only second message is the one after a verified BADTIME: then the server
 * has told its time, and this clock is corrected for good (RFC 8945 5.2.3). Blocking; one thread at a time.
 */
public final class UpdateSender {

    /** Above this a datagram may be fragmented on its way. */
    private static final int MAX_UDP_BYTES = 1_200;

    private final DnsClient client;
    private final UpdateKey key;
    private volatile Clock clock;

    public UpdateSender(DnsClient client, UpdateKey key, Clock clock) {
        this.client = client;
        this.key = key;
        this.clock = clock;
    }

    /** @throws InterruptedIOException when the attempt was abandoned */
    public Attempt send(UpdateRequest request, Target target, Duration timeout) throws InterruptedIOException {
        try {
            CheckedAnswer answer = exchange(request, target, timeout);
            if (answer.verified() && answer.serverTime().isPresent()) {
                correctClock(answer.serverTime().get());
                answer = exchange(request, target, timeout);
            }
            return verdict(request, answer);
        } catch (InterruptedIOException e) {
            if (Thread.currentThread().isInterrupted() || !(e instanceof java.net.SocketTimeoutException)) {
                throw e;
            }
            return new Failed(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return new Failed(String.valueOf(e.getMessage()));
        }
    }

    private CheckedAnswer exchange(UpdateRequest request, Target target, Duration timeout) throws IOException {
        Message update = UpdateMessages.build(request, client.randomness().nextId());
        SignedMessage signed = key.sign(update, clock);
        byte[] wire = signed.wire();
        Target way = wire.length > MAX_UDP_BYTES ? target.over(Protocol.TCP) : target;
        AnswerFilter filter = key.answersAreSigned() ? DnsClient.believable(signed) : AnswerFilter.ANY;
        return signed.check(client.transport().exchange(wire, way, timeout, filter));
    }

    private void correctClock(Instant serverTime) {
        clock = Clock.offset(clock, Duration.between(clock.instant(), serverTime));
    }

    private Attempt verdict(UpdateRequest request, CheckedAnswer answer) {
        boolean verified = answer.verified();
        int rcode = answer.message().getRcode();
        return switch (rcode) {
            case Rcode.NOERROR ->
                verified || !key.answersAreSigned()
                        ? new Acknowledged(verified)
                        : new Failed("the answer says done but is not signed with " + key + ": not believed");
            case Rcode.NXRRSET, Rcode.YXRRSET, Rcode.NXDOMAIN, Rcode.YXDOMAIN -> new GuardFailed();
            case Rcode.NOTAUTH -> notAuth(request, answer);
            case Rcode.NOTZONE ->
                new Misdirected(
                        request.host() + " is not in the zone " + request.zone() + ": set the zone of this name");
            case Rcode.NOTIMP ->
                new Misdirected("this server takes no updates (is it a resolver?): set the zone's primary as server");
            case Rcode.REFUSED -> new Denied(refused(request), verified);
            case Rcode.SERVFAIL ->
                new Failed("the server failed (SERVFAIL): its log says why"
                        + (key.answersAreSigned() ? "" : "; with SIG(0), compare the clocks first"));
            default -> new Denied("the server answered " + Rcode.string(rcode), verified);
        };
    }

    private Attempt notAuth(UpdateRequest request, CheckedAnswer answer) {
        return switch (answer.tsigError()) {
            case Rcode.BADKEY ->
                new Denied(
                        "the server does not know the key " + key.keyName() + " with " + key.algorithm()
                                + ", or does not let it change this name (BADKEY): compare the key's name and algorithm and the"
                                + " server's policy",
                        answer.verified());
            case Rcode.BADSIG ->
                new Denied(
                        "the secret of " + key.keyName() + " is not the server's (BADSIG): copy the key file again",
                        answer.verified());
            case Rcode.BADTIME ->
                new Denied(
                        "this clock and the server's differ by more than 5 minutes (BADTIME): set the clock",
                        answer.verified());
            default ->
                key.answersAreSigned()
                        ? new Misdirected("the server is not authoritative for " + request.zone()
                                + ", or does not accept this kind of update (NOTAUTH)")
                        : new Denied(
                                "the server does not accept SIG(0) (NOTAUTH): it needs BIND 9.20, or use TSIG", false);
        };
    }

    private String refused(UpdateRequest request) {
        String policy = "the server refuses to let " + key.keyName() + " change "
                + request.host().toString(true) + " and " + request.guardName().toString(true)
                + ": grant it A, AAAA and TXT (BIND: update-policy)";
        return key.answersAreSigned() ? policy : policy + "; SIG(0) needs BIND 9.20 or later";
    }
}
