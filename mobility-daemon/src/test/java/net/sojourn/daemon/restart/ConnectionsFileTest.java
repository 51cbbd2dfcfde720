package net.sojourn.daemon.restart;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.sojourn.daemon.restart.ConnectionsFile.Saved;
import net.sojourn.stack.freeze.FrozenStateException;
import net.sojourn.stack.freeze.FrozenStateException.Reason;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionsFileTest {

    private static final ProcessLife LIFE = new ProcessLife(4711, 99);
    private static final byte[] STACK =
            "the connections and their keys".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private static final byte[] DAEMON = {1, 2, 3};
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    Path folder;

    private Path path;
    private ConnectionsFile file;

    @BeforeEach
    void place() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        path = folder.resolve("sub").resolve("connections.state");
        file = at(NOW);
    }

    private ConnectionsFile at(Instant instant) {
        return new ConnectionsFile(path, Clock.fixed(instant, ZoneOffset.UTC));
    }

    private Reason refusal() {
        return assertThrows(FrozenStateException.class, file::read).reason();
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        file.write(STACK, DAEMON, LIFE);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        try (Saved saved = at(NOW.plusSeconds(5)).read().orElseThrow()) {
            assertArrayEquals(STACK, saved.stack());
            assertArrayEquals(DAEMON, saved.daemon());
            assertEquals(Duration.ofSeconds(5), saved.age());
            assertEquals(LIFE, saved.process());
            assertFalse(saved.toString().contains("116"), "nothing of it is shown");
        }
        try (Stream<Path> left = Files.list(folder.resolve("sub"))) {
            assertEquals(List.of(path), left.toList());
        }
    }

    @Test
    void aClockThatWentBackMakesItNew() throws IOException {
        file.write(STACK, DAEMON, LIFE);
        assertEquals(Duration.ZERO, at(NOW.minusSeconds(5)).read().orElseThrow().age());
    }

    @Test
    void thereMayBeNone() throws IOException {
        assertEquals(Optional.empty(), file.read());
        file.write(STACK, DAEMON, LIFE);
        file.wipe();
        file.wipe();
        assertEquals(Optional.empty(), file.read());
    }

    @Test
    void wipedMeansOverwritten() throws IOException {
        file.write(STACK, DAEMON, LIFE);
        Path link = Files.createLink(folder.resolve("other-name"), path);
        file.wipe();
        byte[] left = Files.readAllBytes(link);
        assertArrayEquals(new byte[left.length], left);
    }

    @Test
    void othersMustNotReadIt() throws IOException {
        file.write(STACK, DAEMON, LIFE);
        for (String mode : List.of("rw-r-----", "rw-----w-", "r--------", "rwx------")) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
            assertSame(Reason.UNSAFE, refusal(), mode);
        }
    }

    @Test
    void othersMustNotExchangeIt() throws IOException {
        file.write(STACK, DAEMON, LIFE);
        Files.setPosixFilePermissions(folder.resolve("sub"), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertSame(Reason.UNSAFE, refusal());
        assertThrows(FrozenStateException.class, () -> file.write(STACK, DAEMON, LIFE));
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        file.write(STACK, DAEMON, LIFE);
        Path elsewhere = folder.resolve("elsewhere");
        Files.move(path, elsewhere);
        Files.createSymbolicLink(path, elsewhere);
        assertSame(Reason.UNSAFE, refusal());
        Files.delete(path);
        Files.createLink(path, elsewhere);
        assertSame(Reason.UNSAFE, refusal(), "it has another name, so somebody else may have it");
    }

    @Test
    void anotherOwnerIsNotBelieved() throws IOException {
        file.write(STACK, DAEMON, LIFE);
        try {
            Files.setAttribute(path, "unix:uid", 12_345);
        } catch (IOException notRoot) {
            return;
        }
        assertSame(Reason.UNSAFE, refusal());
    }

    /** Cut anywhere, or one bit changed anywhere: refused, and kept aside. */
    @Test
    void damageIsSeen() throws IOException {
        file.write(STACK, DAEMON, LIFE);
        byte[] whole = Files.readAllBytes(path);
        for (int length = 0; length < whole.length; length++) {
            Files.write(path, Arrays.copyOf(whole, length));
            assertTrue(
                    List.of(Reason.NOT_OURS, Reason.DAMAGED, Reason.TRUNCATED).contains(refusal()), "cut at " + length);
        }
        for (int i = 0; i < 8 * whole.length; i++) {
            byte[] changed = whole.clone();
            changed[i / 8] ^= (byte) (1 << i % 8);
            Files.write(path, changed);
            assertThrows(FrozenStateException.class, file::read, "bit " + i);
        }
        Path aside = file.setAside();
        assertTrue(Files.exists(aside));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(aside)));
        assertEquals(Optional.empty(), file.read());
    }

    @Test
    void thisProcessIsItself() throws IOException {
        assertEquals(ProcessLife.own(), ProcessLife.own());
        assertEquals(ProcessHandle.current().pid(), ProcessLife.own().pid());
        assertTrue(ProcessLife.own().startTicks() > 0);
    }
}
