package net.sojourn.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The programs beside Sojourn that are not Java, built from sources of our own and Debian's packages when a bench begins:
 * the driver, the TUN's ceiling, lwIP and gVisor's netstack. The Go compiler's cache stays, so that a second bench begins
 * soon.
 */
final class Peers {

    /** To be installed for all of them. */
    static final String PACKAGES = "gcc libc6-dev liblwip-dev golang-go golang-gvisor-gvisor-dev";

    private static final Path HOME = Path.of("/var/cache/sojourn/bench");
    private static final long MINUTES = 10;
    private static final List<String> SOURCES = List.of("driver.c", "ceiling.c", "lwip.c", "gvisor/main.go");

    private final Set<Contender> built = EnumSet.of(Contender.SOJOURN, Contender.KERNEL);
    private final List<String> failures = new ArrayList<>();

    private Peers() {}

    /**
     * Builds what the packages of this machine allow.
     *
     * @throws IOException if not even the driver can be built
     */
    static Peers build() throws IOException {
        Peers peers = new Peers();
        Files.createDirectories(HOME.resolve("gvisor"));
        for (String source : SOURCES) {
            try (InputStream in = Peers.class.getResourceAsStream("/net/sojourn/benchmarks/peers/" + source)) {
                if (in == null) {
                    throw new IOException("the source of " + source + " is not in the program");
                }
                Files.write(HOME.resolve(source), in.readAllBytes());
            }
        }
        compile(HOME, "gcc", "-O2", "-o", driver(), "driver.c");
        compile(HOME, "gcc", "-O2", "-o", ceiling(), "ceiling.c");
        peers.attempt(
                Contender.LWIP,
                HOME,
                "gcc",
                "-O2",
                "-I/usr/include/lwip",
                "-o",
                program(Contender.LWIP),
                "lwip.c",
                "-llwip",
                "-lpthread");
        peers.attempt(Contender.GVISOR, HOME.resolve("gvisor"), "go", "build", "-o", program(Contender.GVISOR), ".");
        return peers;
    }

    static String driver() {
        return HOME.resolve("driver").toString();
    }

    static String ceiling() {
        return HOME.resolve("ceiling").toString();
    }

    /** Of lwIP or gVisor. */
    static String program(Contender contender) {
        return HOME.resolve(contender == Contender.LWIP ? "lwip-services" : "gvisor-services")
                .toString();
    }

    /** Whether it can be measured on this machine. */
    boolean has(Contender contender) {
        return built.contains(contender);
    }

    /** Which could not be built, and why. */
    List<String> failures() {
        return List.copyOf(failures);
    }

    private void attempt(Contender contender, Path folder, String... command) {
        try {
            compile(folder, command);
            built.add(contender);
        } catch (IOException e) {
            failures.add(contender.title + " could not be built: " + e.getMessage());
        }
    }

    private static void compile(Path folder, String... command) throws IOException {
        Path log = HOME.resolve("build.log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment()
                .putAll(Map.of(
                        "GOPATH", "/usr/share/gocode",
                        "GO111MODULE", "off",
                        "GOFLAGS", "",
                        "GOCACHE", HOME.resolve("go").toString()));
        try {
            Process process = builder.start();
            if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IOException(command[0] + " ran for more than " + MINUTES + " minutes");
            }
            if (process.exitValue() != 0) {
                throw new IOException(String.join("; ", Files.readAllLines(log)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + command[0] + " ran", e);
        } catch (IOException e) {
            throw new IOException(e.getMessage() + " (needed: " + PACKAGES + ")", e);
        }
    }
}
