package net.sojourn.tun;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import net.sojourn.tun.host.NetworkNamespace;

/**
 * A network namespace for one test: {@code sj-tun-PID-TICKS-N}, by process and its start, so that the next run knows what
 * a killed one left and removes it. Needs root and {@code ip}; without them {@link #create} fails and says so.
 */
public final class TunNamespace implements AutoCloseable {

    private static final Path DIRECTORY = Path.of("/run/netns");
    private static final String PREFIX = "sj-tun-";
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final String name;

    private TunNamespace(String name) {
        this.name = name;
    }

    public static TunNamespace create() throws IOException {
        removeLeftovers();
        long pid = ProcessHandle.current().pid();
        TunNamespace namespace = new TunNamespace(PREFIX + pid + "-" + startTicks(pid) + "-" + COUNT.incrementAndGet());
        run("ip", "netns", "add", namespace.name);
        namespace.ip("link set lo up");
        // The packets that a test sees are its own.
        namespace.inside(
                "sh",
                "-c",
                "echo 1 > /proc/sys/net/ipv6/conf/default/addr_gen_mode;"
                        + " echo 0 > /proc/sys/net/ipv6/conf/default/router_solicitations;"
                        + " echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad");
        return namespace;
    }

    private static void removeLeftovers() throws IOException {
        if (!Files.isDirectory(DIRECTORY)) {
            return;
        }
        List<String> found;
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            found = files.map(file -> file.getFileName().toString())
                    .filter(n -> n.startsWith(PREFIX))
                    .toList();
        }
        for (String leftover : found) {
            String[] parts = leftover.substring(PREFIX.length()).split("-", -1);
            if (parts.length == 3 && !startTicks(Long.parseLong(parts[0])).equals(parts[1])) {
                run("ip", "netns", "del", leftover);
            }
        }
    }

    /** Field 22 of proc_pid_stat(5); empty if there is no such process. */
    private static String startTicks(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[22 - 3];
        } catch (IOException e) {
            return "";
        }
    }

    public String name() {
        return name;
    }

    public <T> T call(Callable<T> task) throws IOException {
        return NetworkNamespace.call(DIRECTORY.resolve(name), task);
    }

    /** {@code ip ARGUMENTS} inside; its output. */
    public String ip(String arguments) throws IOException {
        return inside(Stream.concat(Stream.of("ip"), Arrays.stream(arguments.split(" ", -1)))
                .toArray(String[]::new));
    }

    public boolean hasDevice(String device) throws IOException {
        return ip("-o link show").contains(" " + device + ":");
    }

    /** A command inside; its output. */
    public String inside(String... command) throws IOException {
        return run(prefixed(command));
    }

    public Process start(String... command) throws IOException {
        return new ProcessBuilder(prefixed(command)).redirectErrorStream(true).start();
    }

    private String[] prefixed(String... command) {
        return Stream.concat(Stream.of("ip", "netns", "exec", name), Arrays.stream(command))
                .toArray(String[]::new);
    }

    private static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(
                        String.join(" ", command) + ": " + output.strip() + " (this test needs root and iproute2)");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return output;
    }

    @Override
    public void close() throws IOException {
        run("ip", "netns", "del", name);
    }
}
