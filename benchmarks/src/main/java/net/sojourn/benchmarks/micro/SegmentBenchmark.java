package net.sojourn.benchmarks.micro;

import java.util.Objects;
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
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * What does it cost to send text, to receive it, and to send and receive its acknowledgement; and what does that allocate?
 * The answer to the second question shall be nothing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class SegmentBenchmark {

    /** Whether ports carry 64 KiB at once and complete checksums, or every segment is made and checked here. */
    @Param({"true", "false"})
    public boolean offload;

    /** Octets of one write. */
    @Param({"1", "1448", "65536"})
    public int textBytes;

    private @Nullable TwoMachines machines;
    private byte[] text = {};

    @Setup
    public void connect() {
        machines = new TwoMachines(offload, 1);
        text = new byte[textBytes];
    }

    @Benchmark
    public void sendReceiveAcknowledge() {
        Objects.requireNonNull(machines).transfer(0, text);
    }

    /** Runs it and {@link CrowdBenchmark} with the profiler that counts allocated octets. */
    public static void main(String[] arguments) throws RunnerException {
        new Runner(new OptionsBuilder()
                        .include(SegmentBenchmark.class.getName())
                        .include(CrowdBenchmark.class.getName())
                        .addProfiler(GCProfiler.class)
                        .build())
                .run();
    }
}
