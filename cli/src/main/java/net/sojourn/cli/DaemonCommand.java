package net.sojourn.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import net.sojourn.daemon.Daemon;
import net.sojourn.daemon.HostParts;
import net.sojourn.daemon.config.ConfigException;
import net.sojourn.daemon.config.ConfigFile;
import net.sojourn.daemon.config.ConfigKey;
import net.sojourn.daemon.config.DaemonSettings;
import net.sojourn.stack.TcpConnection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sojourn daemon}. */
@Command(
        name = "daemon",
        mixinStandardHelpOptions = true,
        description = "Runs the daemon, or checks its configuration.")
final class DaemonCommand {

    private static final int WRONG_CONFIGURATION = 2;

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Command(
            name = "run",
            mixinStandardHelpOptions = true,
            description = "Runs until SIGTERM or Ctrl-C. Needs CAP_NET_ADMIN and CAP_NET_RAW.")
    int run(@Option(names = "--config", required = true, paramLabel = "FILE", description = "TOML.") Path config)
            throws IOException, InterruptedException {
        DaemonSettings settings;
        try {
            settings = ConfigFile.read(config);
        } catch (ConfigException e) {
            return wrong(e);
        }
        // The root logger's level is read when the first logger is made, which is behind this line.
        System.setProperty("sojourn.log.level", settings.logLevel());
        CountDownLatch stopped = new CountDownLatch(1);
        try (HostParts parts = HostParts.here();
                Daemon daemon = Daemon.start(settings, parts)) {
            Runtime.getRuntime().addShutdownHook(new Thread(daemon::close, "sojourn-stop"));
            // Of a program that lived in the daemon's process: nobody is here to go on with them.
            daemon.stack().thawed().forEach(TcpConnection::abort);
            spec.commandLine().getErr().println("sojourn: running; control socket " + settings.controlSocket());
            stopped.await();
        }
        return 0;
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = "Says everything that is wrong with a file.")
    int check(@Option(names = "--config", required = true, paramLabel = "FILE", description = "TOML.") Path config)
            throws IOException {
        try {
            DaemonSettings settings = ConfigFile.read(config);
            spec.commandLine()
                    .getOut()
                    .println(config + ": good; attachment "
                            + settings.attachment().mode().word() + ", "
                            + settings.published().size() + " published ports");
            return 0;
        } catch (ConfigException e) {
            return wrong(e);
        }
    }

    @Command(name = "sample", mixinStandardHelpOptions = true, description = "Prints a configuration with every key.")
    int sample() {
        spec.commandLine().getOut().print(ConfigKey.sample());
        spec.commandLine().getOut().flush();
        return 0;
    }

    private int wrong(ConfigException e) {
        spec.commandLine().getErr().println(e.getMessage());
        return WRONG_CONFIGURATION;
    }
}
