package net.sojourn.cli;

import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code sojourn} command. */
@Command(
        name = "sojourn",
        mixinStandardHelpOptions = true,
        versionProvider = Sojourn.VersionText.class,
        description = "TCP connections that survive a change of network.",
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:it failed; standard error says why", "2:wrong arguments or configuration"})
public final class Sojourn {

    /** Exit codes are in the help. */
    public static void main(String... arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Sojourn());
        Subcommands.all().forEach(line::addSubcommand);
        line.setExecutionExceptionHandler((failure, command, parsed) -> {
            if (failure instanceof IOException || failure instanceof IllegalArgumentException) {
                command.getErr().println("sojourn: " + failure.getMessage());
                return 1;
            }
            throw failure;
        });
        return line;
    }

    /** For {@code --version}. */
    static final class VersionText implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"sojourn " + net.sojourn.daemon.Daemon.version()};
        }
    }
}
