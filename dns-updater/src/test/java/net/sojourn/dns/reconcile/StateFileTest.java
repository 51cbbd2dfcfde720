package net.sojourn.dns.reconcile;

import static net.sojourn.dns.reconcile.Fixture.ip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered between runs. */
final class StateFileTest {

    private static final Map<String, NameMemory> MEMORIES = Map.of(
            "laptop.mob.test", new NameMemory("us", 7, ip("192.0.2.1", "2001:db8::1"), ip("192.0.2.2")),
            "desk.mob.test", new NameMemory("us", 0, Set.of(), Set.of()));

    @TempDir
    Path folder;

    @Test
    void savedIsLoaded() throws Exception {
        Path file = folder.resolve("state");
        StateFile store = new StateFile(file);
        assertEquals(Map.of(), store.load());
        store.save(Map.of("laptop.mob.test", new NameMemory("old", 1, Set.of(), Set.of())));
        store.save(MEMORIES);
        assertEquals(MEMORIES, store.load());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertFalse(Files.exists(folder.resolve("state.new")));
    }

    /** A crash between write and rename leaves the temporary file; it must not be in the way. */
    @Test
    void leftoverOfACrashIsNoObstacle() throws Exception {
        Files.writeString(folder.resolve("state.new"), "half a li");
        StateFile store = new StateFile(folder.resolve("state"));
        store.save(MEMORIES);
        assertEquals(MEMORIES, store.load());
    }

    @Test
    void garbageIsPassedOver() throws Exception {
        Path file = folder.resolve("state");
        StateFile store = new StateFile(file);
        store.save(MEMORIES);
        byte[] good = Files.readAllBytes(file);
        Random random = new Random(20261123);
        for (int run = 0; run < 300; run++) {
            byte[] bad = good.clone();
            for (int edit = random.nextInt(6); edit >= 0; edit--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            Files.write(file, bad);
            store.load().values().forEach(memory -> assertFalse(memory.ownerId().isEmpty()));
        }
    }
}
