package net.sojourn.testbed.peers;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Compiles programs beside Sojourn that are not Java, where they run. The Go compiler's cache stays, so that only the first
 * build takes long; processes that build at the same time wait for each other.
 */
public final class PeerBuild {

    /** To be installed for all of them. */
    public static final String PACKAGES = "gcc libc6-dev liblwip-dev golang-go golang-gvisor-gvisor-dev";

    static final String LWIP = "lwip-services";
    static final String GVISOR = "gvisor-services";

    private static final Path HOME = Path.of("/var/cache/sojourn/peers");
    private static final long MINUTES = 10;

    private PeerBuild() {}

    static Path lwip() throws IOException {
        return c(PeerBuild.class, "lwip.c", LWIP, "-I/usr/include/lwip", "-llwip", "-lpthread");
    }

    static Path gvisor() throws IOException {
        Path folder = HOME.resolve("gvisor");
        write(PeerBuild.class, "gvisor/main.go", folder.resolve("main.go"));
        run(folder, List.of("go", "build", "-o", outputOf(GVISOR).toString(), "."));
        return outputOf(GVISOR);
    }

    /**
     * Compiles a C program.
     *
     * @param owner of the package in whose folder {@code peers} the source is, as a resource
     * @param output the program's name
     * @param flags for the compiler, libraries among them
     */
    public static Path c(Class<?> owner, String source, String output, String... flags) throws IOException {
        Path written = HOME.resolve(source);
        write(owner, source, written);
        List<String> command =
                new ArrayList<>(List.of("gcc", "-O2", "-o", outputOf(output).toString(), written.toString()));
        command.addAll(List.of(flags));
        run(HOME, command);
        return outputOf(output);
    }

    /** Where a program of that name is, once built. */
    public static Path outputOf(String name) {
        return HOME.resolve(name);
    }

    private static void write(Class<?> owner, String source, Path target) throws IOException {
        try (InputStream in = owner.getResourceAsStream("peers/" + source)) {
            if (in == null) {
                throw new IOException("the source of " + source + " is not in the program");
            }
            byte[] octets = in.readAllBytes();
            Path folder = target.getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Files.write(target, octets);
        }
    }

    private static void run(Path folder, List<String> command) throws IOException {
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
        try (FileChannel file =
                        FileChannel.open(HOME.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = file.lock()) {
            assert lock.isValid();
            Process process = builder.start();
            if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IOException(command.get(0) + " ran for more than " + MINUTES + " minutes");
            }
            if (process.exitValue() != 0) {
                throw new IOException(String.join("; ", Files.readAllLines(log)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + command.get(0) + " ran", e);
        } catch (IOException e) {
            throw new IOException(e.getMessage() + " (needed: " + PACKAGES + ")", e);
        }
    }
}
