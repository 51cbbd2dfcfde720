package net.sojourn.dns.key;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import net.sojourn.dns.guard.Guard;

/** Text of key files and of guard records: understood or refused with a message, never anything else. */
class KeyFileFuzzTest {

    private static final Path FILE = Path.of("fuzzed.key");

    @FuzzTest(maxDuration = "2m")
    void tsigKeyFile(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        try {
            TsigKeyFile.parse(FILE, text);
        } catch (KeyFileException e) {
            require(e);
        }
    }

    @FuzzTest(maxDuration = "2m")
    void sig0KeyFile(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        try {
            Sig0KeyFile.read(FILE, text);
        } catch (KeyFileException e) {
            require(e);
        }
    }

    @FuzzTest(maxDuration = "2m")
    void guard(byte[] input) {
        Guard.parse(new String(input, StandardCharsets.UTF_8)).ifPresent(Guard::next);
    }

    private static void require(KeyFileException e) {
        if (e.getMessage() == null || e.getMessage().isBlank()) {
            throw new AssertionError("a refusal without a reason", e);
        }
    }
}
