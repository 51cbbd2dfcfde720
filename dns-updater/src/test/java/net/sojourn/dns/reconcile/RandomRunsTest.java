package net.sojourn.dns.reconcile;

import static net.sojourn.dns.reconcile.Fixture.ip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import net.sojourn.dns.NameUpdaterStatus.State;
import net.sojourn.dns.reconcile.FakeNameServer.Fate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random losses, changes, outages and replays in virtual time: the newest address always wins in the end. */
final class RandomRunsTest {

    static LongStream seeds() {
        return LongStream.range(0, 300);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void newestAddressWins(long seed) {
        Random random = new Random(seed);
        Fixture f = new Fixture();
        Set<InetAddress> last = Set.of();
        for (int step = 0; step < 40; step++) {
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> {
                    last = ip("198.51.100." + (1 + random.nextInt(250)));
                    f.name.desire(last);
                }
                case 3 -> f.server.fates.add(Fate.values()[random.nextInt(3)]);
                case 4 -> f.server.reachable = random.nextInt(3) > 0;
                case 5 -> f.name.networkChanged();
                case 6 -> {
                    // Anyone may send a recorded message again, at any time.
                    if (!f.server.sent.isEmpty()) {
                        f.server.apply(f.server
                                .sent
                                .get(random.nextInt(f.server.sent.size()))
                                .request());
                    }
                }
                default -> f.server.oneWayMillis = 1 + random.nextInt(400);
            }
            f.time.passMillis(random.nextInt(700));
        }
        f.server.reachable = true;
        f.server.fates.clear();
        f.server.oneWayMillis = 20;
        f.time.pass(Duration.ofMinutes(3));
        for (FakeNameServer.Sent old : f.server.sent) {
            f.server.apply(old.request());
        }
        if (!last.isEmpty()) {
            assertEquals(last, f.atServer());
            assertEquals(State.IN_SYNC, f.name.status().state());
            assertEquals(last, f.name.status().verified());
        }
        assertTrue(f.server.mostInFlight <= 2, "one, and one that was given up: " + f.server.mostInFlight);
    }
}
