package net.sojourn.testbed.dns;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import net.sojourn.dns.key.KeyFiles;
import net.sojourn.dns.key.TsigKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The embedded server does what BIND does, as far as an updater can tell. */
final class EmbeddedNameServerTest extends SignedUpdateCases {

    private static final String KEY =
            "key \"laptop-key\" { algorithm hmac-sha256; secret \"c29qb3Vybi10ZXN0LXNlY3JldC1mb3ItbGFwdG9w\"; };";

    @TempDir
    Path keys;

    private Path keyFile = Path.of("");
    private InetSocketAddress address = new InetSocketAddress(0);
    private EmbeddedNameServer server = idle();

    @BeforeEach
    void start() throws Exception {
        keyFile = Files.createFile(
                keys.resolve("laptop.conf"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(keyFile, KEY);
        address = FreePort.onLoopback();
        startServer();
    }

    @AfterEach
    void stop() {
        stopServer();
    }

    @Override
    InetSocketAddress server() {
        return address;
    }

    @Override
    Path keyFile(String keyName) {
        return keyFile;
    }

    @Override
    void stopServer() {
        server.close();
    }

    @Override
    void startServer() throws Exception {
        TsigKey key = KeyFiles.readTsig(keyFile).get(0);
        NameServerSettings settings =
                NameServerSettings.of("mob.test", "127.0.0.1", List.of("desk 60 IN A 192.0.2.1"), List.of(key));
        server = new EmbeddedNameServer(settings.granting(key, "laptop"), address, Clock.systemUTC()).start();
    }

    private static EmbeddedNameServer idle() {
        return new EmbeddedNameServer(
                NameServerSettings.of("none.test", "127.0.0.1", List.of(), List.of()),
                new InetSocketAddress("127.0.0.1", 0),
                Clock.systemUTC());
    }
}
