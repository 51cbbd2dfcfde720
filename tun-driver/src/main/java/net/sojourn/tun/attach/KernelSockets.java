package net.sojourn.tun.attach;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.sojourn.stack.IpAddress;

/** TCP sockets of the kernel, in the namespace of the calling thread. Source: proc_pid_net(5), tcp and tcp6. */
record KernelSockets(List<Entry> entries) {

    private static final Path DIRECTORY = Path.of("/proc/thread-self/net");
    private static final Pattern LINE = Pattern.compile(
            "\\s*\\d+:\\s+([0-9A-F]{8,32}):([0-9A-F]{4})\\s+([0-9A-F]{8,32}):([0-9A-F]{4})\\s+([0-9A-F]{2})\\s.*");
    private static final int LISTEN = 0x0A;
    private static final int OCTETS_PER_WORD = 4;

    KernelSockets {
        entries = List.copyOf(entries);
    }

    /** One socket; a listening one has an unspecified peer. */
    record Entry(IpAddress address, int port, IpAddress peer, int peerPort, boolean listening) {

        boolean isIpv4() {
            return address.isIpv4();
        }

        static Optional<Entry> parse(String line) {
            Matcher fields = LINE.matcher(line);
            if (!fields.matches()
                    || !isAddress(fields.group(1))
                    || fields.group(1).length() != fields.group(3).length()) {
                return Optional.empty();
            }
            return Optional.of(new Entry(
                    address(fields.group(1)),
                    Integer.parseInt(fields.group(2), 16),
                    address(fields.group(3)),
                    Integer.parseInt(fields.group(4), 16),
                    Integer.parseInt(fields.group(5), 16) == LISTEN));
        }

        private static boolean isAddress(String hex) {
            return hex.length() == 8 || hex.length() == 32;
        }

        /** Written as words of this machine's order, which is little-endian. */
        private static IpAddress address(String hex) {
            byte[] octets = new byte[hex.length() / 2];
            for (int i = 0; i < octets.length; i++) {
                int wordEnd = (i / OCTETS_PER_WORD + 1) * OCTETS_PER_WORD - 1;
                int at = wordEnd - i % OCTETS_PER_WORD;
                octets[i] = (byte) Integer.parseInt(hex.substring(2 * at, 2 * at + 2), 16);
            }
            return IpAddress.ofBytes(octets);
        }
    }

    static KernelSockets read() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String table : List.of("tcp", "tcp6")) {
            Path file = DIRECTORY.resolve(table);
            if (Files.exists(file)) {
                lines.addAll(Files.readAllLines(file, StandardCharsets.US_ASCII));
            }
        }
        return parse(lines);
    }

    static KernelSockets parse(List<String> lines) {
        return new KernelSockets(
                lines.stream().flatMap(line -> Entry.parse(line).stream()).toList());
    }

    /** Ports on which somebody listens for more than this host's loopback. */
    List<Integer> listening() {
        return entries.stream()
                .filter(entry -> entry.listening() && !entry.address().isLoopback())
                .map(Entry::port)
                .distinct()
                .sorted()
                .toList();
    }

    /** Connections, but those inside loopback, on such local ports. */
    List<Entry> connections(Predicate<Integer> localPort) {
        return entries.stream()
                .filter(entry -> !entry.listening() && !entry.address().isLoopback() && localPort.test(entry.port()))
                .distinct()
                .toList();
    }
}
