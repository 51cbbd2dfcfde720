package net.sojourn.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import net.sojourn.daemon.Daemon;
import net.sojourn.daemon.HostParts;
import net.sojourn.daemon.config.ConfigException;
import net.sojourn.daemon.config.ConfigFile;
import net.sojourn.daemon.config.ConfigKey;
import net.sojourn.daemon.config.DaemonSettings;
import net.sojourn.daemon.control.ControlClient;
import net.sojourn.daemon.control.Reply;
import net.sojourn.daemon.control.Request;
import net.sojourn.stack.TcpConnection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
    private static final long UPGRADE_PATIENCE_NANOS = 60_000_000_000L;
    private static final long UPGRADE_LOOK_MILLIS = 100;

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
            daemon.thawed().forEach(TcpConnection::abort);
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

    @Command(
            name = "upgrade",
            description = "Replaces the running program by the one on the disk; connections live on.",
            footer = "The process keeps its number. Nothing happens if the new program would not start.")
    int upgrade(@Mixin ControlOptions options) throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        long pid =
                options.ask(new Request.Upgrade(), Reply.Upgrading.class, out).pid();
        long startNanos = System.nanoTime();
        while (System.nanoTime() - startNanos < UPGRADE_PATIENCE_NANOS) {
            Thread.sleep(UPGRADE_LOOK_MILLIS);
            try (ControlClient client = ControlClient.open(options.control)) {
                if (client.ask(new Request.Status()) instanceof Reply.Status status
                        && status.uptimeMillis() * 1_000_000 < System.nanoTime() - startNanos) {
                    if (!options.json) {
                        out.println("upgraded     version " + status.version() + ", process " + pid + ", "
                                + status.connections() + " connections");
                    }
                    return 0;
                }
            } catch (IOException notYet) {
                // The new program is on its way.
            }
        }
        throw new IOException("process " + pid + " has not come back; its log says why");
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
