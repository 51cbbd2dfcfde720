package net.sojourn.dns.reconcile;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import net.sojourn.dns.guard.Guard;
import net.sojourn.dns.query.Addresses;

/**
 * A text file, one line a name: {@code host owner=ID seq=N desired=A,B applied=A,B}. Written to a temporary file with mode
 * 0600, synced and renamed, so that a crash leaves either the old or the new one. Lines that make no sense are passed over.
 */
public final class StateFile implements StateStore {

    private static final String FIRST_LINE = "sojourn-dns-state 1";

    private final Path file;

    public StateFile(Path file) {
        this.file = file;
    }

    @Override
    public Map<String, NameMemory> load() throws IOException {
        Map<String, NameMemory> memories = new LinkedHashMap<>();
        try {
            for (String line : new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).split("\n", -1)) {
                String[] words = line.split(" ", -1);
                memory(words).ifPresent(memory -> memories.put(words[0], memory));
            }
        } catch (NoSuchFileException e) {
            return Map.of();
        }
        return memories;
    }

    @Override
    public void save(Map<String, NameMemory> memories) throws IOException {
        StringBuilder text = new StringBuilder(FIRST_LINE).append('\n');
        new TreeMap<>(memories).forEach((host, memory) -> text.append(host)
                .append(" owner=")
                .append(memory.ownerId())
                .append(" seq=")
                .append(memory.seq())
                .append(" desired=")
                .append(words(memory.desired()))
                .append(" applied=")
                .append(words(memory.applied()))
                .append('\n'));
        Path absolute = file.toAbsolutePath();
        Path temporary = absolute.resolveSibling(absolute.getFileName() + ".new");
        Files.deleteIfExists(temporary);
        try (FileChannel channel = FileChannel.open(
                temporary,
                EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer octets = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.ISO_8859_1));
            while (octets.hasRemaining()) {
                channel.write(octets);
            }
            channel.force(true);
        }
        Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static Optional<NameMemory> memory(String[] words) {
        if (words.length != 5
                || !words[1].startsWith("owner=")
                || !words[2].matches("seq=[0-9]{1,18}")
                || !words[3].startsWith("desired=")
                || !words[4].startsWith("applied=")) {
            return Optional.empty();
        }
        try {
            String ownerId = words[1].substring("owner=".length());
            Guard.requireOwnerId(ownerId);
            return Optional.of(new NameMemory(
                    ownerId,
                    Long.parseLong(words[2].substring("seq=".length())),
                    addresses(words[3].substring("desired=".length())),
                    addresses(words[4].substring("applied=".length()))));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String words(Set<InetAddress> addresses) {
        return addresses.stream().map(StateFile::literal).sorted().collect(Collectors.joining(","));
    }

    private static String literal(InetAddress address) {
        String text = address.getHostAddress();
        int scope = text.indexOf('%');
        return scope < 0 ? text : text.substring(0, scope);
    }

    private static Set<InetAddress> addresses(String words) throws IOException {
        Set<InetAddress> addresses = new HashSet<>();
        for (String word : words.split(",", -1)) {
            if (!word.isEmpty()) {
                addresses.add(Addresses.literal(word).orElseThrow(() -> new IOException("no address: " + word)));
            }
        }
        return addresses;
    }
}
