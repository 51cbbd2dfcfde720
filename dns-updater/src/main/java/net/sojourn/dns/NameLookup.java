package net.sojourn.dns;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import net.sojourn.dns.query.Addresses;
import net.sojourn.dns.query.DnsClient;
import net.sojourn.dns.query.Randomness;
import net.sojourn.dns.transport.DnsTransport;
import net.sojourn.dns.transport.SocketTransport;
import net.sojourn.dns.zone.SystemResolvers;
import net.sojourn.dns.zone.ZoneLocator;
import net.sojourn.dns.zone.ZonePlace;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Finds the addresses a name has at this moment: no cache, no hosts file, A and AAAA at the same time. {@link InetAddress}
 * would keep an answer for 30 s, whatever its TTL, which is longer than a move may last. An authority is asked before the
 * resolvers when it is known, which also passes by their caches. Any thread; blocks until answered.
 */
public final class NameLookup implements AutoCloseable {

    private static final int ROUNDS = 2;
    private static final int MAX_ALIASES = 8;
    private static final Duration PLACES_KEPT = Duration.ofMinutes(5);

    private final LookupSettings settings;
    private final DnsClient client;
    private final Supplier<List<InetSocketAddress>> resolvers;
    private final ZoneLocator locator;
    private final Clock clock;
    private final Map<Name, List<InetSocketAddress>> authorities = new LinkedHashMap<>();
    private final Map<Name, Known> discovered = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "sojourn-lookup");
        thread.setDaemon(true);
        return thread;
    });

    private record Known(ZonePlace place, Instant until) {}

    public NameLookup(LookupSettings settings) {
        this(settings, new SocketTransport(), Clock.systemUTC());
    }

    /** @throws IllegalArgumentException when the name of a zone in the settings is none */
    public NameLookup(LookupSettings settings, DnsTransport transport, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        this.client = new DnsClient(transport, Randomness.secure(), clock);
        this.resolvers = settings.resolvers().isEmpty() ? new SystemResolvers() : settings::resolvers;
        this.locator = new ZoneLocator(client, resolvers, settings.timeout());
        settings.authorities().forEach((zone, servers) -> authorities.put(parsed(zone), servers));
    }

    /**
     * The addresses of {@code host} now, IPv6 first, never empty. A literal address is returned as it is.
     *
     * @throws UnknownHostException when the name does not exist or has no address
     * @throws IOException when no server answered
     */
    public List<InetAddress> lookup(String host) throws IOException {
        Optional<InetAddress> literal = Addresses.literal(host);
        if (literal.isPresent()) {
            return List.of(literal.get());
        }
        Name name;
        try {
            name = Name.fromString(host, Name.root);
        } catch (TextParseException e) {
            throw new UnknownHostException("\"" + host + "\" is no domain name");
        }
        List<InetAddress> addresses = bothFamilies(name);
        if (addresses.isEmpty()) {
            throw new UnknownHostException(host + " has no address now");
        }
        return addresses;
    }

    /** Remembered authorities are forgotten, for instance because the network has changed. */
    public void forgetAuthorities() {
        discovered.clear();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private List<InetAddress> bothFamilies(Name name) throws IOException {
        Future<List<InetAddress>> ipv6 = threads.submit(() -> family(name, Type.AAAA));
        List<InetAddress> addresses = new ArrayList<>();
        Optional<IOException> failure = Optional.empty();
        List<InetAddress> ipv4 = List.of();
        try {
            ipv4 = family(name, Type.A);
        } catch (IOException e) {
            failure = Optional.of(e);
        }
        try {
            addresses.addAll(ipv6.get());
        } catch (ExecutionException e) {
            if (failure.isEmpty() && e.getCause() instanceof IOException io) {
                failure = Optional.of(io);
            }
        } catch (InterruptedException e) {
            ipv6.cancel(true);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("lookup of " + name + " was interrupted");
        }
        addresses.addAll(ipv4);
        if (addresses.isEmpty() && failure.isPresent()) {
            throw failure.get();
        }
        return addresses;
    }

    private List<InetAddress> family(Name name, int type) throws IOException {
        Name at = name;
        for (int aliases = 0; aliases <= MAX_ALIASES; aliases++) {
            Message answer = answer(at, type);
            Addresses.Found found = Addresses.in(answer, at, type);
            if (found.alias().isEmpty()) {
                return found.addresses();
            }
            at = found.alias().get();
        }
        throw new UnknownHostException(name.toString(true) + " has more than " + MAX_ALIASES + " aliases in a row");
    }

    /** The first usable answer: authority first, then resolvers, all of them twice. */
    private Message answer(Name name, int type) throws IOException {
        List<InetSocketAddress> direct = authoritiesOf(name);
        IOException last = new IOException("no server to ask for " + name.toString(true) + ": set a resolver");
        for (int round = 0; round < ROUNDS; round++) {
            for (boolean recurse : new boolean[] {false, true}) {
                for (InetSocketAddress server : recurse ? resolvers.get() : direct) {
                    try {
                        Message answer = client.ask(name, type, server, recurse, settings.timeout());
                        boolean lame = !recurse && !answer.getHeader().getFlag(Flags.AA);
                        if (answer.getRcode() == Rcode.NOERROR && !lame) {
                            return answer;
                        }
                        if (answer.getRcode() == Rcode.NXDOMAIN) {
                            throw new UnknownHostException(name.toString(true) + " does not exist");
                        }
                        last = new IOException(DnsClient.words(answer, DnsClient.what(name, type) + " at " + server));
                    } catch (UnknownHostException e) {
                        throw e;
                    } catch (InterruptedIOException e) {
                        if (!(e instanceof SocketTimeoutException)) {
                            throw e;
                        }
                        last = e;
                    } catch (IOException e) {
                        last = e;
                    }
                }
            }
        }
        throw last;
    }

    private List<InetSocketAddress> authoritiesOf(Name name) throws IOException {
        for (Name at = name; at.labels() > 1; at = new Name(at, 1)) {
            List<InetSocketAddress> configured = authorities.get(at);
            if (configured != null) {
                return configured;
            }
            Known known = discovered.get(at);
            if (known != null && clock.instant().isBefore(known.until())) {
                return known.place().authorities();
            }
        }
        return settings.discoverAuthorities() ? discover(name) : List.of();
    }

    private List<InetSocketAddress> discover(Name name) throws IOException {
        try {
            ZonePlace place = locator.locate(name);
            discovered.put(place.zone(), new Known(place, clock.instant().plus(PLACES_KEPT)));
            return place.primaries();
        } catch (SocketTimeoutException e) {
            return List.of();
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            // Only a short cut is missing; the resolvers are still there.
            return List.of();
        }
    }

    private static Name parsed(String zone) {
        try {
            return Name.fromString(zone, Name.root);
        } catch (TextParseException e) {
            throw new IllegalArgumentException("authorities: \"" + zone + "\" is no domain name", e);
        }
    }
}
