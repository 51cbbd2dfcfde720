package net.sojourn.dns.reconcile;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import net.sojourn.dns.NameSettings;
import net.sojourn.dns.key.UpdateKey;
import net.sojourn.dns.message.UpdateRequest;
import net.sojourn.dns.query.Attempt;
import net.sojourn.dns.query.DnsClient;
import net.sojourn.dns.query.ServerReader;
import net.sojourn.dns.query.ServerView;
import net.sojourn.dns.query.UpdateSender;
import net.sojourn.dns.transport.Protocol;
import net.sojourn.dns.transport.Target;
import net.sojourn.dns.verify.Verification;
import net.sojourn.dns.verify.Verifier;
import net.sojourn.dns.zone.ZoneLocator;
import net.sojourn.dns.zone.ZonePlace;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/** The real network: blocking exchanges, each on a thread of the given executor. Any thread. */
public final class LiveNameServers implements NameServers {

    private static final Duration QUESTION_TIMEOUT = Duration.ofMillis(1_500);

    private final NameTarget name;
    private final UpdateKey key;
    private final DnsClient client;
    private final ZoneLocator locator;
    private final ServerReader reader;
    private final UpdateSender sender;
    private final Verifier verifier;
    private final ExecutorService threads;

    /** @param locator asked when the settings name neither zone nor server */
    public LiveNameServers(
            NameTarget name,
            UpdateKey key,
            DnsClient client,
            ZoneLocator locator,
            Clock clock,
            ExecutorService threads) {
        this.name = name;
        this.key = key;
        this.client = client;
        this.locator = locator;
        this.reader = new ServerReader(client);
        this.sender = new UpdateSender(client, key, clock);
        this.verifier = new Verifier(reader, QUESTION_TIMEOUT);
        this.threads = threads;
    }

    @Override
    public CompletableFuture<ZonePlace> locate() {
        return off(this::place);
    }

    private ZonePlace place() throws Exception {
        NameSettings settings = name.settings();
        List<InetSocketAddress> servers = settings.servers();
        if (servers.isEmpty()) {
            ZonePlace found = locator.locate(name.host());
            Name zone = settings.zone().isPresent() ? zone(settings.zone().get()) : found.zone();
            return new ZonePlace(
                    zone,
                    found.primaries(),
                    settings.verifyServers().isEmpty() ? found.authorities() : settings.verifyServers());
        }
        Name zone = settings.zone().isPresent() ? zone(settings.zone().get()) : locator.zoneAt(name.host(), servers);
        return new ZonePlace(zone, servers, settings.verifyServers().isEmpty() ? servers : settings.verifyServers());
    }

    private static Name zone(String text) throws TextParseException {
        return Name.fromString(text, Name.root);
    }

    @Override
    public CompletableFuture<ServerView> read(ZonePlace place, int turn) {
        InetSocketAddress server = target(place, turn).server();
        return off(() -> reader.view(name.host(), name.types(), name.guardName(), server, key, QUESTION_TIMEOUT));
    }

    @Override
    public CompletableFuture<Attempt> send(ZonePlace place, UpdateRequest request, int turn, Duration timeout) {
        Target target = target(place, turn);
        return off(() -> sender.send(request, target, timeout));
    }

    @Override
    public CompletableFuture<Verification> verify(ZonePlace place, Set<InetAddress> expected) {
        return off(() -> verifier.ask(name.host(), name.types(), expected, place.authorities()));
    }

    @Override
    public String describe(ZonePlace place, int turn) {
        return target(place, turn).toString();
    }

    /** All servers by UDP, then all by TCP, then again. */
    private Target target(ZonePlace place, int turn) {
        List<InetSocketAddress> servers = place.primaries();
        int at = Math.floorMod(turn, 2 * servers.size());
        Protocol protocol = at < servers.size() ? Protocol.UDP : Protocol.TCP;
        return client.target(servers.get(at % servers.size()), protocol);
    }

    private <T> CompletableFuture<T> off(Callable<T> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Future<?> task = threads.submit(() -> {
            try {
                result.complete(call.call());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        // CompletableFuture.cancel does not interrupt by itself, and an abandoned exchange must give its socket back.
        result.whenComplete((value, error) -> {
            if (result.isCancelled()) {
                task.cancel(true);
            }
        });
        return result;
    }
}
