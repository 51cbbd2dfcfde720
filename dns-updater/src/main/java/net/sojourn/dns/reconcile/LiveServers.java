package net.sojourn.dns.reconcile;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import net.sojourn.dns.UpdaterSettings;
import net.sojourn.dns.message.GuardedUpdate;
import net.sojourn.dns.message.Published;
import net.sojourn.dns.message.SendOutcome;
import net.sojourn.dns.message.SignedExchange;
import net.sojourn.dns.message.SignedExchange.Route;
import net.sojourn.dns.verify.Verifier;
import net.sojourn.dns.zone.ZoneLocator;
import net.sojourn.dns.zone.ZoneServers;

/** The network itself. */
public final class LiveServers implements NameServers {

    private final String guardLabel;
    private final ZoneLocator locator;
    private final SignedExchange exchange;
    private final Verifier verifier;

    /** @param executor for questions to several servers at once; unbounded */
    public LiveServers(UpdaterSettings settings, Clock clock, Executor executor) {
        this.guardLabel = settings.guardLabel();
        this.locator = new ZoneLocator(settings.zones());
        this.exchange = new SignedExchange(settings.key(), clock);
        this.verifier = new Verifier(executor);
    }

    @Override
    public Reply<ZoneServers> locate(String host, Optional<InetAddress> localAddress, Duration timeout) {
        try {
            return new Reply.Got<>(locator.locate(host, localAddress, timeout));
        } catch (IOException | RuntimeException e) {
            return new Reply.Lost<>(words(e));
        }
    }

    @Override
    public Reply<Published> read(String host, Route route) {
        try {
            return new Reply.Got<>(exchange.read(host, guardLabel, route));
        } catch (IOException | RuntimeException e) {
            return new Reply.Lost<>(
                    "cannot read " + host + " at " + route.server() + " by " + route.transport() + ": " + words(e));
        }
    }

    @Override
    public SendOutcome send(GuardedUpdate update, Route route) {
        return exchange.send(update, route);
    }

    @Override
    public Verifier.Round verify(
            List<InetSocketAddress> servers,
            String host,
            Set<InetAddress> expected,
            Optional<InetAddress> localAddress,
            Duration timeout) {
        return verifier.ask(servers, host, expected, localAddress, timeout);
    }

    private static String words(Exception e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
