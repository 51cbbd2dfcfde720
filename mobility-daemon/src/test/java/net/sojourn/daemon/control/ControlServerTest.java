package net.sojourn.daemon.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ControlServerTest {

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Timeline timeline = Timeline.unlogged();

    @AfterEach
    void stop() {
        threads.shutdownNow();
        timeline.close();
    }

    private ControlServer start(Path socket) throws IOException {
        return ControlServer.start(socket, request -> new Reply.Version("1"), timeline, threads);
    }

    @Test
    void socketIsForOwnerAndGroupOnlyAndGoesAway(@TempDir Path folder) throws IOException {
        Path socket = folder.resolve("control");
        try (ControlServer server = start(socket);
                ControlClient client = ControlClient.open(socket)) {
            assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
            assertEquals(new Reply.Version("1"), client.ask(new Request.Version()));
        }
        assertFalse(Files.exists(socket));
    }

    @Test
    void secondDaemonIsRefusedAndDeadOneReplaced(@TempDir Path folder) throws IOException {
        Path socket = folder.resolve("control");
        try (ControlServer server = start(socket)) {
            IOException e = assertThrows(IOException.class, () -> start(socket));
            assertTrue(String.valueOf(e.getMessage()).contains("already listens"));
        }
        java.nio.channels.ServerSocketChannel dead =
                java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX);
        dead.bind(java.net.UnixDomainSocketAddress.of(socket));
        dead.close();
        try (ControlServer server = start(socket);
                ControlClient client = ControlClient.open(socket)) {
            assertEquals(new Reply.Version("1"), client.ask(new Request.Version()));
        }
    }

    @Test
    void withoutDaemonTheErrorSaysWhatToDo(@TempDir Path folder) {
        IOException e = assertThrows(IOException.class, () -> ControlClient.open(folder.resolve("none")));
        assertTrue(String.valueOf(e.getMessage()).contains("sojourn daemon run"), e.getMessage());
    }
}
