package net.sojourn.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import net.sojourn.dns.NameSettings.Family;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What cannot work is refused when it is said, and the message begins with the setting's name. */
final class SettingsTest {

    private static final Path KEY = Path.of("laptop.key");

    static Stream<Arguments> mistakes() {
        return Stream.of(
                mistake("host", () -> NameSettings.builder("laptop", KEY).build()),
                mistake("host", () -> NameSettings.builder("a..b.c", KEY).build()),
                mistake("zone", () -> NameSettings.builder("laptop.mob.test", KEY)
                        .zone("other.test")
                        .build()),
                mistake("servers", () -> NameSettings.builder("laptop.mob.test", KEY)
                        .servers(List.of(InetSocketAddress.createUnresolved("ns.mob.test", 53)))
                        .build()),
                mistake("servers", () -> NameSettings.builder("laptop.mob.test", KEY)
                        .servers(List.of(new InetSocketAddress("127.0.0.1", 0)))
                        .build()),
                mistake("ttlSeconds", () -> NameSettings.builder("laptop.mob.test", KEY)
                        .ttlSeconds(-1)
                        .build()),
                mistake("families", () -> NameSettings.builder("laptop.mob.test", KEY)
                        .families(Set.of())
                        .build()),
                mistake("guardLabel", () -> NameSettings.builder("laptop.mob.test", KEY)
                        .guardLabel("a.b")
                        .build()),
                mistake("owner id", () -> NameSettings.builder("laptop.mob.test", KEY)
                        .ownerId("two words")
                        .build()),
                mistake(
                        "names",
                        () -> new UpdaterSettings(
                                List.of(
                                        NameSettings.builder("laptop.mob.test", KEY)
                                                .build(),
                                        NameSettings.builder("Laptop.mob.test.", KEY)
                                                .build()),
                                List.of(),
                                Path.of("state"),
                                UpdateTiming.defaults())),
                mistake("timeout", () -> new LookupSettings(List.of(), java.util.Map.of(), false, Duration.ZERO)));
    }

    private static Arguments mistake(String setting, Supplier<Object> what) {
        return Arguments.of(setting, what);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void mistakeIsNamed(String setting, Supplier<Object> what) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, what::get);
        assertTrue(String.valueOf(e.getMessage()).startsWith(setting), e.getMessage());
    }

    @Test
    void onlyKeptFamiliesArePublished() throws Exception {
        NameSettings ipv6 = NameSettings.builder("laptop.mob.test", KEY)
                .families(Set.of(Family.IPV6))
                .build();
        var v4 = java.net.InetAddress.getByName("192.0.2.1");
        var v6 = java.net.InetAddress.getByName("2001:db8::1");
        assertEquals(Set.of(v6), ipv6.published(Set.of(v4, v6)));
    }
}
