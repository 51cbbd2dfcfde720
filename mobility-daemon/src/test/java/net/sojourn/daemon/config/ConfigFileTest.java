package net.sojourn.daemon.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.daemon.config.DaemonSettings.Mode;
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
