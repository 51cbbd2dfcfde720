package net.sojourn.testbed.moves;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import net.sojourn.migrate.MigrateExtension;
import net.sojourn.migrate.MigrateKeys;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.migrate.Migration;
import net.sojourn.migrate.MigrationEvent;
import net.sojourn.migrate.MoveOutcome;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.loop.SecureRandomSource;
import net.sojourn.stack.socket.SojournServerSocket;
import net.sojourn.testbed.netns.Host;
import net.sojourn.tun.TunPort;
import net.sojourn.tun.TunSettings;

/** A stack that speaks Migrate, on the TUN device sj0 of a host of the testbed. It has one connection that counts, its first. */
final class MigratingHost {

    private final NetworkStack stack;
    private final MigrateExtension migrate;
    private final List<MigrationEvent> events = new CopyOnWriteArrayList<>();

    MigratingHost(Host host, Set<IpAddress> addresses, MigrateSettings settings, StackSettings tcp) throws IOException {
        TunPort port = host.call(() -> TunPort.open(TunSettings.named("sj0")));
        host.ip("link set sj0 txqueuelen 4096");
        SecureRandomSource random = new SecureRandomSource();
        migrate = new MigrateExtension(
                settings, MigrateKeys.onDemand(random), random, (migration, event, now) -> events.add(event));
        NetworkStack.Builder builder =
                NetworkStack.builder(port).extension(migrate).random(random).settings(tcp);
        addresses.forEach(address -> {
            builder.address(address);
            host.ip("route add " + address + " dev sj0");
        });
        stack = host.network().own(builder.start());
    }

    NetworkStack stack() {
        return stack;
    }

    MigrateExtension migrate() {
        return migrate;
    }

    SojournServerSocket listen(int port) throws IOException {
        SojournServerSocket listener = new SojournServerSocket(stack);
        listener.bind(new InetSocketAddress(port), 50);
        return listener;
    }

    ConnectionInfo connection() throws IOException {
        return stack.connections().get(0);
    }

    /** Of the one connection. */
    private interface Call<T> {
        T on(Migration migration, long nowNanos);
    }

    private <T> T call(Call<T> call) throws IOException {
        return stack.onLoop(now -> call.on(migrate.connections().iterator().next(), now));
    }

    boolean isMigratable() throws IOException {
        return call((migration, now) -> migration.isMigratable());
    }

    FourTuple tuple() throws IOException {
        return call((migration, now) -> migration.tuple());
    }

    int moves() throws IOException {
        return call((migration, now) -> migration.moves());
    }

    MoveOutcome move(IpAddress to) throws IOException {
        return call((migration, now) -> migration.move(to, now));
    }

    /** To places of both ends. */
    MoveOutcome move(IpAddress to, IpAddress peer) throws IOException {
        return call((migration, now) -> migration.move(
                migration
                        .tuple()
                        .withLocal(to, migration.tuple().localPort())
                        .withPeer(peer, migration.tuple().peerPort()),
                now));
    }

    /** The address is gone, as when a network is left. */
    void lose(IpAddress address) throws IOException {
        Set<IpAddress> left = new LinkedHashSet<>(stack.addresses());
        left.remove(address);
        stack.addresses(left);
        call((migration, now) -> {
            migration.localAddressLost(address, now);
            return migration;
        });
    }

    void gain(IpAddress address) throws IOException {
        Set<IpAddress> all = new LinkedHashSet<>(stack.addresses());
        all.add(address);
        stack.addresses(all);
    }

    <E extends MigrationEvent> List<E> events(Class<E> kind) {
        List<E> found = new ArrayList<>();
        events.stream().filter(kind::isInstance).map(kind::cast).forEach(found::add);
        return found;
    }

    @Override
    public String toString() {
        try {
            return stack.connections() + "\n" + events;
        } catch (IOException e) {
            return e + "\n" + events;
        }
    }
}
