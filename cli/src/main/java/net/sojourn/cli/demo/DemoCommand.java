package net.sojourn.cli.demo;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sojourn demo}. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = "Copies a file with curl while the laptop changes networks, in namespaces of this machine. Root.",
        footer = "Exit code 0 only if every octet arrived, every move succeeded and every name followed.")
public final class DemoCommand implements Callable<Integer> {

    @Option(
            names = "--dns",
            defaultValue = "embedded",
            paramLabel = "embedded|bind",
            description = "Who serves the zone (default: ${DEFAULT-VALUE}).")
    String dns = "embedded";

    @Option(
            names = "--megabytes",
            defaultValue = "200",
            paramLabel = "N",
            description = "Size of the copy (default: ${DEFAULT-VALUE}).")
    int megabytes = 200;

    @Option(
            names = "--pcap",
            defaultValue = "sojourn-demo",
            paramLabel = "FOLDER",
            description = "Where each host's packets are written (default: ${DEFAULT-VALUE}).")
    Path captures = Path.of("sojourn-demo");

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        NameService.Kind names =
                switch (dns) {
                    case "embedded" -> NameService.Kind.EMBEDDED;
                    case "bind" -> NameService.Kind.BIND;
                    default ->
                        throw new IllegalArgumentException("--dns " + dns + " is unknown; choose embedded or bind");
                };
        PrintWriter out = spec.commandLine().getOut();
        DemoSettings settings = new DemoSettings(names, megabytes * 1_000_000L, captures.toAbsolutePath());
        DemoReport report = Demo.run(settings, new Screen(out, System.console() != null));
        out.println();
        report.lines().forEach(out::println);
        out.println(report.allTrue() ? "All of it is true." : "NOT all of it is true.");
        out.flush();
        return report.allTrue() ? 0 : 1;
    }
}
