package net.sojourn.testbed.dns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.sojourn.testbed.TestbedException;
import org.jspecify.annotations.Nullable;

/**
 * A real {@code named} with one zone, made anew in a folder of its own. The SOA minimum is 0 and secondaries are notified
 * at once. {@link #stop} and {@link #restart} keep the zone; {@link #close} removes everything. One thread at a time.
 */
public final class BindServer implements AutoCloseable {

    private static final Duration READY_WITHIN = Duration.ofSeconds(15);
    private static final Duration ENDS_WITHIN = Duration.ofSeconds(5);

    private final Settings settings;
    private final Path folder;
    private final int port;
    private final List<Path> sig0Keys;
    private Optional<Process> process = Optional.empty();

    /**
     * What to run.
     *
     * @param zone without the final dot
     * @param address where it listens
     * @param port 0 takes a free one of this process's namespace
     * @param namespace name for {@code ip netns exec}; empty: where this process is
     * @param chroot a folder made by {@code testbed/bind920.sh}; empty: the machine's own named
     * @param tsigKeys may change A, AAAA and TXT of every name in the zone
     * @param sig0Hosts host label to algorithm pairs such as {@code laptop=ED25519}; each gets a key pair and may change itself
     */
    public record Settings(
            String zone,
            InetAddress address,
            int port,
            Optional<String> namespace,
            Optional<Path> chroot,
            List<ServerKey> tsigKeys,
            List<String> sig0Hosts) {

        public Settings {
            tsigKeys = List.copyOf(tsigKeys);
            sig0Hosts = List.copyOf(sig0Hosts);
        }

        /** The machine's own named at 127.0.0.1 with a free port and one TSIG key. */
        public static Settings onLoopback(String zone, ServerKey key) {
            return new Settings(
                    zone,
                    InetAddress.getLoopbackAddress(),
                    0,
                    Optional.empty(),
                    Optional.empty(),
                    List.of(key),
                    List.of());
        }
    }

    private BindServer(Settings settings, Path folder, int port, List<Path> sig0Keys) {
        this.settings = settings;
        this.folder = folder;
        this.port = port;
        this.sig0Keys = sig0Keys;
    }

    /**
     * Returns when it answers.
     *
     * @throws TestbedException with what named printed, if it does not within 15 s
     */
    public static BindServer start(Settings settings) {
        Path folder = null;
        try {
            Path parent = settings.chroot().map(root -> root.resolve("tmp")).orElse(Path.of("/tmp"));
            folder = Files.createTempDirectory(
                    parent,
                    "sj-bind-",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            int port = settings.port() == 0 ? freePort(settings.address()) : settings.port();
            List<Path> keys = new ArrayList<>();
            for (String host : settings.sig0Hosts()) {
                keys.add(makeSig0Key(settings, folder, host));
            }
            BindServer server = new BindServer(settings, folder, port, keys);
            server.writeFiles();
            server.restart();
            return server;
        } catch (IOException e) {
            remove(folder);
            throw new TestbedException("cannot prepare named: " + e.getMessage(), e);
        } catch (TestbedException e) {
            remove(folder);
            throw e;
        }
    }

    /** Where it listens, by UDP and TCP. */
    public InetSocketAddress address() {
        return new InetSocketAddress(settings.address(), port);
    }

    /** The {@code .private} files of {@link Settings#sig0Hosts}, in order. */
    public List<Path> sig0Keys() {
        return sig0Keys;
    }

    /** What named has printed so far. */
    public String log() {
        try {
            return Files.readString(folder.resolve("named.log"));
        } catch (IOException e) {
            return "";
        }
    }

    /** Starts it again with the zone as it was left. */
    public void restart() {
        stop();
        List<String> command = new ArrayList<>();
        settings.namespace().ifPresent(name -> command.addAll(List.of("ip", "netns", "exec", name)));
        settings.chroot().ifPresent(root -> command.addAll(List.of("chroot", root.toString())));
        command.addAll(List.of("/usr/sbin/named", "-g", "-n", "1", "-c", inside(folder.resolve("named.conf"))));
        try {
            process = Optional.of(new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            folder.resolve("named.log").toFile()))
                    .start());
        } catch (IOException e) {
            throw new TestbedException("cannot run named: " + e.getMessage() + ". Install the package bind9.", e);
        }
        awaitReady();
    }

    /** Ends it; what it has acknowledged is in its journal. */
    public void stop() {
        process.ifPresent(running -> {
            running.destroy();
            try {
                if (!running.waitFor(ENDS_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
                    running.destroyForcibly().waitFor();
                }
            } catch (InterruptedException e) {
                running.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        });
        process = Optional.empty();
    }

    @Override
    public void close() {
        stop();
        remove(folder);
    }

    private void awaitReady() {
        long deadlineNanos = System.nanoTime() + READY_WITHIN.toNanos();
        while (System.nanoTime() < deadlineNanos
                && process.isPresent()
                && process.get().isAlive()) {
            String log = log();
            // The log goes on over a restart; only the last start counts.
            if (log.substring(Math.max(0, log.lastIndexOf("starting BIND"))).contains(" running\n")) {
                return;
            }
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new TestbedException("interrupted while waiting for named", e);
            }
        }
        String printed = log();
        stop();
        throw new TestbedException("named did not begin to serve; it printed: " + printed.strip());
    }

    private void writeFiles() throws IOException {
        StringBuilder zone = new StringBuilder("$ORIGIN " + settings.zone() + ".\n$TTL 3600\n"
                + "@ SOA ns hostmaster 1 3600 600 604800 0\n@ NS ns\nns "
                + (settings.address().getAddress().length == 4 ? "A " : "AAAA ")
                + settings.address().getHostAddress() + "\n");
        for (Path key : sig0Keys) {
            Files.readAllLines(key.resolveSibling(key.getFileName().toString().replace(".private", ".key"))).stream()
                    .filter(line -> !line.startsWith(";"))
                    .forEach(line -> zone.append(line).append('\n'));
        }
        Files.writeString(folder.resolve("zone"), zone);
        Files.writeString(folder.resolve("named.conf"), configuration());
    }

    private String configuration() {
        StringBuilder text = new StringBuilder();
        StringBuilder grants = new StringBuilder();
        for (ServerKey key : settings.tsigKeys()) {
            text.append(key.clause());
            grants.append("    grant ").append(key.name()).append(" zonesub A AAAA TXT;\n");
        }
        for (String host : settings.sig0Hosts()) {
            String name = host.substring(0, host.indexOf('=')) + "." + settings.zone() + ".";
            grants.append("    grant " + name + " subdomain " + name + " A AAAA TXT;\n");
        }
        boolean four = settings.address().getAddress().length == 4;
        String listening = " port " + port + " { " + settings.address().getHostAddress() + "; };\n";
        String here = inside(folder);
        return text + "options {\n  directory \"" + here + "\"; pid-file none; session-keyfile \"" + here
                + "/session.key\";\n  lock-file none;\n"
                + (four
                        ? "  listen-on" + listening + "  listen-on-v6 { none; };\n"
                        : "  listen-on { none; };\n  listen-on-v6" + listening)
                + "  recursion no; dnssec-validation no; notify-delay 0; empty-zones-enable no;\n};\ncontrols { };\n"
                + "zone \"" + settings.zone() + "\" {\n  type primary; file \"zone\";\n  update-policy {\n" + grants
                + "  };\n};\n";
    }

    /** A path as named sees it. */
    private String inside(Path path) {
        return settings.chroot().map(root -> "/" + root.relativize(path)).orElse(path.toString());
    }

    private static Path makeSig0Key(Settings settings, Path folder, String hostAndAlgorithm) throws IOException {
        int equals = hostAndAlgorithm.indexOf('=');
        String name = hostAndAlgorithm.substring(0, equals) + "." + settings.zone();
        Process keygen = new ProcessBuilder(
                        "dnssec-keygen",
                        "-q",
                        "-T",
                        "KEY",
                        "-n",
                        "HOST",
                        "-a",
                        hostAndAlgorithm.substring(equals + 1),
                        name)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String printed = new String(keygen.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (keygen.onExit().join().exitValue() != 0) {
            throw new TestbedException("dnssec-keygen failed: " + printed.strip());
        }
        return folder.resolve(printed.strip() + ".private");
    }

    /** Free for UDP and TCP alike. */
    private static int freePort(InetAddress address) throws IOException {
        try (ServerSocket tcp = new ServerSocket(0, 1, address);
                DatagramSocket udp = new DatagramSocket(new InetSocketAddress(address, tcp.getLocalPort()))) {
            return udp.getLocalPort();
        }
    }

    private static void remove(@Nullable Path folder) {
        if (folder == null) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
