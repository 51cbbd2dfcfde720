package net.sojourn.tun.attach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.sojourn.stack.IpAddress;
import net.sojourn.tun.attach.KernelSockets.Entry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostAddressRulesTest {

    private static final HostAddressSettings SETTINGS =
            new HostAddressSettings("sj.0", 40_000, 49_999, Set.of(443, 39_999), name -> true);

    @Test
    void portsAndNamesAreWritten() {
        HostAddressRules rules = new HostAddressRules(SETTINGS);
        assertEquals(List.of("netdev sojourn_sj_0", "inet sojourn_sj_0"), rules.tables());
        String all = String.join("\n", rules.fixed());
        assertTrue(all.contains("elements = { 443, 39999-49999 }"), all);
        assertTrue(all.contains("@th,136,8 6 @th,224,16 443 fwd ip to 192.0.0.8 device \"sj.0\""), all);
        assertTrue(all.contains("@th,112,8 6 @th,384,16 39999-49999 fwd ip6 to fe80::1 device \"sj.0\""), all);
        assertTrue(all.contains("out oifname != \"lo\" tcp sport @ports notrack"), all);
    }

    @Test
    void manyOldConnectionsAreWrittenInShortLines() {
        List<Entry> connections = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            connections.add(
                    new Entry(IpAddress.parse("10.0.0.1"), 40_000 + i, IpAddress.parse("192.0.2.9"), 443, false));
        }
        connections.add(new Entry(IpAddress.parse("2001:db8::1"), 41_000, IpAddress.parse("2001:db8::2"), 22, false));
        List<String> lines = new HostAddressRules(SETTINGS).except(connections);
        assertEquals(2 * (4 + 1), lines.size());
        assertTrue(lines.stream().allMatch(line -> line.length() < 4_000));
        assertTrue(lines.get(0)
                .startsWith("add element netdev sojourn_sj_0 kernel4 { 192.0.2.9 . 443 . 10.0.0.1 . 40000, "));
        assertTrue(lines.contains("add element inet sojourn_sj_0 kernel6 { 2001:db8::1 . 41000 . 2001:db8::2 . 22 }"));
        assertEquals(List.of(), new HostAddressRules(SETTINGS).except(List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\"b", "a b", "a;b", "a{b", "sixteen-letters-"})
    void namesThatNftCannotReadAreRefused(String tun) {
        assertThrows(IllegalArgumentException.class, () -> new HostAddressSettings(tun, 1, 2, Set.of(), name -> true));
    }

    @Test
    void portsOutOfRangeAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new HostAddressSettings("t", 0, 2, Set.of(), name -> true));
        assertThrows(IllegalArgumentException.class, () -> new HostAddressSettings("t", 3, 2, Set.of(), name -> true));
        assertThrows(
                IllegalArgumentException.class, () -> new HostAddressSettings("t", 1, 65_536, Set.of(), name -> true));
        assertThrows(
                IllegalArgumentException.class, () -> new HostAddressSettings("t", 1, 2, Set.of(65_536), name -> true));
    }
}
