package net.sojourn.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.sojourn.benchmarks.Throughput;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sojourn bench}. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures, side by side with the kernel, in namespaces of this machine. Root.")
final class BenchCommand {

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
}
