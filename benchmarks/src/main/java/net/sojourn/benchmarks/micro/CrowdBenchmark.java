package net.sojourn.benchmarks.micro;

import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Does a segment cost the same however many connections there are? An octet on the next connection and its acknowledgement,
 * which the delayed ACK's timer sends: both ends' whole cost without a kernel, so twice what one stack has to do.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
public class CrowdBenchmark {

    /** Even with the fewest connections the delayed ACK, after 40 ms, comes before the connection is used again. */
    static final long BETWEEN_SEGMENTS_NANOS = 5_000_000;

    /** So often each connection is used before: the first octets of a connection are acknowledged at once. */
    static final int USED_BEFORE = 20;

    @Param({"10", "1000", "10000", "100000"})
    public int connections;

    private @Nullable TwoMachines machines;
    private final byte[] text = new byte[1];
    private int[] order = {};
    private int next;

    /** In an order that no cache foresees. */
    @Setup
    public void connect() {
        machines = new TwoMachines(true, connections);
        order = shuffled(connections);
        for (int i = 0; i < USED_BEFORE * connections; i++) {
            segment();
        }
    }

    @Benchmark
    public void segment() {
        TwoMachines two = Objects.requireNonNull(machines);
        two.transfer(order[next], text);
        two.pass(BETWEEN_SEGMENTS_NANOS);
        next = next + 1 == order.length ? 0 : next + 1;
    }

    private static int[] shuffled(int count) {
        int[] order = new int[count];
        SplittableRandom random = new SplittableRandom(count);
        for (int i = 0; i < count; i++) {
            int place = random.nextInt(i + 1);
            order[i] = order[place];
            order[place] = i;
        }
        return order;
    }
}
