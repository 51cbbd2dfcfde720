package net.sojourn.testbed.dns;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A real BIND 9.20, which Debian 12 does not have: {@code testbed/bind920.sh} unpacks it once into a folder below {@code
 * SOJOURN_BIND920_CACHE}. Needs root and the package debootstrap.
 */
public final class Bind920 {

    private static final long MINUTES = 10;

    private Bind920() {}

    /**
     * The folder, made now if it is not there.
     *
     * @throws IOException with the script's own words
     */
    public static Path folder() throws IOException, InterruptedException {
        Path output = Files.createTempFile("sj-bind920", ".out");
        try {
            Process process = new ProcessBuilder(List.of("bash", script().toString()))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
            if (!ended) {
                process.destroyForcibly();
            }
            String said = Files.readString(output, StandardCharsets.UTF_8).trim();
            if (!ended || process.exitValue() != 0) {
                throw new IOException(
                        "no BIND 9.20: " + (ended ? said : "bind920.sh took over " + MINUTES + " minutes"));
            }
            return Path.of(said);
        } finally {
            Files.deleteIfExists(output);
        }
    }

    /** Beside the module's pom.xml; found from there and from the project's root. */
    private static Path script() throws IOException {
        for (Path candidate : List.of(Path.of("bind920.sh"), Path.of("testbed", "bind920.sh"))) {
            if (Files.isRegularFile(candidate)) {
                return candidate.toAbsolutePath();
            }
        }
        throw new IOException("bind920.sh is not here: run from the project's root or from testbed/");
    }
}
