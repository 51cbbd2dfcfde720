package net.sojourn.dns.query;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import net.sojourn.dns.key.CheckedAnswer;
import net.sojourn.dns.key.SignedMessage;
import net.sojourn.dns.key.UpdateKey;
import net.sojourn.dns.transport.AnswerFilter;
import net.sojourn.dns.transport.AnswerFilter.Fit;
import net.sojourn.dns.transport.DnsTransport;
import net.sojourn.dns.transport.Protocol;
import net.sojourn.dns.transport.Target;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * Asks one question of one server; no cache, no hosts file. By UDP, and by TCP when the answer was cut short. Any thread;
 * every call blocks until answer or time-out and ends when its thread is interrupted.
 */
public final class DnsClient {

    private final DnsTransport transport;
    private final Randomness randomness;
    private final Clock clock;
    private volatile Optional<InetAddress> localAddress = Optional.empty();

    public DnsClient(DnsTransport transport, Randomness randomness, Clock clock) {
        this.transport = transport;
        this.randomness = randomness;
        this.clock = clock;
    }

    /** Sends from this address from now on; empty leaves it to the kernel. Used for servers of the same family only. */
    public void localAddress(Optional<InetAddress> address) {
        localAddress = address;
    }

    DnsTransport transport() {
        return transport;
    }

    Randomness randomness() {
        return randomness;
    }

    public Target target(InetSocketAddress server, Protocol protocol) {
        InetAddress to = server.getAddress();
        Optional<InetAddress> from =
                localAddress.filter(address -> address instanceof Inet4Address == to instanceof Inet4Address
                        && address instanceof Inet6Address == to instanceof Inet6Address
                        && address.isLoopbackAddress() == to.isLoopbackAddress());
        return new Target(server, protocol, from);
    }

    /**
     * @param recurse true for a resolver, false for an authority
     * @return an answer to this very question; its rcode is the caller's to judge
     */
    public Message ask(Name name, int type, InetSocketAddress server, boolean recurse, Duration timeout)
            throws IOException {
        Message query = query(name, type, recurse);
        byte[] wire = query.toWire();
        AnswerFilter filter = answer -> answersQuestion(query, answer) ? Fit.TAKE : Fit.SKIP;
        Target target = target(server, Protocol.UDP);
        Message answer = new Message(transport.exchange(wire, target, timeout, filter));
        if (!answer.getHeader().getFlag(Flags.TC)) {
            return answer;
        }
        return new Message(transport.exchange(wire, target.over(Protocol.TCP), timeout, filter));
    }

    /** As {@link #ask}, but with proof that the server said so; a server that does not know the key answers NOTAUTH. */
    CheckedAnswer askSigned(UpdateKey key, Name name, int type, InetSocketAddress server, Duration timeout)
            throws IOException {
        SignedMessage signed = key.sign(query(name, type, false), clock);
        Target target = target(server, Protocol.UDP);
        CheckedAnswer answer = signed.check(transport.exchange(signed.wire(), target, timeout, believable(signed)));
        if (!answer.message().getHeader().getFlag(Flags.TC)) {
            return answer;
        }
        return signed.check(transport.exchange(signed.wire(), target.over(Protocol.TCP), timeout, believable(signed)));
    }

    /** Takes a verified answer at once, an unverified one only if no better comes. */
    static AnswerFilter believable(SignedMessage signed) {
        return answer -> {
            try {
                return signed.check(answer).verified() ? Fit.TAKE : Fit.LAST_RESORT;
            } catch (IOException | RuntimeException e) {
                return Fit.SKIP;
            }
        };
    }

    private Message query(Name name, int type, boolean recurse) {
        Message query = Message.newQuery(Record.newRecord(name, type, DClass.IN));
        query.getHeader().setID(randomness.nextId());
        if (!recurse) {
            query.getHeader().unsetFlag(Flags.RD);
        }
        return query;
    }

    private static boolean answersQuestion(Message query, byte[] answer) {
        try {
            Record asked = query.getQuestion();
            Record echoed = new Message(answer).getQuestion();
            return echoed != null && echoed.getName().equals(asked.getName()) && echoed.getType() == asked.getType();
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    /** What an rcode means in a sentence about {@code what}. */
    public static String words(Message answer, String what) {
        return what + ": " + Rcode.string(answer.getRcode());
    }

    /** {@code "A record of host"}, for messages. */
    public static String what(Name name, int type) {
        return Type.string(type) + " of " + name.toString(true);
    }
}
