package net.sojourn.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import net.sojourn.migrate.MigrateExtension;
import net.sojourn.migrate.MigrateKeys;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.migrate.Migration;
import net.sojourn.migrate.MigrationListener;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.loop.SecureRandomSource;
import net.sojourn.testbed.link.LinkSettings;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.TestNetwork;
import net.sojourn.tun.TunPort;
import net.sojourn.tun.TunSettings;

/**
 * Two stacks with Migrate in this process, each behind the TUN device of a host of its own, and one emulated link, in another
 * process, that both of the laptop's addresses use:
 *
 * <pre>
 * laptop sj0 -- up0 ==(link)== up0 -- sj0 server
 * </pre>
 */
final class MoveBed implements AutoCloseable {

    static final IpAddress SERVER = IpAddress.parse("10.50.0.10");
    static final int PORT = 7000;

    private static final IpAddress FIRST = IpAddress.parse("10.1.0.2");
    private static final IpAddress SECOND = IpAddress.parse("10.2.0.2");

    /** As many packets as a device of a large host would hold: what is lost here is lost before any link. */
    private static final int DEVICE_QUEUE_PACKETS = 20_000;

    private static final int KEYS_READY = 256;
    private static final int MOVES_A_TASK = 100;

    private final TestNetwork network = TestNetwork.create();
    private IpAddress at = FIRST;
    private final End laptop;
    private final End server;

    private record End(NetworkStack stack, MigrateExtension migrate) {}

    MoveBed(LinkSettings link) throws IOException {
        try {
            Host laptopHost = network.host("laptop").forwarding();
            Host serverHost = network.host("server").forwarding();
            network.linkInProcess(laptopHost, "up0", serverHost, "up0", link, link, 1);
            laptopHost.ip("link set up0 txqueuelen " + DEVICE_QUEUE_PACKETS, "route add 10.50.0.0/16 dev up0");
            serverHost.ip("link set up0 txqueuelen " + DEVICE_QUEUE_PACKETS, "route add 10.0.0.0/14 dev up0");
            laptop = end(laptopHost, List.of(FIRST, SECOND));
            server = end(serverHost, List.of(SERVER));
            laptop.stack().addresses(Set.of(FIRST));
        } catch (IOException | RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private End end(Host host, List<IpAddress> addresses) throws IOException {
        TunPort port = host.call(() -> TunPort.open(TunSettings.named("sj0")));
        host.ip("link set sj0 txqueuelen " + DEVICE_QUEUE_PACKETS);
        SecureRandomSource random = new SecureRandomSource();
        MigrateExtension migrate = new MigrateExtension(
                MigrateSettings.defaults(),
                MigrateKeys.pooled(random, ForkJoinPool.commonPool(), KEYS_READY),
                random,
                MigrationListener.NONE);
        NetworkStack.Builder builder = NetworkStack.builder(port)
                .extension(migrate)
                .random(random)
                .settings(StackSettings.defaults().toBuilder()
                        .firstEphemeralPort(20_000)
                        .lastEphemeralPort(60_000)
                        .build());
        addresses.forEach(address -> {
            builder.address(address);
            host.ip("route add " + address + " dev sj0");
        });
        return new End(network.own(builder.start()), migrate);
    }

    NetworkStack laptop() {
        return laptop.stack();
    }

    NetworkStack server() {
        return server.stack();
    }

    /** Of the laptop's connections, by what both ends agreed. */
    int migratable() throws IOException {
        int there = server.stack().onLoop(now -> migratable(server.migrate()));
        return Math.min(there, laptop.stack().onLoop(now -> migratable(laptop.migrate())));
    }

    private static int migratable(MigrateExtension migrate) {
        return (int)
                migrate.connections().stream().filter(Migration::isMigratable).count();
    }

    /** The laptop's address goes, its other comes at once, and all its connections move there. */
    void move() throws IOException {
        IpAddress lost = at;
        IpAddress fresh = lost.equals(FIRST) ? SECOND : FIRST;
        at = fresh;
        laptop.stack().addresses(Set.of(fresh));
        List<Migration> all = laptop.stack().onLoop(now -> {
            List<Migration> here = List.copyOf(laptop.migrate().connections());
            here.forEach(migration -> migration.localAddressLost(lost, now));
            return here;
        });
        // In between the loop reads the answers to the first.
        for (int from = 0; from < all.size(); from += MOVES_A_TASK) {
            List<Migration> some = all.subList(from, Math.min(all.size(), from + MOVES_A_TASK));
            laptop.stack().onLoop(now -> {
                some.forEach(migration -> migration.move(fresh, now));
                return now;
            });
        }
    }

    @Override
    public void close() {
        network.close();
    }
}
