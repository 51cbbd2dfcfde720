package net.sojourn.testbed.dns;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** TSIG-signed updates against the host's own BIND (Debian 12: 9.18), real sockets, real named. */
final class Bind918IT extends SignedUpdateCases {

    private BindServer bind;

    @BeforeEach
    void start() throws Exception {
        bind = BindServer.start(BindSettings.of("mob.test", FreePort.onLoopback())
                .record("desk 60 IN A 192.0.2.1")
                .tsigHost("laptop-key", "laptop"));
    }

    @AfterEach
    void stop() {
        bind.close();
    }

    @Override
    InetSocketAddress server() {
        return bind.address();
    }

    @Override
    Path keyFile(String keyName) {
        return bind.tsigKeyFile(keyName);
    }

    @Override
    void stopServer() {
        bind.stop();
    }

    @Override
    void startServer() throws Exception {
        bind.run();
    }
}
