package net.sojourn.dns.reconcile;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import net.sojourn.dns.message.UpdateRequest;
import net.sojourn.dns.query.Attempt;
import net.sojourn.dns.query.ServerView;
import net.sojourn.dns.verify.Verification;
import net.sojourn.dns.zone.ZonePlace;

/**
 * The network as a name's reconciler sees it. Calls return at once; futures complete on any thread, exceptionally with an
 * {@link java.io.IOException} in words for people. Cancelling a future ends its exchange.
 */
public interface NameServers {

    CompletableFuture<ZonePlace> locate();

    /** What a server has for the name; {@code turn} as in {@link #send}. */
    CompletableFuture<ServerView> read(ZonePlace place, int turn);

    /** @param turn 0, 1, 2, ...: counts through servers and protocols, best first */
    CompletableFuture<Attempt> send(ZonePlace place, UpdateRequest request, int turn, Duration timeout);

    /** One round over all authorities. */
    CompletableFuture<Verification> verify(ZonePlace place, Set<InetAddress> expected);

    /** For people: where {@link #send} with this turn goes. */
    String describe(ZonePlace place, int turn);
}
