package net.sojourn.testbed.dns;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The files of one {@link BindServer}: {@code keys/} for clients, {@code server/} for named. A folder names the process that
 * made it and the named it runs, so that the next start can remove what a killed run left.
 */
final class BindFolder {

    static final String UNPRIVILEGED_USER = "nobody";

    private static final String PREFIX = "sj-bind-";
    private static final Path HOST_NAMED = Path.of("/usr/sbin/named");
    private static final long TOOL_SECONDS = 60;

    private final BindSettings settings;
    private final Path folder;
    private final Map<String, Path> tsigKeys = new TreeMap<>();
    private final Map<String, Path> sig0Keys = new TreeMap<>();

    private BindFolder(BindSettings settings, Path folder) {
        this.settings = settings;
        this.folder = folder;
    }

    static BindFolder make(BindSettings settings) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory(parent(settings), PREFIX);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(
                folder.resolve("maker.pid"),
                Long.toString(ProcessHandle.current().pid()));
        BindFolder made = new BindFolder(settings, folder);
        Files.createDirectory(folder.resolve("keys"), mode("rwx------"));
        Files.createDirectory(made.server());
        made.makeKeys();
        Files.writeString(made.server().resolve("zone"), made.zoneText());
        Files.writeString(made.server().resolve("named.conf"), made.configuration());
        made.giveToServer();
        return made;
    }

    /** Folders of dead processes, and their servers. */
    static void removeLeftovers(BindSettings settings) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent(settings), PREFIX + "*")) {
            for (Path leftover : folders) {
                if (ownedByUs(leftover)
                        && pid(leftover.resolve("maker.pid"))
                                .filter(BindFolder::lives)
                                .isEmpty()) {
                    pid(leftover.resolve("named.pid")).ifPresent(named -> endIfOf(leftover, named));
                    delete(leftover);
                }
            }
        }
    }

    Path log() {
        return folder.resolve("log");
    }

    Path tsigKeyFile(String keyName) {
        return wanted(tsigKeys, keyName);
    }

    Path sig0KeyFile(String host) {
        return wanted(sig0Keys, host);
    }

    void runs(long namedPid) throws IOException {
        Files.writeString(folder.resolve("named.pid"), Long.toString(namedPid));
    }

    void remove() throws IOException {
        delete(folder);
    }

    /**
     * The binary. AppArmor's profile for /usr/sbin/named allows Debian's own folders only, and a copy has no profile; inside
     * another root the path is another one anyway.
     */
    String named() {
        return settings.root().isPresent()
                ? HOST_NAMED.toString()
                : folder.resolve("named").toString();
    }

    /** As named sees it. */
    String insidePath(String fileName) {
        Path path = server().resolve(fileName);
        return settings.root().map(root -> "/" + root.relativize(path)).orElse(path.toString());
    }

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private Path server() {
        return folder.resolve("server");
    }

    private static Path parent(BindSettings settings) {
        return settings.root()
                .map(root -> root.resolve("srv"))
                .orElseGet(() -> Path.of(System.getProperty("java.io.tmpdir")));
    }

    private void makeKeys() throws IOException, InterruptedException {
        Path keys = folder.resolve("keys");
        for (String keyName : settings.tsigHosts().keySet()) {
            Path file = Files.createFile(keys.resolve(keyName + ".conf"), mode("rw-------"));
            tool(file, "tsig-keygen", "-a", "hmac-sha256", keyName);
            Files.copy(file, server().resolve(keyName + ".conf"));
            tsigKeys.put(keyName, file);
        }
        for (Map.Entry<String, String> host : settings.sig0Hosts().entrySet()) {
            sig0Keys.put(host.getKey(), sig0Key(keys, host.getKey(), host.getValue()));
        }
    }

    private Path sig0Key(Path keys, String host, String algorithm) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("dnssec-keygen", "-q", "-T", "KEY", "-n", "HOST", "-a", algorithm, "-K", keys.toString()));
        if (algorithm.toUpperCase(Locale.ROOT).startsWith("RSA")) {
            command.addAll(List.of("-b", "2048"));
        }
        command.add(host + "." + settings.zone());
        Path said = folder.resolve("keygen.out");
        tool(said, command.toArray(String[]::new));
        return keys.resolve(Files.readString(said).trim() + ".private");
    }

    private String zoneText() throws IOException {
        String address = settings.listen().getAddress().getHostAddress();
        StringBuilder text = new StringBuilder("$ORIGIN " + settings.zone() + ".\n$TTL 60\n");
        text.append("@ SOA ns hostmaster 1 3600 600 604800 0\n@ NS ns\n");
        text.append("ns ")
                .append(address.indexOf(':') < 0 ? "A " : "AAAA ")
                .append(address)
                .append('\n');
        settings.records().forEach(line -> text.append(line).append('\n'));
        for (Path secretHalf : sig0Keys.values()) {
            Path publicHalf = secretHalf.resolveSibling(
                    secretHalf.getFileName().toString().replace(".private", ".key"));
            for (String line : Files.readAllLines(publicHalf)) {
                if (!line.startsWith(";")) {
                    text.append(line).append('\n');
                }
            }
        }
        return text.toString();
    }

    private String configuration() {
        String address = settings.listen().getAddress().getHostAddress();
        int port = settings.listen().getPort();
        boolean ipv4 = address.indexOf(':') < 0;
        StringBuilder text = new StringBuilder();
        settings.tsigHosts().keySet().forEach(key -> text.append("include \"")
                .append(insidePath(key + ".conf"))
                .append("\";\n"));
        text.append("options {\n  directory \"").append(insidePath("")).append("\";\n");
        text.append("  pid-file none; session-keyfile \"")
                .append(insidePath("session.key"))
                .append("\";\n");
        text.append("  listen-on port ").append(port).append(ipv4 ? " { " + address + "; };\n" : " { none; };\n");
        text.append("  listen-on-v6 port ").append(port).append(ipv4 ? " { none; };\n" : " { " + address + "; };\n");
        text.append("  recursion no; dnssec-validation no; notify no; empty-zones-enable no;\n};\ncontrols { };\n");
        text.append("zone \"").append(settings.zone()).append("\" { type primary; file \"zone\"; update-policy {\n");
        settings.tsigHosts().forEach((key, host) -> text.append(grants(key, host + "." + settings.zone())));
        settings.sig0Hosts().keySet().forEach(host -> {
            String name = host + "." + settings.zone();
            text.append(grants(name, name));
        });
        return text.append("}; };\n").toString();
    }

    private static String grants(String key, String name) {
        return "  grant " + key + " name " + name + ". A AAAA TXT;\n  grant " + key + " name _mm." + name + ". TXT;\n";
    }

    private void giveToServer() throws IOException, InterruptedException {
        if (settings.root().isEmpty()) {
            Files.copy(HOST_NAMED, folder.resolve("named"), StandardCopyOption.COPY_ATTRIBUTES);
        }
        if (isRoot()) {
            Path said = folder.resolve("chown.out");
            tool(said, "chown", "-R", UNPRIVILEGED_USER + ":", server().toString());
        }
    }

    private static void tool(Path output, String... command) throws IOException, InterruptedException {
        File errors = new File(output + ".err");
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectOutput(output.toFile())
                    .redirectError(errors)
                    .start();
        } catch (IOException e) {
            throw new IOException(command[0] + " cannot be run: apt-get install bind9 bind9-utils", e);
        }
        boolean ended = process.waitFor(TOOL_SECONDS, TimeUnit.SECONDS);
        if (!ended || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(
                    command[0] + " failed: " + Files.readString(errors.toPath(), StandardCharsets.ISO_8859_1));
        }
        Files.delete(errors.toPath());
    }

    private static Path wanted(Map<String, Path> keys, String name) {
        Path file = keys.get(name);
        if (file == null) {
            throw new IllegalArgumentException("no key for " + name + "; there are: " + keys.keySet());
        }
        return file;
    }

    private static java.nio.file.attribute.FileAttribute<?> mode(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }

    private static boolean ownedByUs(Path path) throws IOException {
        String user = System.getProperty("user.name");
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
                && Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).getName().equals(user);
    }

    private static Optional<Long> pid(Path file) {
        try {
            return Optional.of(Long.parseLong(Files.readString(file).trim()));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static boolean lives(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
    }

    /** Only if the number still is a process that names this folder: numbers are used again. */
    private static void endIfOf(Path folder, long pid) {
        try {
            String commandLine =
                    Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1);
            if (commandLine.contains(folder.getFileName().toString())) {
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            }
        } catch (IOException e) {
            // It has ended.
            return;
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(folder)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.deleteIfExists(path);
        }
    }
}
