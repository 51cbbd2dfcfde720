package net.sojourn.daemon.config;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** Text as a configuration: understood, or refused with all that is wrong. */
class ConfigFuzzTest {

    @FuzzTest(maxDuration = "2m")
    void configuration(byte[] input) {
        try {
            ConfigFile.parse(new String(input, StandardCharsets.UTF_8), "fuzzed.toml");
        } catch (ConfigException e) {
            if (e.getMessage() == null || e.getMessage().isBlank()) {
                throw new AssertionError("a refusal without a reason", e);
            }
        }
    }
}
