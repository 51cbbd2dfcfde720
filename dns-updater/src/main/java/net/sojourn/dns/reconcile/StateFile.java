package net.sojourn.dns.reconcile;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import net.sojourn.dns.guard.Guard;
import net.sojourn.dns.transport.SiteResolvers;

/**
 * What survives a restart: who we are, and for each name the highest counter used and the addresses last desired and last
 * applied. Each change is written whole: to a new file of mode 0600, forced to the disk, then renamed over the old one, so
 * that a crash leaves the old or the new. The server's guard record stays the truth for the counter. One thread at a time.
 */
public final class StateFile {

    private static final String HEADER = "sojourn-dns-state 1";
    private static final String NONE = "-";

    private final Path file;
    private final String ownerId;
    private final Map<String, Entry> entries;

    /** One name's memory. */
    public record Entry(long seq, Set<InetAddress> desired, Optional<Set<InetAddress>> applied) {
        public Entry {
            desired = Set.copyOf(desired);
            applied = applied.map(Set::copyOf);
        }
    }

    private StateFile(Path file, String ownerId, Map<String, Entry> entries) {
        this.file = file;
        this.ownerId = ownerId;
        this.entries = entries;
    }

    /**
     * Reads the file, or makes it.
     *
     * @param configuredOwner wins over the file's; if both are missing, a random one is made
     * @throws StateFileException if it cannot be read or written, or is damaged
     */
    public static StateFile open(Path file, Optional<String> configuredOwner) throws StateFileException {
        try {
            List<String> lines = Files.exists(file) ? Files.readAllLines(file, StandardCharsets.UTF_8) : List.of();
            Map<String, Entry> entries = new TreeMap<>();
            Optional<String> keptOwner = lines.isEmpty() ? Optional.empty() : Optional.of(parse(lines, entries));
            String owner = configuredOwner.or(() -> keptOwner).orElseGet(() -> UUID.randomUUID()
                    .toString());
            StateFile state = new StateFile(file, owner, entries);
            state.write();
            return state;
        } catch (IOException | IllegalArgumentException e) {
            throw new StateFileException(
                    "state file " + file + " cannot be used: " + e.getMessage()
                            + ". Check its folder; if it is damaged, remove it, set the owner id to that of the guard"
                            + " records (TXT), and start again.",
                    e);
        }
    }

    public String ownerId() {
        return ownerId;
    }

    public Optional<Entry> entry(String name) {
        return Optional.ofNullable(entries.get(name));
    }

    /** Remembers {@code entry}; it is on the disk when this returns. */
    public void put(String name, Entry entry) throws IOException {
        if (!entry.equals(entries.put(name, entry))) {
            write();
        }
    }

    private static String parse(List<String> lines, Map<String, Entry> entries) throws UnknownHostException {
        if (lines.size() < 2 || !lines.get(0).equals(HEADER) || !lines.get(1).startsWith("owner ")) {
            throw new IllegalArgumentException("it does not begin with '" + HEADER + "' and an owner");
        }
        String owner = lines.get(1).substring("owner ".length());
        Guard.requireOwner(owner);
        for (String line : lines.subList(2, lines.size())) {
            String[] fields = line.split(" ", -1);
            if (fields.length != 5 || !fields[0].equals("name")) {
                throw new IllegalArgumentException("it has a damaged line");
            }
            Optional<Set<InetAddress>> applied =
                    fields[4].equals(NONE) ? Optional.empty() : Optional.of(addresses(fields[4]));
            entries.put(fields[1], new Entry(Long.parseLong(fields[2]), addresses(fields[3]), applied));
        }
        return owner;
    }

    private static Set<InetAddress> addresses(String text) throws UnknownHostException {
        Set<InetAddress> addresses = new LinkedHashSet<>();
        // Brackets keep an empty set apart from a missing one.
        for (String one : text.replace("[", "").replace("]", "").split(",", -1)) {
            if (!one.isEmpty()) {
                if (!SiteResolvers.isAddress(one)) {
                    throw new IllegalArgumentException("it has a damaged address");
                }
                addresses.add(InetAddress.getByName(one));
            }
        }
        return addresses;
    }

    private static String text(Set<InetAddress> addresses) {
        return addresses.stream().map(InetAddress::getHostAddress).sorted().collect(Collectors.joining(",", "[", "]"));
    }

    private void write() throws IOException {
        StringBuilder text = new StringBuilder(HEADER + "\nowner " + ownerId + "\n");
        entries.forEach((name, entry) -> text.append(String.join(
                        " ",
                        Arrays.asList(
                                "name",
                                name,
                                Long.toString(entry.seq()),
                                text(entry.desired()),
                                entry.applied().map(StateFile::text).orElse(NONE))))
                .append('\n'));
        Path folder = file.toAbsolutePath().getParent();
        Path fresh = Files.createTempFile(
                folder,
                file.getFileName() + ".",
                ".new",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            try (FileChannel out = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                ByteBuffer octets = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
                while (octets.hasRemaining()) {
                    out.write(octets);
                }
                out.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
        // The rename itself must reach the disk too.
        try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }
}
