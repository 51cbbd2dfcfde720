package net.sojourn.cli.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.sojourn.dns.key.KeyFileException;
import net.sojourn.dns.key.KeyFiles;
import net.sojourn.dns.key.TsigKey;
import net.sojourn.stack.IpAddress;
import net.sojourn.testbed.dns.BindServer;
import net.sojourn.testbed.dns.BindSettings;
import net.sojourn.testbed.dns.EmbeddedNameServer;
import net.sojourn.testbed.dns.NameServerSettings;
import net.sojourn.testbed.netns.Host;

/** The zone's server on its host, and a TSIG key for each host that has a name. */
final class NameService {

    /** Which program serves the zone. */
    enum Kind {
        /** Ours, in this process. */
        EMBEDDED("an embedded server"),
        /** BIND 9, as Debian has it. */
        BIND("BIND 9");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    static final String ZONE = "mob.test";
    private static final int PORT = 53;
    private static final int SECRET_BYTES = 32;

    private final InetSocketAddress address;
    private final Map<String, Path> keyFiles;

    private NameService(InetSocketAddress address, Map<String, Path> keyFiles) {
        this.address = address;
        this.keyFiles = keyFiles;
    }

    /** @param names hosts in the zone, each of which may change its own addresses */
    static NameService start(Kind kind, Host host, IpAddress at, List<String> names, Path folder)
            throws IOException, InterruptedException, KeyFileException {
        InetSocketAddress listen = new InetSocketAddress(at.toInetAddress(), PORT);
        return kind == Kind.BIND ? bind(host, listen, names) : embedded(host, listen, names, folder);
    }

    private static NameService bind(Host host, InetSocketAddress listen, List<String> names)
            throws IOException, InterruptedException {
        BindSettings settings = BindSettings.of(ZONE, listen).inNamespace(host.namespace());
        for (String name : names) {
            settings = settings.tsigHost(name + "-key", name);
        }
        BindServer server = host.network().own(BindServer.start(settings));
        Map<String, Path> keys = new LinkedHashMap<>();
        names.forEach(name -> keys.put(name, server.tsigKeyFile(name + "-key")));
        return new NameService(listen, keys);
    }

    private static NameService embedded(Host host, InetSocketAddress listen, List<String> names, Path folder)
            throws IOException, KeyFileException {
        Map<String, Path> files = new LinkedHashMap<>();
        List<TsigKey> keys = new ArrayList<>();
        for (String name : names) {
            Path file = writeKey(folder, name);
            files.put(name, file);
            keys.addAll(KeyFiles.readTsig(file));
        }
        NameServerSettings settings =
                NameServerSettings.of(ZONE, listen.getAddress().getHostAddress(), List.of(), keys);
        for (int i = 0; i < keys.size(); i++) {
            settings = settings.granting(keys.get(i), names.get(i));
        }
        EmbeddedNameServer server = new EmbeddedNameServer(settings, listen, Clock.systemUTC());
        host.network().own(host.call(server::start));
        return new NameService(listen, files);
    }

    /** As tsig-keygen writes it. */
    private static Path writeKey(Path folder, String name) throws IOException {
        byte[] secret = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        Path file = Files.createFile(
                folder.resolve(name + ".key"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        String text = "key \"" + name + "-key\" {\n\talgorithm hmac-sha256;\n\tsecret \""
                + Base64.getEncoder().encodeToString(secret) + "\";\n};\n";
        Files.writeString(file, text, StandardCharsets.US_ASCII);
        return file;
    }

    InetSocketAddress address() {
        return address;
    }

    Path keyFile(String name) {
        Path file = keyFiles.get(name);
        if (file == null) {
            throw new IllegalArgumentException(name + " has no key; these have: " + keyFiles.keySet());
        }
        return file;
    }
}
