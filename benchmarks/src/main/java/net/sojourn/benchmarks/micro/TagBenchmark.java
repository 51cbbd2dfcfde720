package net.sojourn.benchmarks.micro;

import java.util.concurrent.TimeUnit;
import net.sojourn.migrate.crypto.Tags;
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
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Does the time that a comparison of tags takes tell how many octets of a guess were right? It shall not. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(2)
public class TagBenchmark {

    /** How many octets of the guess are right, from the first on. */
    @Param({"0", "1", "8", "15", "16"})
    public int rightOctets;

    private final byte[] expected = new byte[16];
    private final byte[] received = new byte[16];

    @Setup
    public void guess() {
        for (int i = 0; i < expected.length; i++) {
            expected[i] = (byte) (17 * i);
            received[i] = (byte) (i < rightOctets ? expected[i] : ~expected[i]);
        }
    }

    @Benchmark
    public boolean compare() {
        return Tags.equal(expected, received);
    }

    public static void main(String[] arguments) throws RunnerException {
        new Runner(new OptionsBuilder().include(TagBenchmark.class.getName()).build()).run();
    }
}
