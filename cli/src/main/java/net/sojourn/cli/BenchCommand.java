package net.sojourn.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import net.sojourn.benchmarks.Bench;
import net.sojourn.benchmarks.Bench.Effort;
import net.sojourn.benchmarks.Bench.Measure;
import net.sojourn.benchmarks.Mobility;
import net.sojourn.benchmarks.MovesBench;
import net.sojourn.benchmarks.Throughput;
import net.sojourn.benchmarks.micro.SegmentBenchmark;
import net.sojourn.benchmarks.micro.TagBenchmark;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sojourn bench}. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures Sojourn beside lwIP, gVisor netstack and kernel TCP, in namespaces of this machine, and"
                + " writes a report with drawings. Root.")
final class BenchCommand implements Callable<Integer> {

    @Option(names = "--quick", description = "One short round, a few minutes.")
    private boolean quick;

    @Option(names = "--full", description = "Five rounds, 100,000 idle connections.")
    private boolean full;

    @Option(names = "--only", paramLabel = "MEASURE", description = "Just these: ${COMPLETION-CANDIDATES}.")
    private Set<Measure> only = Set.of();

    @Option(names = "--rounds", paramLabel = "N", description = "Default: 3; 1 with --quick, 5 with --full.")
    private @Nullable Integer rounds;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            defaultValue = "bench-report",
            description = "Where the report goes; default: ${DEFAULT-VALUE}.")
    private Path out = Path.of("bench-report");

    @Option(names = "--no-offload", description = "All devices without virtio-net header: every packet as on a wire.")
    private boolean noOffload;

    @Override
    public Integer call() throws IOException {
        Effort effort = quick ? Effort.QUICK : full ? Effort.FULL : Effort.USUAL;
        effort = only.isEmpty() ? effort : effort.only(only);
        effort = rounds == null ? effort : effort.withRounds(rounds);
        Bench.run(noOffload ? effort.withoutOffload() : effort, out);
        return 0;
    }

    @Command(
            name = "moves",
            mixinStandardHelpOptions = true,
            description = "How soon text flows again after a move: Sojourn beside MPTCP, QUIC and an application"
                    + " that reconnects; how soon 10,000 connections have moved; what a move takes from a download.")
    int moves(
            @Option(names = "--only", paramLabel = "PEER", description = "Just these: ${COMPLETION-CANDIDATES}.")
                    @Nullable
                    Set<Mobility> only,
            @Option(names = "--part", paramLabel = "PART", description = "Just these: ${COMPLETION-CANDIDATES}.")
                    @Nullable
                    Set<MovesBench.Part> parts,
            @Option(
                            names = "--rtt",
                            paramLabel = "MS",
                            split = ",",
                            defaultValue = "20,60,200",
                            description = "Round-trip times; default: 20,60,200.")
                    List<Integer> rttMillis,
            @Option(names = "--rounds", paramLabel = "N", defaultValue = "3", description = "Default: 3.") int rounds,
            @Option(
                            names = "--out",
                            paramLabel = "FOLDER",
                            defaultValue = "bench-report",
                            description = "Where the report goes; default: bench-report.")
                    Path folder)
            throws IOException {
        Set<MovesBench.Part> all =
                only == null ? EnumSet.allOf(MovesBench.Part.class) : EnumSet.of(MovesBench.Part.SILENCE);
        MovesBench.run(parts == null ? all : parts, only == null ? Set.of() : only, rttMillis, rounds, folder);
        return 0;
    }

    @Command(
            name = "throughput",
            mixinStandardHelpOptions = true,
            description = "Bulk text over one connection, Sojourn against kernel TCP behind the same TUN, as a ratio.")
    int throughput(
            @Option(names = "--rounds", paramLabel = "N", defaultValue = "3", description = "Default: 3.") int rounds,
            @Option(
                            names = "--seconds",
                            paramLabel = "S",
                            defaultValue = "4",
                            description = "For each figure; default: 4.")
                    double seconds,
            @Option(names = "--output", paramLabel = "FILE", description = "Writes the table there, too.")
                    Optional<Path> output)
            throws IOException {
        List<String> arguments = new ArrayList<>(List.of("--rounds", "" + rounds, "--seconds", "" + seconds));
        output.ifPresent(file -> arguments.addAll(List.of("--output", file.toString())));
        Throughput.main(arguments.toArray(String[]::new));
        return 0;
    }

    @Command(
            name = "segments",
            mixinStandardHelpOptions = true,
            description = "What sending, receiving and acknowledging a segment costs and allocates, by JMH. No root.")
    int segments() throws RunnerException {
        SegmentBenchmark.main(new String[0]);
        return 0;
    }

    @Command(
            name = "tags",
            mixinStandardHelpOptions = true,
            description = "Whether the time of comparing a tag tells how much of it was right, by JMH. No root.")
    int tags() throws RunnerException {
        TagBenchmark.main(new String[0]);
        return 0;
    }
}
