package net.sojourn.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import net.sojourn.daemon.control.ControlClient;
import net.sojourn.daemon.control.RecordJson;
import net.sojourn.daemon.control.Reply;
import net.sojourn.daemon.control.Request;
import net.sojourn.daemon.control.TimelineEvent;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The commands that are one question to a daemon. */
final class DaemonRequests {

    private DaemonRequests() {}

    /** What each of them has. */
    private abstract static class Question implements Callable<Integer> {
        @Mixin
        ControlOptions options = new ControlOptions();

        @Spec
        CommandSpec spec = CommandSpec.create();

        PrintWriter out() {
            return spec.commandLine().getOut();
        }
    }

    /** {@code sojourn status}. */
    @Command(name = "status", description = "Shows how the daemon is.")
    static final class Status extends Question {
        @Override
        public Integer call() throws IOException {
            PrintWriter out = out();
            Reply.Status status = options.ask(new Request.Status(), Reply.Status.class, out);
            if (!options.json) {
                out.println("version      " + status.version() + ", process " + status.pid());
                out.println("up           " + status.uptimeMillis() / 1000 + " s");
                out.println("attachment   " + status.attachment() + " by " + status.tun());
                out.println("addresses    " + String.join(", ", status.addresses()));
                out.println("connections  " + status.connections() + " (" + status.migratable() + " migratable, "
                        + status.suspended() + " suspended), " + status.moves() + " moves");
                out.println("socks5       " + (status.socks5().isEmpty() ? "off" : status.socks5()));
                status.published().forEach(port -> out.println("published    " + port));
                out.println("dns          " + (status.dns().isEmpty() ? "no name configured" : status.dns()));
            }
            return 0;
        }
    }

    /** {@code sojourn connections}. */
    @Command(name = "connections", description = "Lists every connection of the stack.")
    static final class Connections extends Question {
        @Override
        public Integer call() throws IOException {
            PrintWriter out = out();
            Reply.Connections reply = options.ask(new Request.Connections(), Reply.Connections.class, out);
            if (!options.json) {
                Table table = new Table("ID", "LOCAL", "PEER", "STATE", "MIGRATE", "MOVES", "RTT ms", "IN", "OUT");
                for (Reply.Connection c : reply.connections()) {
                    String migrate = !c.migrate().isEmpty() ? c.migrate() : c.migratable() ? "yes" : "no";
                    String rtt = c.rttMicros() < 0 ? "-" : String.format("%.1f", c.rttMicros() / 1000.0);
                    table.row(
                            c.id(),
                            c.local(),
                            c.peer(),
                            c.state(),
                            migrate,
                            c.moves(),
                            rtt,
                            c.octetsReceived(),
                            c.octetsAcknowledged());
                }
                table.print(out);
            }
            return 0;
        }
    }

    /** {@code sojourn migrate}. */
    @Command(
            name = "migrate",
            description = "Moves connections to another address of this host.",
            footer = "Exit code 1 if a connection refused to move.")
    static final class Migrate extends Question {
        @Parameters(arity = "0..1", paramLabel = "CONNECTION", description = "Id, as 'sojourn connections' shows it.")
        Optional<Long> connection = Optional.empty();

        @Option(names = "--all", description = "Every connection that can move.")
        boolean all;

        @Option(names = "--to", paramLabel = "ADDRESS", description = "Default: what the kernel would choose.")
        Optional<String> to = Optional.empty();

        @Override
        public Integer call() throws IOException {
            if (all == connection.isPresent()) {
                throw new CommandLine.ParameterException(spec.commandLine(), "name one CONNECTION, or --all");
            }
            PrintWriter out = out();
            Reply.Migrated reply = options.ask(new Request.Migrate(connection, to), Reply.Migrated.class, out);
            if (!options.json) {
                Table table = new Table("ID", "TO", "OUTCOME");
                reply.outcomes().forEach(one -> table.row(one.connection(), one.to(), one.outcome()));
                table.print(out);
            }
            return reply.outcomes().stream().anyMatch(one -> one.outcome().equals("REFUSED")) ? 1 : 0;
        }
    }

    /** {@code sojourn events}. */
    @Command(name = "events", description = "Prints what happens, as it happens, until interrupted.")
    static final class Events extends Question {
        @Override
        public Integer call() throws IOException {
            PrintWriter out = out();
            try (ControlClient client = ControlClient.open(options.control)) {
                client.ask(new Request.Events());
                while (true) {
                    if (client.next() instanceof Reply.Event event) {
                        out.println(options.json ? RecordJson.line(event) : sentence(event.event()));
                        out.flush();
                    }
                }
            }
        }

        private static String sentence(TimelineEvent event) {
            String elapsed =
                    event.elapsedMicros() < 0 ? "" : String.format(" after %.1f ms", event.elapsedMicros() / 1000.0);
            return Instant.ofEpochMilli(event.epochMillis()) + " "
                    + event.kind().words()
                    + (event.connection() < 0 ? "" : " #" + event.connection()) + " " + event.subject() + elapsed
                    + (event.detail().isEmpty() ? "" : " (" + event.detail() + ")");
        }
    }
}
