package net.sojourn.cli;

import java.util.List;
import net.sojourn.cli.demo.DemoCommand;
import net.sojourn.cli.services.ServicesCommand;

/** Every subcommand of {@code sojourn}, in the order of its help. A new one is a line here. */
final class Subcommands {

    private Subcommands() {}

    static List<Object> all() {
        return List.of(
                new DaemonCommand(),
                new DaemonRequests.Status(),
                new DaemonRequests.Connections(),
                new DaemonRequests.Migrate(),
                new DnsCommand(),
                new DaemonRequests.Events(),
                new ServicesCommand(),
                new DemoCommand(),
                new BenchCommand());
    }
}
