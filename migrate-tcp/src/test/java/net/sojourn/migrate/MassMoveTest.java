package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.tcp.Application;
import net.sojourn.stack.tcp.Listener;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.World;
import net.sojourn.stack.world.WorldApplication;
import net.sojourn.stack.world.WorldHost;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One address goes, and thousands of connections go with it. */
class MassMoveTest {

    private static final int CONNECTIONS = 5_000;
    private static final int AT_ONCE = 200;
    private static final IpAddress SERVER = IpAddress.parse("10.9.0.1");

    /** None is given up, refused or asked twice for: all have text flowing after one round trip, as one has. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void allMoveInTheTimeOfOne(boolean breakFirst) {
        World world = World.seed(1).link(LinkSettings.delay(25 * MILLI)).traced(false);
        WorldHost mobile = world.host("mobile", "10.1.0.1", StackSettings.defaults());
        WorldHost fixed = world.host("fixed", SERVER.toString(), StackSettings.defaults());
        MigrateExtension moving = extend(mobile);
        MigrateExtension followed = extend(fixed);
        fixed.machine().tcp().listen(new Listener(null, 80, () -> false, tcb -> new Idle()));
        List<WorldApplication> applications = new ArrayList<>();
        while (applications.size() < CONNECTIONS) {
            applications.add(mobile.connect(SERVER, 80));
            if (applications.size() % AT_ONCE == 0) {
                world.run(60 * MILLI);
            }
        }
        world.run(SECOND);
        assertEquals(CONNECTIONS, migratable(moving));
        assertEquals(CONNECTIONS, migratable(followed));

        IpAddress there = IpAddress.parse("10.2.0.1");
        long nowNanos = mobile.nowNanos();
        if (breakFirst) {
            mobile.addresses(there);
            moving.connections().forEach(migration -> migration.localAddressLost(nowNanos));
        } else {
            mobile.addresses(mobile.address(), there);
        }
        moving.connections().forEach(migration -> migration.move(there, nowNanos));
        applications.forEach(application -> application.send(1));
        world.run(80 * MILLI);

        assertEquals(CONNECTIONS, followed.count(MigrateCounter.PATHS_SWITCHED));
        assertEquals(CONNECTIONS, moving.count(MigrateCounter.MIGRATE_SYNS_SENT));
        assertEquals(0, moving.count(MigrateCounter.GIVEN_UP_FOR_ROOM));
        assertEquals(0, followed.count(MigrateCounter.HANDSHAKES_REFUSED));
        assertEquals(
                CONNECTIONS,
                fixed.machine().tcp().connections().stream()
                        .mapToLong(tcb -> tcb.receiveBuffer().end())
                        .sum());
        world.close();
    }

    private static MigrateExtension extend(WorldHost host) {
        MigrateExtension extension = new MigrateExtension(
                MigrateSettings.defaults(), MigrateKeys.onDemand(host.random()), host.random(), MigrationListener.NONE);
        host.extend(extension);
        return extension;
    }

    /** Its text stays where it is. */
    private static final class Idle implements Application {

        @Override
        public void established() {}

        @Override
        public void readable() {}

        @Override
        public void writable() {}

        @Override
        public void ended(ConnectionFailure failure) {}
    }

    private static long migratable(MigrateExtension extension) {
        return extension.connections().stream().filter(Migration::isMigratable).count();
    }
}
