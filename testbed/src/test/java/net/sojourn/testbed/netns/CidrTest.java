package net.sojourn.testbed.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.stack.IpAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {

    @ParameterizedTest
    @CsvSource({
        "10.1.7.42/24, 10.1.7.0/24, 10.1.7.1",
        "10.1.7.42/16, 10.1.0.0/16, 10.1.0.1",
        "100.64.1.1/32, 100.64.1.1/32, 100.64.1.2",
        "2001:db8:1:7::42/64, 2001:db8:1:7::/64, 2001:db8:1:7::1",
        "2001:db8:1:7::42/48, 2001:db8:1::/48, 2001:db8:1::1",
        "2001:db8::1:42/112, 2001:db8::1:0/112, 2001:db8::1:1"
    })
    void networkAndGateway(String text, String network, String gateway) {
        Cidr cidr = Cidr.parse(text);
        assertEquals(text, cidr.toString());
        assertEquals(network, cidr.network().toString());
        assertEquals(gateway, cidr.gateway().toString());
        assertTrue(cidr.contains(cidr.network().address()));
        assertFalse(cidr.contains(IpAddress.parse("192.0.2.1")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1", "10.0.0.1/33", "10.0.0.1/x", "2001:db8::/129", "host/24"})
    void refusesWhatIsNoAddress(String text) {
        assertThrows(IllegalArgumentException.class, () -> Cidr.parse(text));
    }
}
