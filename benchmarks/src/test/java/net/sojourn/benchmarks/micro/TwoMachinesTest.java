package net.sojourn.benchmarks.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** That {@link CrowdBenchmark} lets the stack do the same for each octet, however many connections there are. */
class TwoMachinesTest {

    private static final int FEWEST = 10;

    @Test
    void anOctetIsAcknowledgedBeforeItsConnectionIsUsedAgain() {
        TwoMachines machines = new TwoMachines(true, FEWEST);
        byte[] octet = new byte[1];
        for (int i = 0; i < 2 * CrowdBenchmark.USED_BEFORE * FEWEST; i++) {
            assertTrue(machines.isAcknowledged(i % FEWEST), "before octet " + i);
            machines.transfer(i % FEWEST, octet);
            if (i >= CrowdBenchmark.USED_BEFORE * FEWEST) {
                assertFalse(machines.isAcknowledged(i % FEWEST), "octet " + i + " has an ACK of its own");
            }
            machines.pass(CrowdBenchmark.BETWEEN_SEGMENTS_NANOS);
        }
        assertEquals(2 * CrowdBenchmark.USED_BEFORE, machines.transferredBytes(FEWEST - 1));
    }
}
