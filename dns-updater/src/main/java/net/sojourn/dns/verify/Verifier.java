package net.sojourn.dns.verify;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import net.sojourn.dns.transport.Questions;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Asks all servers of a zone at the same time what they publish, as a correspondent would. Any thread, blocking. */
public final class Verifier {

    private final Executor executor;

    /** @param executor runs one question for each server; must not be bounded by the caller's own thread */
    public Verifier(Executor executor) {
        this.executor = executor;
    }

    /**
     * How the servers answered, each in one of the three.
     *
     * @param agreeing publish exactly the addresses asked for
     * @param differing publish something else
     * @param silent gave no authoritative answer in time
     */
    public record Round(
            List<InetSocketAddress> agreeing, List<InetSocketAddress> differing, List<InetSocketAddress> silent) {

        public Round {
            agreeing = List.copyOf(agreeing);
            differing = List.copyOf(differing);
            silent = List.copyOf(silent);
        }

        public boolean allAgree() {
            return differing.isEmpty() && silent.isEmpty();
        }
    }

    /** Asks each of {@code servers} once. */
    public Round ask(
            List<InetSocketAddress> servers,
            String host,
            Set<InetAddress> expected,
            Optional<InetAddress> localAddress,
            Duration timeout) {
        List<CompletableFuture<Optional<Set<InetAddress>>>> answers = servers.stream()
                .map(server ->
                        CompletableFuture.supplyAsync(() -> addresses(server, host, localAddress, timeout), executor))
                .toList();
        List<InetSocketAddress> agreeing = new ArrayList<>();
        List<InetSocketAddress> differing = new ArrayList<>();
        List<InetSocketAddress> silent = new ArrayList<>();
        for (int i = 0; i < servers.size(); i++) {
            Optional<Set<InetAddress>> answer = answers.get(i).join();
            List<InetSocketAddress> where =
                    answer.isEmpty() ? silent : answer.get().equals(expected) ? agreeing : differing;
            where.add(servers.get(i));
        }
        return new Round(agreeing, differing, silent);
    }

    private static Optional<Set<InetAddress>> addresses(
            InetSocketAddress server, String host, Optional<InetAddress> localAddress, Duration timeout) {
        Set<InetAddress> addresses = new HashSet<>();
        try {
            Name name = Name.fromString(host);
            for (int type : new int[] {Type.A, Type.AAAA}) {
                Message answer = Questions.ask(server, localAddress, name, type, false, timeout);
                boolean usable = answer.getRcode() == Rcode.NOERROR || answer.getRcode() == Rcode.NXDOMAIN;
                if (!usable || !answer.getHeader().getFlag(Flags.AA)) {
                    return Optional.empty();
                }
                for (Record record : answer.getSection(Section.ANSWER)) {
                    if (record instanceof ARecord a) {
                        addresses.add(a.getAddress());
                    } else if (record instanceof AAAARecord aaaa) {
                        addresses.add(aaaa.getAddress());
                    }
                }
            }
            return Optional.of(addresses);
        } catch (TextParseException e) {
            throw new IllegalArgumentException("'" + host + "' is no DNS name", e);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
