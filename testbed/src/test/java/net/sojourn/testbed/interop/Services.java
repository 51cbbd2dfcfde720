package net.sojourn.testbed.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.HostProcess;

/** Debian's servers on a host of a test, each with nothing but a folder of its own. They end with the test's network. */
final class Services {

    static final int NGINX_PORT = 80;
    static final int SSH_PORT = 22;
    static final int IPERF_PORT = 5201;
    static final int POSTGRES_PORT = 5432;

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Path POSTGRES_PROGRAMS = Path.of("/usr/lib/postgresql/15/bin");

    private Services() {}

    private static Path folder(Host host, String name) {
        try {
            Path folder = host.network().outputDirectory().resolve(name);
            Files.createDirectories(folder);
            // Servers give up being root, and must still reach their files.
            for (Path p = folder; p != null && p.startsWith("/run/sojourn-testbed"); p = p.getParent()) {
                Files.setPosixFilePermissions(p, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** nginx, which serves {@code octets} as /file. */
    static void nginx(Host host, byte[] octets) throws IOException {
        Path folder = folder(host, "nginx");
        Files.write(folder.resolve("file"), octets);
        Path settings = folder.resolve("nginx.conf");
        Files.writeString(
                settings,
                String.join(
                        "\n",
                        "daemon off; pid " + folder + "/pid; error_log " + folder + "/error.log; user root;",
                        "events {}",
                        "http { access_log off; client_body_temp_path " + folder + "/body;",
                        " server { listen " + NGINX_PORT + "; root " + folder + "; } }",
                        ""));
        host.start("nginx", "-e", folder + "/error.log", "-c", settings.toString());
        awaitPort(host, NGINX_PORT);
    }

    /** iperf3, for any number of tests. */
    static void iperf(Host host) {
        host.start("iperf3", "--server", "--port", "" + IPERF_PORT);
        awaitPort(host, IPERF_PORT);
    }

    /** sshd, which lets in root with the key that is returned. */
    static Path sshd(Host host) throws IOException {
        Path folder = folder(host, "ssh");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        Path key = folder.resolve("client");
        for (Path made : List.of(key, folder.resolve("host"))) {
            host.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", made.toString())
                    .orFail();
        }
        Files.createDirectories(Path.of("/run/sshd"));
        host.start(
                "/usr/sbin/sshd",
                "-D",
                "-e",
                "-f",
                "/dev/null",
                "-p",
                "" + SSH_PORT,
                "-h",
                folder.resolve("host").toString(),
                "-o",
                "AuthorizedKeysFile=" + key + ".pub",
                "-o",
                "PidFile=none",
                "-o",
                "StrictModes=no",
                "-o",
                "PermitRootLogin=yes");
        awaitPort(host, SSH_PORT);
        return key;
    }

    /** PostgreSQL 15 with a database and user {@code postgres} that needs no password. */
    static HostProcess postgres(Host host) throws IOException {
        Path folder = folder(host, "postgres");
        host.run("chown", "postgres", folder.toString()).orFail();
        Path data = folder.resolve("data");
        host.run(
                        SOON,
                        "setpriv",
                        "--reuid=postgres",
                        "--regid=postgres",
                        "--clear-groups",
                        POSTGRES_PROGRAMS + "/initdb",
                        "--no-sync",
                        "--auth=trust",
                        "--pgdata=" + data)
                .orFail();
        Files.writeString(data.resolve("pg_hba.conf"), "host all all all trust\n");
        HostProcess server = host.start(
                "setpriv",
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                POSTGRES_PROGRAMS + "/postgres",
                "-D",
                data.toString(),
                "-c",
                "listen_addresses=*",
                "-c",
                "unix_socket_directories=" + folder,
                "-c",
                "fsync=off",
                "-p",
                "" + POSTGRES_PORT);
        server.awaitOutput("ready to accept connections", SOON);
        return server;
    }

    private static void awaitPort(Host host, int port) {
        Waiting.until(
                "port " + port + " of " + host,
                SOON,
                () -> host.run("ss", "-Hltn", "sport", "= :" + port).output().contains("LISTEN"),
                () -> "");
    }
}
