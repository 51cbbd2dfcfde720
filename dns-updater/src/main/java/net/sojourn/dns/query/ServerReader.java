package net.sojourn.dns.query;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.sojourn.dns.key.CheckedAnswer;
import net.sojourn.dns.key.UpdateKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Reads names straight from an authoritative server. With a TSIG key the answers must be signed; without one they are what
 * the network says they are. Blocking; any thread.
 */
public final class ServerReader {

    private static final Logger LOG = LoggerFactory.getLogger(ServerReader.class);

    private final DnsClient client;

    public ServerReader(DnsClient client) {
        this.client = client;
    }

    /** Addresses and guard of {@code host}, as the primary has them. */
    public ServerView view(
            Name host, Set<Integer> types, Name guardName, InetSocketAddress server, UpdateKey key, Duration timeout)
            throws IOException {
        if (key.answersAreSigned()) {
            try {
                return view(host, types, guardName, server, Optional.of(key), timeout);
            } catch (NotProven e) {
                // A wrong clock or key shows here first; the update's own answer explains it, so read on without proof.
                LOG.debug("reading {} without proof: {}", host, e.getMessage());
            }
        }
        return view(host, types, guardName, server, Optional.empty(), timeout);
    }

    private ServerView view(
            Name host,
            Set<Integer> types,
            Name guardName,
            InetSocketAddress server,
            Optional<UpdateKey> signer,
            Duration timeout)
            throws IOException {
        List<Record> guardTexts = records(guardName, Type.TXT, server, signer, timeout);
        Set<InetAddress> addresses = new HashSet<>();
        for (int type : types.stream().sorted().toList()) {
            addresses.addAll(addressesIn(records(host, type, server, signer, timeout)));
        }
        return new ServerView(addresses, guardTexts, signer.isPresent());
    }

    /** The addresses of {@code host} of the given types, unsigned. */
    public Set<InetAddress> addresses(Name host, Set<Integer> types, InetSocketAddress server, Duration timeout)
            throws IOException {
        Set<InetAddress> addresses = new HashSet<>();
        for (int type : types.stream().sorted().toList()) {
            addresses.addAll(addressesIn(records(host, type, server, Optional.empty(), timeout)));
        }
        return addresses;
    }

    private List<Record> records(
            Name name, int type, InetSocketAddress server, Optional<UpdateKey> signer, Duration timeout)
            throws IOException {
        Message answer = answer(name, type, server, signer, timeout);
        int rcode = answer.getRcode();
        if (rcode != Rcode.NOERROR && rcode != Rcode.NXDOMAIN) {
            throw new IOException(DnsClient.words(answer, DnsClient.what(name, type) + " at " + server));
        }
        if (!answer.getHeader().getFlag(Flags.AA)) {
            throw new IOException(
                    server + " is not authoritative for " + name.toString(true) + ": set the zone's primary as server");
        }
        List<Record> found = new ArrayList<>();
        for (Record entry : answer.getSection(Section.ANSWER)) {
            if (entry.getType() == type && entry.getName().equals(name)) {
                found.add(entry);
            }
        }
        return found;
    }

    private Message answer(Name name, int type, InetSocketAddress server, Optional<UpdateKey> signer, Duration timeout)
            throws IOException {
        if (signer.isEmpty()) {
            return client.ask(name, type, server, false, timeout);
        }
        CheckedAnswer checked = client.askSigned(signer.get(), name, type, server, timeout);
        if (checked.verified() && checked.tsigError() == Rcode.NOERROR) {
            return checked.message();
        }
        throw new NotProven(Rcode.string(checked.message().getRcode()) + " " + Rcode.TSIGstring(checked.tsigError()));
    }

    private static Set<InetAddress> addressesIn(List<Record> records) {
        Set<InetAddress> addresses = new HashSet<>();
        records.forEach(entry -> Addresses.address(entry).ifPresent(addresses::add));
        return addresses;
    }

    /** The answer bears no proof of ours. */
    private static final class NotProven extends IOException {

        private static final long serialVersionUID = 1L;

        NotProven(String message) {
            super(message);
        }
    }
}
