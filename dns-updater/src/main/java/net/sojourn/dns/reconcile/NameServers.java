package net.sojourn.dns.reconcile;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.sojourn.dns.message.GuardedUpdate;
import net.sojourn.dns.message.Published;
import net.sojourn.dns.message.SendOutcome;
import net.sojourn.dns.message.SignedExchange.Route;
import net.sojourn.dns.verify.Verifier;
import net.sojourn.dns.zone.ZoneServers;

/** What the state machine asks of the network. Blocking; called only inside {@link Agenda#away}; never throws. */
public interface NameServers {

    /** A result, or why there is none. */
    sealed interface Reply<T> {
        /** It worked. */
        record Got<T>(T value) implements Reply<T> {}

        /** It did not. */
        record Lost<T>(String why) implements Reply<T> {}
    }

    Reply<ZoneServers> locate(String host, Optional<InetAddress> localAddress, Duration timeout);

    Reply<Published> read(String host, Route route);

    SendOutcome send(GuardedUpdate update, Route route);

    Verifier.Round verify(
            List<InetSocketAddress> servers,
            String host,
            Set<InetAddress> expected,
            Optional<InetAddress> localAddress,
            Duration timeout);
}
