package net.sojourn.stack.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.sojourn.stack.simulation.Scenario.Change;
import net.sojourn.stack.simulation.Scenario.HostPart;
import net.sojourn.stack.simulation.Scenario.Kind;
import net.sojourn.stack.simulation.Scenario.Transfer;

/** Draws a scenario from a seed. */
final class Scenarios {

    private static final String[] CONGESTION = {"cubic", "newreno", "bbr"};
    private static final int MOST_HOSTS = 50;

    private Scenarios() {}

    static Scenario of(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        // Mostly few, since few fail as well and are quicker; now and then a crowd.
        int hosts = random.nextInt(25) == 0 ? 6 + random.nextInt(MOST_HOSTS - 5) : 2 + random.nextInt(4);
        List<HostPart> parts = new ArrayList<>();
        for (int i = 0; i < hosts; i++) {
            parts.add(host(random));
        }
        int transfers = hosts > 5 ? hosts : 1 + random.nextInt(4);
        int mostBytes = hosts > 5 ? 20_000 : 150_000;
        List<Transfer> all = new ArrayList<>();
        for (int i = 0; i < transfers; i++) {
            all.add(transfer(random, hosts, mostBytes));
        }
        List<Change> changes = new ArrayList<>();
        for (int i = random.nextInt(6) - 2; i > 0; i--) {
            changes.add(change(random, hosts));
        }
        return new Scenario(seed, false, parts, all, changes, List.of());
    }

    private static double often(SplittableRandom random, double most) {
        return random.nextBoolean() ? 0 : random.nextDouble(most);
    }

    private static HostPart host(SplittableRandom random) {
        boolean bursts = random.nextInt(4) == 0;
        return new HostPart(
                random.nextInt(3) == 0,
                random.nextInt(4) > 0,
                random.nextInt(4) > 0,
                random.nextInt(4) > 0,
                random.nextBoolean() ? 4 << 20 : 8192 + random.nextInt(60_000),
                CONGESTION[random.nextInt(CONGESTION.length)],
                100 + random.nextInt(40_000),
                random.nextInt(3) == 0 ? 0 : 1_000_000L + random.nextInt(50_000_000),
                8_000 + random.nextInt(200_000),
                often(random, 0.05),
                bursts ? random.nextDouble(0.01) : 0,
                bursts ? 0.1 + random.nextDouble(0.5) : 1,
                bursts ? 0.5 + random.nextDouble(0.5) : 0,
                often(random, 0.03),
                often(random, 0.01),
                often(random, 0.1),
                random.nextInt(30_000));
    }

    private static Transfer transfer(SplittableRandom random, int hosts, int mostBytes) {
        int client = random.nextInt(hosts);
        int server = (client + 1 + random.nextInt(hosts - 1)) % hosts;
        boolean pauses = random.nextInt(3) == 0;
        return new Transfer(
                client,
                server,
                random.nextInt(500_000),
                random.nextInt(mostBytes),
                random.nextInt(mostBytes),
                pauses ? random.nextInt(1_000_000) : 0,
                pauses ? random.nextInt(4_000_000) : 0);
    }

    private static Change change(SplittableRandom random, int hosts) {
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        long value =
                switch (kind) {
                    case MTU -> 1280 + random.nextInt(221);
                    case SILENCE -> random.nextInt(5_000_000);
                    case CUT -> random.nextInt(10_000_000);
                    case RATE -> 500_000 + random.nextInt(20_000_000);
                    case DELAY -> 100 + random.nextInt(100_000);
                };
        return new Change(random.nextInt(3_000_000), random.nextInt(hosts), kind, value);
    }
}
