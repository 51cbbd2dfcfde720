package net.sojourn.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import net.sojourn.benchmarks.Arena.Place;
import net.sojourn.testbed.peers.PeerProgram.Service;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a segment costs is asked in the same way of few connections and of many, and of every contender. */
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class CrowdIT {

    /** On each of few connections, more than netstack's receive buffer would hold of single octets that nobody reads. */
    private static final int OCTETS = 60_000;

    private static final int FEW = 10;
    private static final int MANY = 1_000;

    @BeforeAll
    static void build() throws IOException {
        Peers.build();
    }

    @ParameterizedTest
    @EnumSource(Contender.class)
    void anOctetThereAndBackTakesTheSamePacketsHoweverManyConnectionsThereAre(Contender contender) {
        try (Arena arena = new Arena(contender, Place.onTheLoop(true, 0))) {
            assertEquals(2, packetsForAnOctet(arena, FEW), 0.02);
            assertEquals(2, packetsForAnOctet(arena, MANY), 0.02);
        }
    }

    private static double packetsForAnOctet(Arena arena, int connections) {
        try (Arena.Crowd crowd = arena.new Crowd(Service.ECHO, connections)) {
            long before = arena.packetsToStack();
            double[] micros = crowd.segmentMicros(OCTETS);
            assertTrue(
                    micros[0] > 0 && micros[1] > 0 && micros[1] <= micros[0], micros[0] + " and " + micros[1] + " µs");
            return (double) (arena.packetsToStack() - before) / OCTETS;
        }
    }
}
