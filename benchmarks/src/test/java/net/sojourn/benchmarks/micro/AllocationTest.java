package net.sojourn.benchmarks.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sending, receiving and acknowledging allocate nothing on the heap once they have run for a while. */
class AllocationTest {

    private static final int WARM_UP = 3_000;
    private static final int WINDOWS = 6;
    private static final int WRITES = 1_000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @CsvSource({"true,1", "true,1448", "true,65536", "false,1", "false,1448", "false,65536"})
    void steadyStateAllocatesNothing(boolean offload, int textBytes) {
        TwoMachines machines = new TwoMachines(offload, 1);
        byte[] text = new byte[textBytes];
        for (int i = 0; i < WARM_UP; i++) {
            machines.transfer(0, text);
        }
        // Something that lasts may still grow in one window or another; what a segment costs is in all of them.
        long least = Long.MAX_VALUE;
        for (int window = 0; window < WINDOWS; window++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < WRITES; i++) {
                machines.transfer(0, text);
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals((long) (WARM_UP + WINDOWS * WRITES) * textBytes, machines.transferredBytes(0));
        assertEquals(0, least, "octets for " + WRITES + " writes");
    }
}
