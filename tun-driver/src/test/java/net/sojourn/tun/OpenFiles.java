package net.sojourn.tun;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** This process's descriptors, as proc_pid_fdinfo(5) shows them. */
final class OpenFiles {

    private OpenFiles() {}

    /** Of the kinds that this product opens: devices, eventfds, sockets, namespaces. Pipes and jars come and go. */
    static long count() throws IOException {
        try (Stream<Path> numbers = Files.list(Path.of("/proc/self/fd"))) {
            return numbers.map(OpenFiles::target).filter(OpenFiles::isOurs).count();
        }
    }

    private static boolean isOurs(String target) {
        return target.equals("/dev/net/tun")
                || target.equals("anon_inode:[eventfd]")
                || target.startsWith("socket:")
                || target.startsWith("/run/netns/")
                || target.startsWith("net:");
    }

    private static String target(Path number) {
        try {
            return Files.readSymbolicLink(number).toString();
        } catch (IOException e) {
            return ""; // Closed since it was listed.
        }
    }

    /** What was raised on all eventfds together and not cleared. */
    static long raised() throws IOException {
        long sum = 0;
        try (Stream<Path> numbers = Files.list(Path.of("/proc/self/fdinfo"))) {
            for (Path number : numbers.toList()) {
                sum += raised(number);
            }
        }
        return sum;
    }

    private static long raised(Path number) {
        try {
            return Files.readString(number)
                    .lines()
                    .filter(line -> line.startsWith("eventfd-count:"))
                    .mapToLong(line -> Long.parseLong(
                            line.substring("eventfd-count:".length()).strip(), 16))
                    .sum();
        } catch (IOException e) {
            return 0; // Closed since it was listed.
        }
    }
}
