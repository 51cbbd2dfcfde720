package net.sojourn.benchmarks.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sending, receiving and acknowledging allocate nothing on the heap once they have run for a while. */
class AllocationTest {

    private static final int WARM_UP = 3_000;
    private static final int ROUNDS = 3_000;
    /** The JVM itself may still compile, and a timer's heap grow once. */
    private static final long MOST_BYTES_IN_ALL = ROUNDS;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @CsvSource({"true,1", "true,1448", "true,65536", "false,1", "false,1448", "false,65536"})
    void steadyStateAllocatesNothing(boolean offload, int textBytes) {
        TwoMachines machines = new TwoMachines(offload);
        byte[] text = new byte[textBytes];
        for (int i = 0; i < WARM_UP; i++) {
            machines.transfer(text);
        }
        long before = THREADS.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < ROUNDS; i++) {
            machines.transfer(text);
        }
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        assertEquals((long) (WARM_UP + ROUNDS) * textBytes, machines.transferredBytes());
        assertTrue(allocated < MOST_BYTES_IN_ALL, allocated + " octets for " + ROUNDS + " writes");
    }
}
