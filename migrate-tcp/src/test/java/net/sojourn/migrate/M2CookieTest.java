package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.FloodLimits;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.world.LinkSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that were opened by a SYN cookie (RFC 4987 3.6) can move: the initiator says again that it speaks M2. */
@ExtendWith(LeakCheck.class)
class M2CookieTest {

    private static final int CAPABLE = 2;

    private static MovingWorld world(long seed, MigrateSettings settings) {
        StackSettings stack = StackSettings.defaults().toBuilder()
                .floodLimits(FloodLimits.defaults().withHalfOpen(0, 0))
                .build();
        return new MovingWorld(seed, LinkSettings.delay(20 * MILLI), settings, stack);
    }

    private static void movesBothWays(MovingWorld w) {
        assertEquals(1, w.fixed.host.machine().counters().of(Counter.SYN_COOKIES_ACCEPTED));
        assertEquals(Suite.M2, w.fixed.migration().suite());
        assertEquals(Suite.M2, w.mobile.migration().suite());
        w.moves(w.mobile, "10.2.0.1");
        w.world.run(2 * SECOND);
        assertEquals(IpAddress.parse("10.2.0.1"), w.fixed.migration().tuple().peerAddress());
        w.moves(w.fixed, "10.8.0.1");
        w.world.run(2 * SECOND);
        assertEquals(IpAddress.parse("10.8.0.1"), w.mobile.migration().tuple().peerAddress());
        w.mobile.application.sendThenClose(5_000);
        w.fixed.application.sendThenClose(5_000);
        w.finish(5_000, 60 * SECOND);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void connectionOfACookieMoves(boolean early) {
        try (MovingWorld w =
                world(51, MigrateSettings.defaults().withEarly(early)).established()) {
            movesBothWays(w);
        }
    }

    /** The third segment is lost: what comes next says the same. */
    @Test
    void capabilityIsRepeatedUntilTheAcceptorIsHeard() {
        int[] seen = new int[2];
        try (MovingWorld w = world(52, MigrateSettings.defaults())) {
            w.world.fate((from, packet) -> {
                boolean third = from == w.mobile.host && (Packets.flags(packet) & 2) == 0;
                if (third) {
                    seen[1] += Packets.optionAt(packet, CAPABLE) >= 0 ? 1 : 0;
                    return seen[0]++ == 0 ? 0 : 1;
                }
                return 1;
            });
            w.mobile.application.send(100);
            w.established();
            assertTrue(seen[1] >= 2 && seen[1] < seen[0], seen[1] + " of " + seen[0] + " segments said so");
            w.world.fate((from, packet) -> 1);
            w.fixed.application.send(100);
            w.world.run(SECOND);
            assertEquals(Suite.M2, w.fixed.migration().suite());
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(2 * SECOND);
            assertEquals(
                    IpAddress.parse("10.2.0.1"), w.fixed.migration().tuple().peerAddress());
            w.mobile.application.sendThenClose(4_900);
            w.fixed.application.sendThenClose(4_900);
            w.finish(5_000, 60 * SECOND);
        }
    }

    /** Classic needs what was forgotten: plain TCP, and both ends know. */
    @Test
    void classicIsPlainTcp() {
        try (MovingWorld w = world(53, MigrateSettings.classic()).established()) {
            assertEquals(Suite.OFF, w.mobile.migration().suite());
            assertEquals(Suite.OFF, w.fixed.migration().suite());
            w.mobile.application.sendThenClose(5_000);
            w.fixed.application.sendThenClose(5_000);
            w.finish(5_000, 60 * SECOND);
        }
    }

    /** A host that wants Migrate of every connection does not let one in by a cookie without it. */
    @Test
    void requiredMigrateIsRequiredOfCookiesToo() {
        try (MovingWorld w = world(54, MigrateSettings.classic().withRequire(true))) {
            w.world.run(5 * SECOND);
            assertTrue(w.mobile.application.isEnded());
            assertTrue(w.fixed.extension.connections().isEmpty());
        }
    }
}
