package net.sojourn.dns.zone;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import net.sojourn.dns.query.Addresses;
import net.sojourn.dns.query.DnsClient;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Finds the zone of a name by its SOA record, then the primary (MNAME) and the other name servers. Blocking; any thread;
 * keeps nothing.
 */
public final class ZoneLocator {

    private static final int DNS_PORT = 53;

    private final DnsClient client;
    private final Supplier<List<InetSocketAddress>> resolvers;
    private final Duration timeout;

    /** @param resolvers asked anew for each name, since they change with the network */
    public ZoneLocator(DnsClient client, Supplier<List<InetSocketAddress>> resolvers, Duration timeout) {
        this.client = client;
        this.resolvers = resolvers;
        this.timeout = timeout;
    }

    /** Zone and servers as the network tells them. */
    public ZonePlace locate(Name host) throws IOException {
        List<InetSocketAddress> askable = resolvers.get();
        if (askable.isEmpty()) {
            throw new IOException(
                    "no resolver to ask for the zone of " + host.toString(true) + ": set the name's zone and server");
        }
        SOARecord soa = soa(host, askable, true);
        Name zone = soa.getName();
        Set<InetSocketAddress> authorities = new LinkedHashSet<>();
        for (Record entry : askAny(zone, Type.NS, askable, true).getSection(Section.ANSWER)) {
            if (entry instanceof NSRecord ns && ns.getName().equals(zone)) {
                authorities.addAll(addressesOf(ns.getTarget(), askable));
            }
        }
        Set<InetSocketAddress> primaries = new LinkedHashSet<>(addressesOf(soa.getHost(), askable));
        // MNAME may be hidden or wrong; the NS set is the next best.
        primaries.addAll(authorities);
        if (primaries.isEmpty()) {
            throw new IOException("the name servers of " + zone + " have no addresses: set the name's server");
        }
        return new ZonePlace(
                zone, List.copyOf(primaries), List.copyOf(authorities.isEmpty() ? primaries : authorities));
    }

    /** The zone of a name whose servers are known. */
    public Name zoneAt(Name host, List<InetSocketAddress> servers) throws IOException {
        return soa(host, servers, false).getName();
    }

    private SOARecord soa(Name host, List<InetSocketAddress> servers, boolean recurse) throws IOException {
        for (Name at = host; at.labels() > 1; at = new Name(at, 1)) {
            Message answer = askAny(at, Type.SOA, servers, recurse);
            Optional<SOARecord> found = soaIn(answer, at);
            if (found.isPresent()) {
                return found.get();
            }
        }
        throw new IOException("no zone found for " + host.toString(true) + ": does its domain exist?");
    }

    /** In ANSWER for the zone's own name, in AUTHORITY below it or for a name that does not exist (RFC 2308 2). */
    private static Optional<SOARecord> soaIn(Message answer, Name asked) {
        for (int section : new int[] {Section.ANSWER, Section.AUTHORITY}) {
            for (Record entry : answer.getSection(section)) {
                // An alias would bring the SOA of another name's zone, hence the second condition.
                if (entry instanceof SOARecord soa && asked.subdomain(soa.getName())) {
                    return Optional.of(soa);
                }
            }
        }
        return Optional.empty();
    }

    private List<InetSocketAddress> addressesOf(Name server, List<InetSocketAddress> askable) throws IOException {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (int type : new int[] {Type.A, Type.AAAA}) {
            for (Record entry : askAny(server, type, askable, true).getSection(Section.ANSWER)) {
                Addresses.address(entry).ifPresent(address -> addresses.add(new InetSocketAddress(address, DNS_PORT)));
            }
        }
        return addresses;
    }

    private Message askAny(Name name, int type, List<InetSocketAddress> servers, boolean recurse) throws IOException {
        IOException last = new IOException("no server to ask");
        for (InetSocketAddress server : servers) {
            try {
                return client.ask(name, type, server, recurse, timeout);
            } catch (java.io.InterruptedIOException e) {
                if (!(e instanceof java.net.SocketTimeoutException)) {
                    throw e;
                }
                last = e;
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }
}
