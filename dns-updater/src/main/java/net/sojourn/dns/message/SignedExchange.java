package net.sojourn.dns.message;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.sojourn.dns.key.UpdateKey;
import net.sojourn.dns.transport.DnsExchange;
import net.sojourn.dns.transport.Questions;
import net.sojourn.dns.transport.SignedAnswer;
import net.sojourn.dns.transport.Transport;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Signed updates and signed readings at a primary. A server that proves our clock wrong has it corrected, once for each
 * message; the correction is kept. Any thread, blocking.
 */
public final class SignedExchange {

    private final UpdateKey key;
    private final Clock clock;
    private volatile Duration clockOffset = Duration.ZERO;

    /** @param clock what this host holds for the time */
    public SignedExchange(UpdateKey key, Clock clock) {
        this.key = key;
        this.clock = clock;
    }

    /** One server and the way to it. */
    public record Route(
            InetSocketAddress server, Optional<InetAddress> localAddress, Transport transport, Duration timeout) {}

    /** Sends {@code update}; never throws for what the network does. */
    public SendOutcome send(GuardedUpdate update, Route route) {
        try {
            return UpdateAnswer.outcome(ask(update.build(), route), key.authenticatesAnswers());
        } catch (IOException e) {
            return new SendOutcome.Unreachable(words(e, route));
        }
    }

    /**
     * What the server publishes for {@code host}, proven by its signature where the key allows that.
     *
     * @throws IOException if there is no answer in time, or one that proves nothing
     */
    public Published read(String host, String guardLabel, Route route) throws IOException {
        Name hostName = Name.fromString(host);
        Set<InetAddress> addresses = new HashSet<>();
        for (int type : new int[] {Type.A, Type.AAAA}) {
            for (Record record : records(hostName, type, route)) {
                addresses.add(record instanceof ARecord a ? a.getAddress() : ((AAAARecord) record).getAddress());
            }
        }
        List<String> guards = new ArrayList<>();
        records(GuardedUpdate.guardName(guardLabel, host), Type.TXT, route)
                .forEach(record -> guards.add(record.rdataToString()));
        return new Published(addresses, guards);
    }

    private List<Record> records(Name name, int type, Route route) throws IOException {
        Message question = Questions.question(name, type, false);
        SignedAnswer answer;
        if (key.authenticatesAnswers()) {
            answer = ask(question, route);
            if (!answer.authentic()) {
                SendOutcome outcome = UpdateAnswer.outcome(answer, true);
                throw new IOException(
                        outcome instanceof SendOutcome.Doubtful doubtful ? doubtful.why() : outcome.toString());
            }
        } else {
            answer = new SignedAnswer(exchange(question, route).message(), false);
        }
        int rcode = answer.message().getRcode();
        if (rcode != Rcode.NOERROR && rcode != Rcode.NXDOMAIN) {
            throw new IOException(route.server() + " answers " + Rcode.string(rcode) + " to a question for " + name);
        }
        return answer.message().getSection(Section.ANSWER).stream()
                .filter(record -> record.getType() == type && record.getName().equals(name))
                .toList();
    }

    private SignedAnswer ask(Message message, Route route) throws IOException {
        Message again = message.clone();
        SignedAnswer answer = askOnce(message, route);
        Optional<Instant> serverTime = UpdateAnswer.serverTime(answer);
        if (serverTime.isEmpty()) {
            return answer;
        }
        clockOffset = Duration.between(clock.instant(), serverTime.get());
        return askOnce(again, route);
    }

    private SignedAnswer askOnce(Message message, Route route) throws IOException {
        UpdateKey.AnswerCheck check = key.sign(message, Clock.offset(clock, clockOffset));
        DnsExchange.Answer answer = exchange(message, route);
        return new SignedAnswer(answer.message(), check.isAuthentic(answer.message(), answer.octets()));
    }

    private static DnsExchange.Answer exchange(Message message, Route route) throws IOException {
        return DnsExchange.ask(
                route.server(), route.localAddress(), route.transport(), message.toWire(), route.timeout());
    }

    private static String words(IOException e, Route route) {
        String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return "no answer of " + route.server().getAddress().getHostAddress() + " port "
                + route.server().getPort() + " by " + route.transport() + ": " + why;
    }
}
