package net.sojourn.cli;

import java.io.IOException;
import java.io.PrintWriter;
import net.sojourn.daemon.control.Reply;
import net.sojourn.daemon.control.Request;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sojourn dns}. */
@Command(name = "dns", mixinStandardHelpOptions = true, description = "Shows or repeats the name's update.")
final class DnsCommand {

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Command(name = "show", description = "Shows what the name server was told.")
    int show(@Mixin ControlOptions options) throws IOException {
        return print(options, new Request.DnsShow());
    }

    @Command(name = "push", description = "Tells the name server again.")
    int push(@Mixin ControlOptions options) throws IOException {
        return print(options, new Request.DnsPush());
    }

    private int print(ControlOptions options, Request request) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Reply.Dns dns = options.ask(request, Reply.Dns.class, out);
        if (!options.json) {
            dns.lines().forEach(out::println);
            if (!dns.configured()) {
                out.println("no name configured; set dns.names in the daemon's configuration");
            }
        }
        return 0;
    }
}
