package net.sojourn.dns.zone;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.sojourn.dns.LookupResult;
import net.sojourn.dns.LookupSettings;
import net.sojourn.dns.NameLookup;
import net.sojourn.dns.ServerAddress;
import net.sojourn.dns.ZoneSettings;
import net.sojourn.dns.transport.Questions;
import net.sojourn.dns.transport.SiteResolvers;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Finds the zone of a name by its SOA record, its primary by the SOA's MNAME and its servers by NS. Settings override each
 * part. Keeps nothing. Any thread, blocking.
 */
public final class ZoneLocator {

    private final ZoneSettings settings;

    public ZoneLocator(ZoneSettings settings) {
        this.settings = settings;
    }

    /** The zone's name and, unless settings fix the zone, its primary by SOA. */
    private record Cut(Name zone, Optional<Name> primary) {}

    /**
     * @param host with the final dot
     * @throws IOException saying whom was asked for what, and what to set instead
     */
    public ZoneServers locate(String host, Optional<InetAddress> localAddress, Duration timeout) throws IOException {
        Name name = Name.fromString(host);
        List<InetSocketAddress> primaries = resolved(settings.primaries());
        List<InetSocketAddress> verifiers = resolved(settings.verifyServers());
        if (settings.zone().isPresent() && !primaries.isEmpty()) {
            Name zone = Name.fromString(settings.zone().get());
            requireInside(name, zone);
            return new ZoneServers(zone.toString(), primaries, verifiers.isEmpty() ? primaries : verifiers);
        }
        // Servers of the zone answer for it without recursion; resolvers must be asked for it.
        boolean direct = !primaries.isEmpty();
        Inquiry inquiry = new Inquiry(direct ? primaries : resolvers(), !direct, localAddress, timeout);
        Name start =
                settings.zone().isPresent() ? Name.fromString(settings.zone().get()) : name;
        Cut cut = cut(start, inquiry);
        requireInside(name, cut.zone());
        if (direct) {
            return new ZoneServers(cut.zone().toString(), primaries, verifiers.isEmpty() ? primaries : verifiers);
        }
        return discovered(cut, verifiers, inquiry);
    }

    private ZoneServers discovered(Cut cut, List<InetSocketAddress> verifiers, Inquiry inquiry) throws IOException {
        List<InetSocketAddress> nameServers = new ArrayList<>();
        for (Record record : inquiry.ask(cut.zone(), Type.NS).getSection(Section.ANSWER)) {
            if (record instanceof NSRecord ns) {
                nameServers.addAll(addresses(ns.getTarget().toString(), ServerAddress.DNS_PORT));
            }
        }
        Set<InetSocketAddress> primaries = new LinkedHashSet<>();
        cut.primary().ifPresent(name -> primaries.addAll(addresses(name.toString(), ServerAddress.DNS_PORT)));
        // A hidden or wrongly named primary: one of the others may take or forward the update.
        primaries.addAll(nameServers);
        if (primaries.isEmpty()) {
            throw new IOException(
                    "the name servers of " + cut.zone() + " have no addresses; name the primary in the configuration");
        }
        List<InetSocketAddress> publishing = nameServers.isEmpty() ? List.copyOf(primaries) : nameServers;
        return new ZoneServers(
                cut.zone().toString(), List.copyOf(primaries), verifiers.isEmpty() ? publishing : verifiers);
    }

    /** RFC 2308 3: the SOA of the enclosing zone is in the authority section of a negative answer. */
    private static Cut cut(Name start, Inquiry inquiry) throws IOException {
        for (Name name = start; name.labels() > 1; name = new Name(name, 1)) {
            Message answer = inquiry.ask(name, Type.SOA);
            for (int section : new int[] {Section.ANSWER, Section.AUTHORITY}) {
                for (Record record : answer.getSection(section)) {
                    // With an alias in the answer, the SOA may be that of another tree.
                    if (record instanceof SOARecord soa && start.subdomain(soa.getName())) {
                        return new Cut(soa.getName(), Optional.of(soa.getHost()));
                    }
                }
            }
        }
        throw new IOException("no zone found for " + start + "; set zone and servers in the configuration");
    }

    private static void requireInside(Name name, Name zone) throws IOException {
        if (!name.subdomain(zone)) {
            throw new IOException(name + " is not in the zone " + zone + "; correct the configuration");
        }
    }

    private List<InetSocketAddress> resolvers() throws IOException {
        List<InetSocketAddress> resolvers =
                settings.resolvers().isEmpty() ? SiteResolvers.current() : resolved(settings.resolvers());
        if (resolvers.isEmpty()) {
            throw new IOException("no resolver to ask for the zone: /etc/resolv.conf names none; set zone and servers");
        }
        return resolvers;
    }

    private List<InetSocketAddress> resolved(List<ServerAddress> servers) throws IOException {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (ServerAddress server : servers) {
            addresses.addAll(addresses(server.host(), server.port()));
        }
        if (addresses.isEmpty() && !servers.isEmpty()) {
            throw new IOException("none of the servers " + servers + " has a known address");
        }
        return addresses;
    }

    private List<InetSocketAddress> addresses(String host, int port) {
        if (SiteResolvers.isAddress(host)) {
            return List.of(new InetSocketAddress(host, port));
        }
        List<ServerAddress> known = settings.resolvers().stream()
                .filter(server -> SiteResolvers.isAddress(server.host()))
                .toList();
        LookupResult result = new NameLookup(LookupSettings.of(known)).lookup(host);
        return result instanceof LookupResult.Found found
                ? found.addresses().stream()
                        .map(address -> new InetSocketAddress(address, port))
                        .toList()
                : List.of();
    }

    /** Asks a list of servers until one answers. */
    private record Inquiry(
            List<InetSocketAddress> servers,
            boolean recursionDesired,
            Optional<InetAddress> localAddress,
            Duration timeout) {

        Message ask(Name name, int type) throws IOException {
            IOException last = new IOException("no server to ask");
            for (InetSocketAddress server : servers) {
                try {
                    Message answer = Questions.ask(server, localAddress, name, type, recursionDesired, timeout);
                    if (answer.getRcode() == Rcode.NOERROR || answer.getRcode() == Rcode.NXDOMAIN) {
                        return answer;
                    }
                    last = new IOException(server + " answers " + Rcode.string(answer.getRcode())
                            + " when asked for the zone of " + name);
                } catch (IOException e) {
                    last = new IOException(
                            "cannot find the zone of " + name + ": " + server + ": " + e.getMessage(), e);
                }
            }
            throw last;
        }
    }
}
