package net.sojourn.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import net.sojourn.daemon.control.ControlClient;
import net.sojourn.daemon.control.RecordJson;
import net.sojourn.daemon.control.Reply;
import net.sojourn.daemon.control.Request;
import net.sojourn.daemon.control.TimelineEvent;
import net.sojourn.daemon.mobility.MoveRequests.RuleChange;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The commands that are one question to a daemon. */
final class DaemonRequests {

    private static final String PLACES = "An interface or an address of this host.";

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
                status.uplinks().forEach(uplink -> out.println("uplink       " + words(uplink)));
                out.println("migrate      " + status.suite()
                        + (status.rules() == 0 ? "" : ", " + status.rules() + " rules for connections"));
                out.println("connections  " + status.connections() + " (" + status.migratable() + " migratable, "
                        + status.suspended() + " suspended), " + status.moves() + " moves");
                out.println("socks5       " + (status.socks5().isEmpty() ? "off" : status.socks5()));
                status.published().forEach(port -> out.println("published    " + port));
                out.println("dns          " + (status.dns().isEmpty() ? "no name configured" : status.dns()));
            }
            return 0;
        }

        private static String words(Reply.Uplink uplink) {
            return uplink.address() + " on " + uplink.interfaceName() + ", " + uplink.kind()
                    + (uplink.metered() ? ", metered" : "") + ", metric " + uplink.metric()
                    + (uplink.never() ? ", never moved to" : "") + (uplink.best() ? ", the best" : "");
        }
    }

    /** {@code sojourn connections}. */
    @Command(
            name = "connections",
            description =
                    "Lists every connection of the stack, where it is, which rule holds, and why it is not elsewhere.",
            footer = "RULE is the name of a rule of the configuration, or 'by hand'. What is said by hand holds for one"
                    + " connection as long as it lives, or until 'release'.")
    static final class Connections extends Question {
        @Command(name = "pin", description = "Keeps a connection at one place; it waits while that is not there.")
        int pin(
                @Mixin ControlOptions options,
                @Parameters(paramLabel = "CONNECTION") long connection,
                @Parameters(paramLabel = "PLACE", description = PLACES) String place)
                throws IOException {
            return change(options, connection, RuleChange.PIN, List.of(place));
        }

        @Command(name = "unpin", description = "Lets a connection move again, whoever has pinned it.")
        int unpin(@Mixin ControlOptions options, @Parameters(paramLabel = "CONNECTION") long connection)
                throws IOException {
            return change(options, connection, RuleChange.UNPIN, List.of());
        }

        @Command(name = "prefer", description = "Places that are better for a connection than all others, best first.")
        int prefer(
                @Mixin ControlOptions options,
                @Parameters(paramLabel = "CONNECTION") long connection,
                @Parameters(paramLabel = "PLACE", arity = "1..*", description = PLACES) List<String> places)
                throws IOException {
            return change(options, connection, RuleChange.PREFER, places);
        }

        @Command(name = "avoid", description = "Interfaces that a connection is never moved to.")
        int avoid(
                @Mixin ControlOptions options,
                @Parameters(paramLabel = "CONNECTION") long connection,
                @Parameters(paramLabel = "INTERFACE", arity = "1..*") List<String> interfaces)
                throws IOException {
            return change(options, connection, RuleChange.AVOID, interfaces);
        }

        @Command(name = "release", description = "Takes back what was said by hand: the configuration holds again.")
        int release(@Mixin ControlOptions options, @Parameters(paramLabel = "CONNECTION") long connection)
                throws IOException {
            return change(options, connection, RuleChange.RELEASE, List.of());
        }

        private int change(ControlOptions said, long connection, RuleChange change, List<String> places)
                throws IOException {
            PrintWriter out = out();
            Reply.Connections reply =
                    said.ask(new Request.ChangeRule(connection, change, places), Reply.Connections.class, out);
            if (!said.json) {
                print(reply, out);
            }
            return 0;
        }

        @Override
        public Integer call() throws IOException {
            PrintWriter out = out();
            Reply.Connections reply = options.ask(new Request.Connections(), Reply.Connections.class, out);
            if (!options.json) {
                print(reply, out);
            }
            return 0;
        }

        private static void print(Reply.Connections reply, PrintWriter out) {
            Table table = new Table(
                    "ID", "LOCAL", "PEER", "STATE", "MIGRATE", "MOVES", "RTT ms", "IN", "OUT", "ON", "RULE", "WHY");
            for (Reply.Connection c : reply.connections()) {
                String migrate = !c.migrate().isEmpty() ? c.migrate() : c.migratable() ? "yes" : "no";
                String rtt = c.rttMicros() < 0 ? "-" : String.format("%.1f", c.rttMicros() / 1000.0);
                table.row(
                        c.id(),
                        c.local(),
                        c.peer() + (c.peerName().isEmpty() ? "" : " " + c.peerName()),
                        c.state(),
                        migrate,
                        c.moves(),
                        rtt,
                        c.octetsReceived(),
                        c.octetsAcknowledged(),
                        c.interfaceName().isEmpty() ? "-" : c.interfaceName(),
                        c.rule().isEmpty() ? "-" : c.rule(),
                        c.words());
            }
            table.print(out);
        }
    }

    /** {@code sojourn migrate}. */
    @Command(
            name = "migrate",
            description = "Moves connections to another address of this host.",
            footer = "With --to the connections prefer that place from now on; without, they follow the general order"
                    + " again. Exit code 1 if a connection refused to move.")
    static final class Migrate extends Question {
        @Parameters(arity = "0..1", paramLabel = "CONNECTION", description = "Id, as 'sojourn connections' shows it.")
        Optional<Long> connection = Optional.empty();

        @Option(names = "--all", description = "Every connection that can move.")
        boolean all;

        @Option(names = "--to", paramLabel = "PLACE", description = PLACES + " Default: what the policy finds best.")
        Optional<String> to = Optional.empty();

        @Override
        public Integer call() throws IOException {
            if (all == connection.isPresent()) {
                throw new CommandLine.ParameterException(spec.commandLine(), "name one CONNECTION, or --all");
            }
            PrintWriter out = out();
            Reply.Migrated reply = options.ask(new Request.Migrate(connection, to), Reply.Migrated.class, out);
            if (!options.json) {
                Table table = new Table("ID", "TO", "OUTCOME", "WHY");
                reply.outcomes().forEach(one -> table.row(one.connection(), one.to(), one.outcome(), one.why()));
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
