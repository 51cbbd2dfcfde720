package net.sojourn.dns.zone;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import net.sojourn.dns.query.Addresses;

/**
 * The host's resolvers as {@code resolv.conf} names them, read anew each time: they change with the network, and {@code ip
 * netns exec} shows each namespace its own. Any thread. No file or no line means none.
 */
public final class SystemResolvers implements Supplier<List<InetSocketAddress>> {

    private static final int DNS_PORT = 53;

    private final Path file;

    public SystemResolvers() {
        this(Path.of("/etc/resolv.conf"));
    }

    public SystemResolvers(Path file) {
        this.file = file;
    }

    @Override
    public List<InetSocketAddress> get() {
        List<InetSocketAddress> resolvers = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
                String[] words = line.trim().split("\\s+", 3);
                if (words.length > 1 && words[0].equals("nameserver")) {
                    // Only literal addresses: anything else would ask the very resolvers we are looking for.
                    Addresses.literal(words[1])
                            .ifPresent(address -> resolvers.add(new InetSocketAddress(address, DNS_PORT)));
                }
            }
        } catch (IOException e) {
            return List.of();
        }
        return resolvers;
    }
}
