package net.sojourn.daemon.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import net.sojourn.daemon.config.DaemonSettings.Mode;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.tun.netlink.LinkKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigFileTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[atachment]\\nmode='routed' | f.toml:2:1: atachment.mode: unknown key; did you mean attachment.mode?",
                "[migrate]\\nwait_seconds=0 | f.toml:2:1: migrate.wait_seconds: 0 is out of range; choose 1 to 86400",
                "[migrate]\\nwait_seconds='a' | f.toml:2:1: migrate.wait_seconds: a is of the wrong type; give a whole number without quotes",
                "[control]\\nsocket='x' | f.toml:2:1: control.socket: \"x\" is not absolute; begin it with /",
                "[dns]\\nnames=['a.example'] | f.toml: dns.key_file: is missing; add key_file (path)",
                "[[publish]]\\nport=80 | f.toml: publish.to: is missing; add to (address:port)",
                "[[rule]]\\npin='eth0' | f.toml:1:1: rule.name: is missing; add name (text)",
                "[[rule]]\\nname='a' | f.toml:2:1: rule.name: \"a\" says nothing; give it pin, prefer or never",
                "[[rule]]\\nname='a'\\npin='eth0'\\nnever=['eth0'] | f.toml:3:1: rule.pin: eth0 is in rule.never as well; remove one of them",
                "[[rule]]\\nname='a'\\npin='a b' | f.toml:3:1: rule.pin: \"a b\" is neither an address nor the name of an interface; write wlan0 or 192.0.2.1",
                "[[rule]]\\nname='a'\\npin='e'\\nentry='web' | f.toml:4:1: rule.entry: \"web\" is unknown; choose one of socks5, publish, program",
                "[[interface]]\\nname='a'\\n[[interface]]\\nname='a' | f.toml:4:1: interface.name: \"a\" is there twice; join the tables",
                "[interface]\\nname='a' | f.toml:1:1: interface: is no table; write [[interface]]",
                "[move]\\nprefer=['cheap'] | f.toml:2:1: move.prefer: \"cheap\" is unknown; choose one of metric, cost, kind, kernel",
                "[move]\\ndamping_millis=90000 | f.toml:2:1: move.damping_millis: is more than move.damping_max_seconds, which it grows to; lower it or raise that",
                "[attachment]\\nmode='routed' | f.toml: attachment.addresses: mode routed needs addresses; name at least one",
            })
    void eachErrorSaysWhereAndWhatToDo(String toml, String expected) {
        ConfigException e =
                assertThrows(ConfigException.class, () -> ConfigFile.parse(toml.replace("\\n", "\n"), "f.toml"));
        assertEquals(expected, e.getMessage());
    }

    @Test
    void allErrorsAreToldAtOnce() {
        String toml = "[socks5]\nlisten = '10.0.0.1:1080'\n[log]\nlevel = 'loud'\n[stack]\nwindow = 1\n";
        ConfigException e = assertThrows(ConfigException.class, () -> ConfigFile.parse(toml, "f.toml"));
        assertEquals(3, e.errors().size(), e.getMessage());
    }

    @Test
    void textThatIsNoTomlIsRefusedWithItsPlace() {
        ConfigException e = assertThrows(ConfigException.class, () -> ConfigFile.parse("[a\n", "f.toml"));
        assertEquals(1, e.errors().get(0).line());
    }

    @Test
    void sampleAndEmptyFileMeanTheSame() throws ConfigException {
        DaemonSettings empty = ConfigFile.parse("", "f.toml");
        assertEquals(Mode.HOST_ADDRESS, empty.attachment().mode());
        assertEquals(
                empty.attachment(),
                ConfigFile.parse(ConfigKey.sample(), "f.toml").attachment());
        assertEquals(
                empty.move(), ConfigFile.parse(ConfigKey.sample(), "f.toml").move());
    }

    /** The sample with every key made effective, where it has a default, is good and means the same. */
    @Test
    void everyDefaultOfTheSampleMayBeWrittenOut() throws ConfigException {
        String written = ConfigKey.sample()
                .lines()
                .filter(line -> !line.startsWith("#[["))
                .map(line -> line.matches("#[a-z0-9_]+ = .+") ? line.substring(1) : line)
                .takeWhile(line -> !line.contains("One such table for an interface"))
                .collect(java.util.stream.Collectors.joining("\n"));
        assertEquals(
                ConfigFile.parse("", "f.toml").move(),
                ConfigFile.parse(written, "f.toml").move());
    }

    @Test
    void boundsOfWhatWaitsAreThoseOfMigrateUnlessTheyAreSet() throws ConfigException {
        assertEquals(
                MigrateSettings.Limits.DEFAULT,
                ConfigFile.parse("", "f.toml").migrate().limits());
        MigrateSettings.Limits limits = ConfigFile.parse(
                        "[migrate]\nmax_suspended = 7\nmax_suspended_bytes = 70000\n", "f.toml")
                .migrate()
                .limits();
        assertEquals(7, limits.maxSuspended());
        assertEquals(70_000, limits.maxSuspendedBytes());
    }

    @Test
    void interfacesAndRulesAreRead() throws ConfigException {
        MoveSettings move = ConfigFile.parse("""
                [move]
                prefer = ["cost", "kind"]
                better_for_millis = 1500
                [[interface]]
                name = "usb0"
                kind = "mobile"
                metered = false
                metric = 7
                never = true
                [[rule]]
                name = "r"
                ports = [22]
                prefer = ["wlan0", "192.0.2.1"]
                """, "f.toml").move();
        assertEquals(List.of(MoveSettings.Criterion.COST, MoveSettings.Criterion.KIND), move.prefer());
        assertEquals(1_500_000_000L, move.betterForNanos());
        assertEquals(
                new MoveSettings.InterfaceSettings("usb0", Optional.of(LinkKind.MOBILE), Optional.of(false), 7, true),
                move.of("usb0"));
        assertEquals(100, move.of("eth0").metric());
        assertEquals(
                List.of(new Place("wlan0"), new Place("192.0.2.1")),
                move.rules().get(0).prefer());
    }

    @Test
    void controlCharactersAreNamedWithTheirPlace() throws ConfigException {
        ConfigFile.parse("[move]\r\ncalm_seconds = 7\t# C1 is allowed: \u0085\r\n", "f.toml");
        for (String wrong : List.of("\u0000", "\u001b", "\u007f", "\r")) {
            ConfigException e = assertThrows(
                    ConfigException.class, () -> ConfigFile.parse("[move]\n# a" + wrong + "b\n", "f.toml"));
            assertTrue(e.toString().contains("f.toml:2:4: control character U+00"), e::toString);
        }
    }

    @Test
    void publishedPortsAreRead() throws ConfigException {
        DaemonSettings settings =
                ConfigFile.parse("[[publish]]\nport = 80\nto = '127.0.0.1:8080'\nsources = ['10.0.0.0/8']\n", "f.toml");
        assertEquals(80, settings.published().get(0).port());
        assertTrue(
                settings.published().get(0).sources().get(0).contains(net.sojourn.stack.IpAddress.parse("10.9.9.9")));
    }
}
