package net.sojourn.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import net.sojourn.daemon.control.ControlClient;
import net.sojourn.daemon.control.RecordJson;
import net.sojourn.daemon.control.Reply;
import net.sojourn.daemon.control.Request;
import picocli.CommandLine.Option;

/** Options of every command that asks a daemon. */
final class ControlOptions {

    @Option(
            names = "--control",
            paramLabel = "PATH",
            defaultValue = ControlClient.USUAL_SOCKET,
            description = "The daemon's control socket (default: ${DEFAULT-VALUE}).")
    Path control = Path.of(ControlClient.USUAL_SOCKET);

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    /** Asks; with {@code --json} prints the answer as well. */
    <T extends Reply> T ask(Request request, Class<T> expected, PrintWriter out) throws IOException {
        try (ControlClient client = ControlClient.open(control)) {
            Reply reply = client.ask(request);
            if (json) {
                out.println(RecordJson.line((Record) reply));
            }
            return expected.cast(reply);
        }
    }
}
