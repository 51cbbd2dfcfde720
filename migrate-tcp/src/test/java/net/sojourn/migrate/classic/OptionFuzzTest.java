package net.sojourn.migrate.classic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import net.sojourn.migrate.crypto.Curve;

/** Octets as Migrate options, in every profile, and as public keys: refused or understood, and what is understood is kept. */
class OptionFuzzTest {

    @FuzzTest(maxDuration = "2m")
    void migrateOption(byte[] input) {
        for (Profile profile : Profile.values()) {
            byte[] option = headed(input, profile.migrateKind(), profile.migrateOctets());
            MigrateOption.decode(profile, option)
                    .ifPresent(decoded -> assertArrayEquals(option, decoded.encode(profile), profile::toString));
            MigrateOption.decode(profile, input);
        }
    }

    @FuzzTest(maxDuration = "2m")
    void permittedOption(byte[] input) {
        for (Profile profile : Profile.values()) {
            PermittedOption.decode(profile, headed(input, profile.permittedKind(), profile.permittedOctets()));
            PermittedOption.decode(profile, input);
        }
    }

    @FuzzTest(maxDuration = "2m")
    void publicKey(byte[] input) {
        for (Curve curve : Curve.values()) {
            curve.decode(input);
        }
    }

    private static byte[] headed(byte[] input, int kind, int octets) {
        byte[] option = Arrays.copyOf(input, octets);
        option[0] = (byte) kind;
        option[1] = (byte) octets;
        return option;
    }
}
