package net.sojourn.migrate.raw;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import java.util.Random;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.leak.LeakCheck;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Genuine SYNs with octets turned, their checksums right: the machine answers or not, and nothing moves. */
@ExtendWith(LeakCheck.class)
class RawMutationTest {

    private static final IpAddress HERE = IpAddress.parse("198.51.100.1");
    private static final int ROUNDS = 20_000;

    @ParameterizedTest
    @EnumSource(Profile.class)
    void mutatedSynsMoveNothing(Profile profile) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (Bench bench = new Bench(MigrateSettings.classic().withProfile(profile), "198.51.100.1")) {
            RawPeer peer = RawPeer.connected(bench, profile, HERE);
            RawSegment offer = RawPeer.offering(bench, profile, HERE).offer();
            peer.moveAway("203.0.113.66", 6_666);
            RawSegment request = peer.migrateSynWithOptions(peer.sndNxt - 1, 1, 1_460);
            for (int i = 0; i < ROUNDS; i++) {
                RawSegment segment = mutated(i % 2 == 0 ? request : offer, random);
                try {
                    bench.arrives(segment);
                    bench.drain();
                } catch (RuntimeException | AssertionError e) {
                    throw new AssertionError(
                            "seed " + seed + ": " + HexFormat.of().formatHex(segment.packet()), e);
                }
            }
            assertEquals(0, bench.migration().moves(), "seed " + seed);
            bench.pass(100 * Bench.MILLI);
            bench.drain();
            peer.moveAway("192.0.2.7", 33_333);
            peer.assertStreamGoesOn("untouched");
        }
    }

    private static RawSegment mutated(RawSegment from, Random random) {
        byte[] options = from.options().clone();
        int seq = from.seq();
        int flags = from.flags();
        for (int left = random.nextInt(4); left > 0; left--) {
            int at = random.nextInt(options.length);
            switch (random.nextInt(8)) {
                case 0 -> seq += random.nextInt(2_000) - 1_000;
                case 1 -> flags ^= 1 << random.nextInt(8);
                case 2, 3 -> options[at] = (byte) random.nextInt();
                case 4 -> options[at] = (byte) (options[at] + random.nextInt(3) - 1);
                default -> options[at] ^= (byte) (1 << random.nextInt(8));
            }
        }
        return new RawSegment(
                from.source(),
                // Each offer is a new one: the backlog is bounded.
                from.sourcePort() == 6_666 ? 6_666 : 1_024 + random.nextInt(20_000),
                from.destination(),
                from.destinationPort(),
                seq,
                from.ack(),
                flags,
                from.window(),
                options,
                from.text());
    }
}
