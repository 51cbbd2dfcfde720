package net.sojourn.tun.attach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReservedPortsTest {

    @TempDir
    Path directory = Path.of("");

    private Path sysctl = Path.of("");
    private Path record = Path.of("");

    @BeforeEach
    void name() {
        sysctl = directory.resolve("ip_local_reserved_ports");
        record = directory.resolve("sj0.reserved");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | ''",
                "80 | 80",
                "80,443 | 80,443",
                "1-3,4 | 1-4",
                "5,4-6 | 4-6",
                "7-3 | ''",
                "0 | 0",
                "65535 | 65535",
                "65536 | ''",
                "x,22,1-, 23 | 22-23"
            })
    void parsesWhatTheKernelWrites(String text, String again) {
        assertEquals(again, ReservedPorts.text(ReservedPorts.parse(text)));
    }

    @Test
    void textAndSetAreInverse() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 1_000; i++) {
            BitSet ports = new BitSet();
            for (int n = random.nextInt(20); n > 0; n--) {
                int first = random.nextInt(65_536);
                ports.set(first, Math.min(65_536, first + 1 + random.nextInt(50)));
            }
            assertEquals(ports, ReservedPorts.parse(ReservedPorts.text(ports)), "seed " + seed);
        }
    }

    @Test
    void mergesAndGivesBackWhatItAdded() throws IOException {
        Files.writeString(sysctl, "111,45000-45001\n");
        ReservedPorts reserved = ReservedPorts.reserve(sysctl, record, ReservedPorts.parse("443,45000-45003"));
        assertEquals("111,443,45000-45003\n", Files.readString(sysctl));
        assertEquals("443,45002-45003", Files.readString(record));
        reserved.close();
        assertEquals("111,45000-45001\n", Files.readString(sysctl));
        assertFalse(Files.exists(record));
    }

    @Test
    void takesBackWhatAKilledRunLeft() throws IOException {
        Files.writeString(sysctl, "111,443,45000-45003\n");
        Files.writeString(record, "443,45002-45003");
        try (ReservedPorts reserved = ReservedPorts.reserve(sysctl, record, ReservedPorts.parse("50000"))) {
            assertEquals("111,45000-45001,50000\n", Files.readString(sysctl));
            assertEquals("50000", Files.readString(record));
            assertFalse(reserved.toString().isEmpty());
        }
        assertEquals("111,45000-45001\n", Files.readString(sysctl));
    }
}
