package net.sojourn.stack.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.simulation.Scenario.Change;
import net.sojourn.stack.simulation.Scenario.HostPart;
import net.sojourn.stack.simulation.Scenario.Misfortune;
import net.sojourn.stack.simulation.Scenario.Transfer;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.World;
import net.sojourn.stack.world.WorldApplication;
import net.sojourn.stack.world.WorldHost;

/**
 * Runs a scenario and holds it against what TCP promises: every octet once and in order both ways, both ends see the end, and
 * in the end no connection, timer or packet is left.
 *
 * @param failure what went wrong, if anything did
 * @param befell what befell packets, by chance or as written
 */
record ScenarioRun(Optional<String> failure, List<Misfortune> befell) {

    private static final long MICRO = 1000;
    private static final long SECOND = 1_000_000_000L;
    private static final int FIRST_PORT = 1000;
    /** No network of {@link Scenarios} is so bad that this is not enough. */
    private static final long LONGEST_NANOS = 4000 * SECOND;

    private static final long LONG_AFTER_NANOS = 4000 * SECOND;

    static ScenarioRun of(Scenario scenario) {
        return of(scenario, false);
    }

    /** @param traced whether a failure shows the last packets; it costs much time */
    static ScenarioRun of(Scenario scenario, boolean traced) {
        List<Misfortune> befell = new ArrayList<>();
        try (World world =
                World.seed(scenario.seed()).link(LinkSettings.delay(0)).traced(traced)) {
            Star star = new Star(world, scenario);
            try {
                run(world, star, scenario);
            } finally {
                befell.addAll(scenario.fixed() ? scenario.misfortunes() : star.befell());
            }
            return new ScenarioRun(Optional.empty(), befell);
        } catch (AssertionError | RuntimeException e) {
            return new ScenarioRun(Optional.of(e.toString()), befell);
        }
    }

    /** The packets of a run, the last few thousand. */
    static List<String> trace(Scenario scenario) {
        try (World world = World.seed(scenario.seed()).link(LinkSettings.delay(0))) {
            run(world, new Star(world, scenario), scenario);
            return world.trace();
        }
    }

    private record Ends(Transfer transfer, WorldApplication server, WorldApplication[] client) {

        boolean isDone() {
            return client[0] != null && client[0].sawEndOfStream() && server.sawEndOfStream();
        }

        void check() {
            client[0].assertStreamIntact();
            server.assertStreamIntact();
            if (client[0].received() != transfer.downBytes() || server.received() != transfer.upBytes()) {
                throw new AssertionError("octets that arrived: " + client[0].received() + " and " + server.received()
                        + " of " + transfer);
            }
        }
    }

    private static void run(World world, Star star, Scenario scenario) {
        List<WorldHost> hosts = new ArrayList<>();
        for (int i = 0; i < scenario.hosts().size(); i++) {
            HostPart part = scenario.hosts().get(i);
            WorldHost host = world.host("h" + i, addresses(i)[0], settings(part));
            host.addresses(IpAddress.parse(addresses(i)[0]), IpAddress.parse(addresses(i)[1]));
            star.attach(host);
            hosts.add(host);
        }
        world.network(star);
        for (Change change : scenario.changes()) {
            world.after(change.atMicros() * MICRO, () -> star.change(change));
        }
        List<Ends> all = new ArrayList<>();
        for (int i = 0; i < scenario.transfers().size(); i++) {
            all.add(begin(world, scenario, hosts, i));
        }
        world.runUntil(() -> all.stream().allMatch(Ends::isDone), LONGEST_NANOS);
        all.forEach(Ends::check);
        world.run(LONG_AFTER_NANOS);
        world.assertNothingPending();
    }

    private static Ends begin(World world, Scenario scenario, List<WorldHost> hosts, int i) {
        Transfer transfer = scenario.transfers().get(i);
        WorldHost server = hosts.get(transfer.server());
        WorldApplication serving = server.accept(FIRST_PORT + i).sendThenClose(transfer.downBytes());
        Ends ends = new Ends(transfer, serving, new WorldApplication[1]);
        boolean ipv6 = scenario.hosts().get(transfer.client()).ipv6()
                && scenario.hosts().get(transfer.server()).ipv6();
        IpAddress to = IpAddress.parse(addresses(transfer.server())[ipv6 ? 1 : 0]);
        IpAddress from = IpAddress.parse(addresses(transfer.client())[ipv6 ? 1 : 0]);
        world.after(
                transfer.atMicros() * MICRO,
                () -> ends.client()[0] = hosts.get(transfer.client())
                        .connectFrom(from, to, FIRST_PORT + i)
                        .sendThenClose(transfer.upBytes()));
        if (transfer.pauseForMicros() > 0) {
            long stop = (transfer.atMicros() + transfer.pauseMicros()) * MICRO;
            world.after(stop, () -> reading(serving, false));
            world.after(stop + transfer.pauseForMicros() * MICRO, () -> reading(serving, true));
        }
        return ends;
    }

    private static void reading(WorldApplication server, boolean on) {
        if (server.isAttached()) {
            server.reading(on);
        }
    }

    private static String[] addresses(int host) {
        return new String[] {"10.0.0." + (host + 1), "2001:db8::" + Integer.toHexString(host + 1)};
    }

    private static StackSettings settings(HostPart part) {
        return StackSettings.defaults().toBuilder()
                .sack(part.sack())
                .timestamps(part.timestamps())
                .windowScaling(part.scaling())
                .receiveBufferBytes(part.receiveBytes())
                .congestionControl(StackSettings.congestionControlNamed(part.congestion()))
                // Patience beyond any bad luck, so that giving up is a failure.
                .maxRetransmissions(40)
                .maxSynRetransmissions(40)
                .build();
    }
}
