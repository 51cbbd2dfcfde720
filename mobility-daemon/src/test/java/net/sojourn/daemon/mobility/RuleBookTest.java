package net.sojourn.daemon.mobility;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.sojourn.daemon.config.ConfigException;
import net.sojourn.daemon.config.ConfigFile;
import net.sojourn.daemon.config.Entry;
import net.sojourn.daemon.config.MoveSettings.Rule;
import net.sojourn.daemon.config.Place;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which rule holds for which connection. */
class RuleBookTest {

    private static final FourTuple TO_SSH = tuple("10.0.0.1", 40_001, "192.0.2.9", 22);
    private static final FourTuple TO_WEB = tuple("10.0.0.1", 40_002, "198.51.100.9", 443);
    private static final FourTuple FROM_CLIENT = tuple("10.0.0.1", 80, "192.0.2.77", 50_123);

    private RuleBook book;

    @BeforeEach
    void read() throws ConfigException {
        String toml = """
                [[rule]]
                name = "backup"
                ports = [22]
                peers = ["192.0.2.0/24"]
                pin = "eth0"
                [[rule]]
                name = "web server"
                entry = "publish"
                prefer = ["eth0", "10.0.0.1"]
                [[rule]]
                name = "browsers"
                entry = "socks5"
                never = ["wwan0"]
                """;
        book = new RuleBook(ConfigFile.parse(toml, "f.toml").move().rules(), 40_000, 49_999);
    }

    private static FourTuple tuple(String local, int localPort, String peer, int peerPort) {
        return new FourTuple(IpAddress.parse(local), localPort, IpAddress.parse(peer), peerPort);
    }

    @Test
    void firstRuleThatFitsHolds() {
        book.opened(1, Entry.SOCKS5);
        book.opened(2, Entry.SOCKS5);
        book.opened(3, Entry.PUBLISH);
        assertEquals("backup", book.ruleFor(1, TO_SSH).name());
        assertEquals("browsers", book.ruleFor(2, TO_WEB).name());
        assertEquals("web server", book.ruleFor(3, FROM_CLIENT).name());
        assertEquals(Rule.NONE, book.ruleFor(4, TO_WEB), "by the program itself");
    }

    @Test
    void portIsTheServersAtWhicheverEnd() throws ConfigException {
        List<Rule> eighty = ConfigFile.parse("[[rule]]\nname = 'p'\nports = [80]\npin = 'eth0'\n", "f.toml")
                .move()
                .rules();
        RuleBook ports = new RuleBook(eighty, 40_000, 49_999);
        assertEquals("p", ports.ruleFor(1, FROM_CLIENT).name());
        assertEquals(
                "p",
                ports.ruleFor(2, tuple("10.0.0.1", 40_000, "192.0.2.9", 80)).name());
        assertEquals(
                "", ports.ruleFor(3, tuple("10.0.0.1", 443, "192.0.2.9", 80)).name());
    }

    @Test
    void ruleStaysWhenThePeerHasMoved() {
        assertEquals("backup", book.ruleFor(1, TO_SSH).name());
        assertEquals(
                "backup",
                book.ruleFor(1, tuple("10.9.0.1", 40_001, "203.0.113.1", 22)).name());
    }

    /** A pin must not be forgotten, nor a rule begin to fit another peer, because the daemon was upgraded. */
    @Test
    void whatHeldHoldsInTheNextLife() throws ConfigException {
        book.ruleFor(1, TO_SSH);
        book.opened(2, Entry.SOCKS5);
        book.pin(2, TO_WEB, Place.parse("eth0"));
        book.avoid(2, TO_WEB, List.of("usb0"));
        book.prefer(3, FROM_CLIENT, List.of(Place.parse("10.0.0.1")));
        Map<Long, RuleBook.Kept> kept = book.kept();
        Rule pinned = book.ruleFor(2, TO_WEB);
        Rule preferred = book.ruleFor(3, FROM_CLIENT);
        read();
        book.goOn(kept);
        assertEquals(
                "backup",
                book.ruleFor(1, tuple("10.9.0.1", 40_001, "203.0.113.1", 22)).name());
        assertEquals(pinned, book.ruleFor(2, TO_WEB));
        assertEquals(preferred, book.ruleFor(3, FROM_CLIENT));
        assertEquals(Set.of("wwan0", "usb0"), book.ruleFor(2, TO_WEB).never());
    }

    @Test
    void handIsAboveTheConfigurationUntilReleased() {
        book.opened(2, Entry.SOCKS5);
        book.pin(2, TO_WEB, Place.parse("wwan0"));
        Rule pinned = book.ruleFor(2, TO_WEB);
        assertEquals("by hand", pinned.name());
        assertEquals(Optional.of(new Place("wwan0")), pinned.pin());
        assertEquals(Set.of(), pinned.never(), "a pin takes back what was forbidden there");
        book.unpin(2, TO_WEB);
        assertEquals(Optional.empty(), book.ruleFor(2, TO_WEB).pin());
        book.release(2);
        assertEquals("browsers", book.ruleFor(2, TO_WEB).name());
    }

    @Test
    void unpinFreesWhatTheConfigurationPins() {
        book.unpin(1, TO_SSH);
        assertEquals(Optional.empty(), book.ruleFor(1, TO_SSH).pin());
    }

    @Test
    void avoidedInterfacesAddUp() {
        book.opened(2, Entry.SOCKS5);
        book.avoid(2, TO_WEB, List.of("wlan0"));
        assertEquals(Set.of("wwan0", "wlan0"), book.ruleFor(2, TO_WEB).never());
    }

    @Test
    void wishOfAMoveIsForgottenAndTheRestIsNot() {
        book.opened(2, Entry.SOCKS5);
        book.prefer(2, TO_WEB, List.of(new Place("eth0")));
        book.forgetWish(2, TO_WEB);
        assertEquals("browsers", book.ruleFor(2, TO_WEB).name());
        book.avoid(2, TO_WEB, List.of("wlan0"));
        book.prefer(2, TO_WEB, List.of(new Place("eth0")));
        book.forgetWish(2, TO_WEB);
        assertEquals(List.of(), book.ruleFor(2, TO_WEB).prefer());
        assertTrue(book.ruleFor(2, TO_WEB).never().contains("wlan0"));
    }

    @Test
    void endedConnectionsAreForgotten() {
        book.opened(2, Entry.SOCKS5);
        book.pin(2, TO_WEB, new Place("eth0"));
        book.retain(Set.of(7L));
        assertEquals(Rule.NONE, book.ruleFor(2, TO_WEB));
    }
}
