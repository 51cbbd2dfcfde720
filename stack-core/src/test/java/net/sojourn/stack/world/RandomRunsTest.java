package net.sojourn.stack.world;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two hosts and a bad network, everything drawn from the seed: every octet once and in order, and nothing left. */
class RandomRunsTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    static long[] seeds() {
        long[] seeds = new long[200];
        for (int i = 0; i < seeds.length; i++) {
            seeds[i] = 1000L + i;
        }
        return seeds;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyOctetOnceAndInOrder(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        LinkSettings link = LinkSettings.delay(MILLI + random.nextLong(80 * MILLI))
                .jitter(random.nextLong(20 * MILLI))
                .loss(random.nextDouble(0.06))
                .duplication(random.nextDouble(0.04))
                .corruption(random.nextDouble(0.02));
        boolean v6 = random.nextInt(4) == 0;
        String left = v6 ? "2001:db8::1" : "10.0.0.1";
        String right = v6 ? "2001:db8::2" : "10.0.0.2";
        try (World world = World.seed(seed).link(link)) {
            WorldHost a = world.host("a", left, settings(random));
            WorldHost b = world.host("b", right, settings(random));
            WorldApplication server = b.accept(80);
            WorldApplication client = a.connect(IpAddress.parse(right), 80);
            long upBytes = random.nextLong(80_000);
            long downBytes = random.nextLong(200_000);
            client.sendThenClose(upBytes);
            server.sendThenClose(downBytes);
            world.after(random.nextLong(SECOND), () -> reading(server, false));
            world.after(SECOND + random.nextLong(3 * SECOND), () -> reading(server, true));
            world.runUntil(() -> client.sawEndOfStream() && server.sawEndOfStream(), 1200 * SECOND);
            client.assertStreamIntact();
            server.assertStreamIntact();
            assertEquals(downBytes, client.received(), "seed " + seed);
            assertEquals(upBytes, server.received(), "seed " + seed);
            world.run(1000 * SECOND);
            assertTrue(client.isEnded() && server.isEnded(), "seed " + seed);
            world.assertNothingPending();
        }
    }

    private static void reading(WorldApplication server, boolean on) {
        if (server.isAttached()) {
            server.reading(on);
        }
    }

    private static StackSettings settings(SplittableRandom random) {
        return StackSettings.defaults().toBuilder()
                .sack(random.nextInt(3) > 0)
                .timestamps(random.nextInt(3) > 0)
                .windowScaling(random.nextInt(3) > 0)
                .receiveBufferBytes(random.nextBoolean() ? 4 << 20 : 8192 + random.nextInt(60_000))
                .congestionControl(StackSettings.congestionControlNamed(random.nextBoolean() ? "cubic" : "newreno"))
                .build();
    }
}
