package net.sojourn.stack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.world.World;
import net.sojourn.stack.world.WorldHost;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 6056 3.3.1: a port is found as long as one is free. */
class EphemeralPortTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void everyPortIsGivenOutOnce(long seed) {
        StackSettings settings = StackSettings.defaults();
        int all = settings.lastEphemeralPort() - settings.firstEphemeralPort() + 1;
        IpAddress peer = IpAddress.parse("10.9.0.1");
        try (World world = World.seed(seed).traced(false)) {
            WorldHost host = world.host("host", "10.1.0.1", settings);
            Set<Integer> ports = new HashSet<>();
            for (int i = 0; i < all; i++) {
                int port = host.machine().tcp().ephemeralPort(host.address(), peer, 80);
                assertTrue(port > 0 && ports.add(port), "seed " + seed + ", connection " + i + ": " + port);
                host.connectFrom(port, peer, 80);
            }
            assertEquals(-1, host.machine().tcp().ephemeralPort(host.address(), peer, 80));
            assertEquals(-1, host.machine().tcp().unusedPort());
        }
    }
}
