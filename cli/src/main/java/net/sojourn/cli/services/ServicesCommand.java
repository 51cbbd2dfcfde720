package net.sojourn.cli.services;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.sojourn.migrate.MigrateExtension;
import net.sojourn.migrate.MigrateKeys;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.migrate.MigrationListener;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.loop.SecureRandomSource;
import net.sojourn.stack.spi.RandomSource;
import net.sojourn.tun.TunSettings;
import net.sojourn.tun.attach.RoutedAttachment;
import net.sojourn.tun.attach.RoutedSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sojourn services}. */
@Command(
        name = "services",
        mixinStandardHelpOptions = true,
        description =
                "Runs TCP services on a stack of its own behind a TUN device, for test suites. Needs CAP_NET_ADMIN.",
        footerHeading = "%nServices, and the variable that gives each another port:%n",
        footer = {
            "  echo    7007  SOJOURN_ECHO     gives back what it gets, closes after the peer",
            "  discard 9009  SOJOURN_DISCARD  reads and forgets",
            "  source  1919  SOJOURN_SOURCE   octets i mod 251 without end",
            "  bye     1313  SOJOURN_BYE      writes \"bye\\r\\n\" and closes without reading",
            "  stall   1414  SOJOURN_STALL    reads nothing for 4 s, then discards",
            "  dial    1515  SOJOURN_DIAL     reads \"ADDRESS PORT\", connects there, answers OK or ERR, echoes there"
        })
public final class ServicesCommand implements Callable<Integer> {

    private static final int KEY_POOL_CAPACITY = 64;

    @Option(
            names = "--tun",
            required = true,
            paramLabel = "NAME",
            description = "TUN device: an existing one, or a new one that ends with this command.")
    String tun = "";

    @Option(names = "--address", required = true, paramLabel = "A", description = "The stack's IPv4 address.")
    String address = "";

    @Option(names = "--address6", paramLabel = "B", description = "The stack's IPv6 address.")
    Optional<String> address6 = Optional.empty();

    @Option(
            names = "--migrate",
            defaultValue = "off",
            paramLabel = "off|classic|m2",
            description = "Which Migrate suite is spoken (default: ${DEFAULT-VALUE}).")
    String migrate = "off";

    @Option(
            names = "--profile",
            defaultValue = "exid",
            paramLabel = "exid|paper",
            description = "Kinds of the Migrate options (default: ${DEFAULT-VALUE}).")
    String profile = "exid";

    @Option(
            names = "--offload",
            defaultValue = "true",
            paramLabel = "true|false",
            description = "Exchange segments above the MTU and unfinished checksums with the kernel (default: true).")
    boolean offload = true;

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<IpAddress> addresses = address6.map(six -> List.of(IpAddress.parse(address), IpAddress.parse(six)))
                .orElseGet(() -> List.of(IpAddress.parse(address)));
        ServicePorts ports = ServicePorts.of(System.getenv());
        Optional<MigrateSettings> speaks = migrateSettings();
        RoutedAttachment attachment =
                RoutedAttachment.open(RoutedSettings.of(TunSettings.named(tun).offload(offload), addresses));
        NetworkStack.Builder builder = NetworkStack.builder(attachment.port());
        addresses.forEach(builder::address);
        ExecutorService keyMakers = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "sojourn-keys");
            thread.setDaemon(true);
            return thread;
        });
        RandomSource random = new SecureRandomSource();
        builder.random(random);
        speaks.ifPresent(settings -> builder.extension(new MigrateExtension(
                settings, MigrateKeys.pooled(random, keyMakers, KEY_POOL_CAPACITY), random, MigrationListener.NONE)));
        CountDownLatch stopped = new CountDownLatch(1);
        try (attachment;
                ServiceHost host = ServiceHost.start(builder.start(), ports.byPort())) {
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(
                            () -> {
                                host.close();
                                attachment.close();
                            },
                            "sojourn-stop"));
            PrintWriter out = spec.commandLine().getOut();
            out.println(
                    "sojourn services: ready on " + tun + " at " + addresses + ": " + ports + "; migrate " + migrate);
            out.flush();
            stopped.await();
        }
        return 0;
    }

    private Optional<MigrateSettings> migrateSettings() {
        Profile kinds =
                switch (profile) {
                    case "exid" -> Profile.EXID;
                    case "paper" -> Profile.PAPER;
                    default ->
                        throw new IllegalArgumentException(
                                "--profile " + profile + " is unknown; choose exid or paper");
                };
        return switch (migrate) {
            case "off" -> Optional.empty();
            case "classic" -> Optional.of(MigrateSettings.classic().withProfile(kinds));
            case "m2" -> Optional.of(MigrateSettings.defaults().withProfile(kinds));
            default ->
                throw new IllegalArgumentException("--migrate " + migrate + " is unknown; choose off, classic or m2");
        };
    }
}
