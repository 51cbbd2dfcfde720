package net.sojourn.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import net.sojourn.dns.transport.Questions;
import net.sojourn.dns.transport.SiteResolvers;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Finds the addresses of a name as they are now: no cache, no hosts file. {@code java.net.InetAddress} would keep an answer
 * for 30 s whatever its TTL, and a name that moves would be sought where it was. Thread-safe, blocking.
 */
public final class NameLookup {

    /** RFC 1034 5.2.2: a chain this long is a loop. */
    private static final int MAX_ALIASES = 8;

    private static final Executor IN_PARALLEL = task -> {
        Thread thread = new Thread(task, "name-lookup");
        thread.setDaemon(true);
        thread.start();
    };

    private final LookupSettings settings;

    public NameLookup(LookupSettings settings) {
        this.settings = settings;
    }

    /** One family's answer. */
    private record Answer(List<InetAddress> addresses, boolean noSuchName, Optional<String> failure) {}

    /**
     * Asks for A and AAAA at the same time, from any local address.
     *
     * @param name with or without the final dot; never completed by a search list
     * @throws IllegalArgumentException if {@code name} is no DNS name
     */
    public LookupResult lookup(String name) {
        Name wanted = DnsNames.parse(name);
        List<InetSocketAddress> servers = servers();
        if (servers.isEmpty()) {
            return new LookupResult.Failed("there is no name server to ask; /etc/resolv.conf names none");
        }
        CompletableFuture<Answer> answerOfSix =
                CompletableFuture.supplyAsync(() -> ask(servers, wanted, Type.AAAA), IN_PARALLEL);
        Answer four = ask(servers, wanted, Type.A);
        Answer six = answerOfSix.join();
        List<InetAddress> addresses = new ArrayList<>(four.addresses());
        addresses.addAll(six.addresses());
        if (!addresses.isEmpty()) {
            return new LookupResult.Found(addresses);
        }
        if (four.noSuchName() || six.noSuchName()) {
            return new LookupResult.NoSuchName();
        }
        return four.failure()
                .or(six::failure)
                .<LookupResult>map(LookupResult.Failed::new)
                .orElseGet(LookupResult.NoAddresses::new);
    }

    private List<InetSocketAddress> servers() {
        return settings.servers().isEmpty()
                ? SiteResolvers.current()
                : settings.servers().stream()
                        .map(server -> new InetSocketAddress(server.host(), server.port()))
                        .toList();
    }

    private Answer ask(List<InetSocketAddress> servers, Name name, int type) {
        String failure = "";
        for (int round = 0; round < settings.rounds(); round++) {
            for (InetSocketAddress server : servers) {
                try {
                    Answer answer = follow(server, name, type);
                    if (answer.failure().isEmpty()) {
                        return answer;
                    }
                    failure = answer.failure().get();
                } catch (IOException e) {
                    failure = server + ": " + (e.getMessage() == null ? e.toString() : e.getMessage());
                }
            }
        }
        return new Answer(List.of(), false, Optional.of("cannot look up " + name + ": " + failure));
    }

    /** Follows aliases, within one answer and, at servers that do not resolve for us, from answer to answer. */
    private Answer follow(InetSocketAddress server, Name name, int type) throws IOException {
        Name current = name;
        for (int aliases = 0; aliases <= MAX_ALIASES; aliases++) {
            Message answer = Questions.ask(server, Optional.empty(), current, type, true, settings.tryTimeout());
            int rcode = answer.getRcode();
            if (rcode != Rcode.NOERROR && rcode != Rcode.NXDOMAIN) {
                return new Answer(List.of(), false, Optional.of(server + " answers " + Rcode.string(rcode)));
            }
            Name end = endOfChain(answer, current);
            List<InetAddress> addresses = addresses(answer, end);
            if (!addresses.isEmpty() || end.equals(current) || rcode == Rcode.NXDOMAIN) {
                return new Answer(addresses, rcode == Rcode.NXDOMAIN, Optional.empty());
            }
            current = end;
        }
        return new Answer(List.of(), false, Optional.of(name + " is an alias without an end"));
    }

    private static Name endOfChain(Message answer, Name start) {
        Name current = start;
        List<Record> records = answer.getSection(Section.ANSWER);
        for (int i = 0; i < records.size(); i++) {
            for (Record record : records) {
                if (record instanceof CNAMERecord alias && alias.getName().equals(current)) {
                    current = alias.getTarget();
                }
            }
        }
        return current;
    }

    private static List<InetAddress> addresses(Message answer, Name name) {
        List<InetAddress> addresses = new ArrayList<>();
        for (Record record : answer.getSection(Section.ANSWER)) {
            if (record.getName().equals(name)) {
                if (record instanceof ARecord a) {
                    addresses.add(a.getAddress());
                } else if (record instanceof AAAARecord aaaa) {
                    addresses.add(aaaa.getAddress());
                }
            }
        }
        return addresses;
    }
}
