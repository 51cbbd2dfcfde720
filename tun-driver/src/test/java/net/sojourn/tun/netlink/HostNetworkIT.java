package net.sojourn.tun.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import net.sojourn.stack.IpAddress;
import net.sojourn.tun.TunNamespace;
import net.sojourn.tun.netlink.HostNetwork.Way;
import net.sojourn.tun.syscall.Errno;
import net.sojourn.tun.syscall.SystemCallException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What we change, {@code ip} shows; what {@code ip} changes, we see. */
@Timeout(60)
class HostNetworkIT {

    private static final IpAddress U4 = IpAddress.parse("10.71.1.2");
    private static final IpAddress R4 = IpAddress.parse("10.71.1.1");
    private static final IpAddress U6 = IpAddress.parse("fd71:1::2");
    private static final IpAddress R6 = IpAddress.parse("fd71:1::1");
    private static final IpAddress FAR4 = IpAddress.parse("203.0.113.7");
    private static final IpAddress FAR6 = IpAddress.parse("2001:db8::7");

    private TunNamespace namespace;
    private HostNetwork host;
    private int u0;

    @BeforeEach
    void makeNamespace() throws IOException {
        namespace = TunNamespace.create();
        namespace.ip("link add u0 type veth peer name r0");
        host = namespace.call(HostNetwork::open);
        u0 = host.link("u0").orElseThrow().index();
        host.setUp(u0, true);
        host.setUp(host.link("r0").orElseThrow().index(), true);
    }

    @AfterEach
    void removeNamespace() throws IOException {
        host.close();
        namespace.close();
    }

    @Test
    void linksGoUpAndDownAndGetAnMtu() throws IOException {
        assertTrue(host.link("u0").orElseThrow().up());
        host.setMtuBytes(u0, 1300);
        assertEquals(1300, host.link("u0").orElseThrow().mtuBytes());
        assertTrue(namespace.ip("link show u0").contains("mtu 1300"));
        host.setUp(u0, false);
        assertFalse(host.link("u0").orElseThrow().up());
        assertEquals(Optional.empty(), host.link("none"));
        assertTrue(host.link("lo").orElseThrow().loopback());
    }

    @Test
    void changeOfNoDeviceIsNamedAndTyped() {
        SystemCallException e = assertThrows(SystemCallException.class, () -> host.setUp(4711, true));
        assertTrue(e.is(Errno.ENODEV), e.getMessage());
        assertTrue(String.valueOf(e.getMessage()).contains("set device 4711 up"), e.getMessage());
    }

    @Test
    void addressesComeAndGo() throws IOException {
        host.addAddress(u0, U4, 24);
        host.addAddress(u0, U6, 64);
        String shown = namespace.ip("addr show u0");
        assertTrue(shown.contains("inet 10.71.1.2/24 ") && shown.contains("inet6 fd71:1::2/64 "), shown);
        assertTrue(host.addresses().stream().filter(a -> a.address().equals(U6)).allMatch(LinkAddress::isUsable));
        SystemCallException e = assertThrows(SystemCallException.class, () -> host.addAddress(u0, U4, 24));
        assertTrue(e.is(Errno.EEXIST), e.getMessage());
        host.removeAddress(u0, U4, 24);
        host.removeAddress(u0, U4, 24);
        host.removeAddress(u0, U6, 64);
        assertFalse(host.addresses().stream()
                .anyMatch(a -> a.address().equals(U4) || a.address().equals(U6)));
    }

    @Test
    void routesCarryGatewaySourceMetricAndTable() throws IOException {
        host.addAddress(u0, U4, 24);
        host.addAddress(u0, IpAddress.parse("10.71.1.9"), 24);
        host.addAddress(u0, U6, 64);
        Route route4 = Route.onLink(IpAddress.parse("203.0.113.0"), 24, u0)
                .via(R4)
                .from(IpAddress.parse("10.71.1.9"))
                .metric(50);
        host.addRoute(route4);
        Route route6 =
                Route.onLink(IpAddress.parse("2001:db8::"), 32, u0).via(R6).table(1000);
        host.addRoute(route6);
        String shown = namespace.ip("route show 203.0.113.0/24");
        assertTrue(shown.contains("via 10.71.1.1 dev u0") && shown.contains("src 10.71.1.9 metric 50"), shown);
        assertTrue(namespace.ip("-6 route show table 1000").contains("2001:db8::/32 via fd71:1::1 dev u0"));
        SystemCallException e = assertThrows(SystemCallException.class, () -> host.addRoute(route4));
        assertTrue(e.is(Errno.EEXIST), e.getMessage());
        host.replaceRoute(route4.from(U4));
        assertTrue(namespace.ip("route show 203.0.113.0/24").contains("src 10.71.1.2"));
        assertEquals(Optional.of(new Way(U4, u0)), host.wayTo(FAR4));
        host.removeRoute(route4);
        host.removeRoute(route4);
        host.removeRoute(route6);
        assertEquals("", namespace.ip("route show 203.0.113.0/24"));
        assertEquals(Optional.empty(), host.wayTo(FAR4));
    }

    @Test
    void wayFollowsTheRoutes() throws IOException {
        assertEquals(Optional.empty(), host.wayTo(FAR4));
        assertEquals(Optional.empty(), host.wayTo(FAR6));
        host.addAddress(u0, U4, 24);
        host.addAddress(u0, U6, 64);
        assertEquals(Optional.of(new Way(U4, u0)), host.wayTo(R4));
        assertEquals(Optional.empty(), host.wayTo(FAR4));
        host.addRoute(Route.onLink(IpAddress.IPV4_ANY, 0, u0).via(R4));
        host.addRoute(Route.onLink(IpAddress.IPV6_ANY, 0, u0).via(R6));
        assertEquals(Optional.of(new Way(U4, u0)), host.wayTo(FAR4));
        assertEquals(Optional.of(new Way(U6, u0)), host.wayTo(FAR6));
        namespace.ip("route add unreachable 203.0.113.7");
        assertEquals(Optional.empty(), host.wayTo(FAR4));
        // Ourselves: by loopback.
        assertEquals(1, host.wayTo(U4).orElseThrow().linkIndex());
    }

    @Test
    void sourceDecidesTheLinkWhereARuleSaysSo() throws IOException {
        namespace.ip("link add u1 type veth peer name r1");
        int u1 = host.link("u1").orElseThrow().index();
        host.setUp(u1, true);
        host.setUp(host.link("r1").orElseThrow().index(), true);
        IpAddress second4 = IpAddress.parse("10.71.2.2");
        IpAddress second6 = IpAddress.parse("fd71:2::2");
        host.addAddress(u0, U4, 24);
        host.addAddress(u1, second4, 24);
        host.addAddress(u0, U6, 64);
        host.addAddress(u1, second6, 64);
        host.addRoute(Route.onLink(IpAddress.IPV4_ANY, 0, u0).via(R4));
        host.addRoute(Route.onLink(IpAddress.IPV6_ANY, 0, u0).via(R6));
        host.addRoute(Route.onLink(IpAddress.IPV4_ANY, 0, u1)
                .via(IpAddress.parse("10.71.2.1"))
                .table(7));
        host.addRoute(Route.onLink(IpAddress.IPV6_ANY, 0, u1)
                .via(IpAddress.parse("fd71:2::1"))
                .table(7));
        assertEquals(OptionalInt.of(u0), host.leavesBy(second4, FAR4));
        namespace.ip("rule add from 10.71.2.0/24 table 7");
        namespace.ip("-6 rule add from fd71:2::/64 table 7");
        assertEquals(OptionalInt.of(u1), host.leavesBy(second4, FAR4));
        assertEquals(OptionalInt.of(u0), host.leavesBy(U4, FAR4));
        assertEquals(OptionalInt.of(u1), host.leavesBy(second6, FAR6));
        assertEquals(OptionalInt.of(u0), host.leavesBy(U6, FAR6));
        assertEquals(OptionalInt.empty(), host.leavesBy(IpAddress.parse("10.99.99.99"), FAR4), "not ours");
    }

    /** Two uplinks, of which the kernel prefers one, and a third device with an address and no way out. */
    @Test
    void deviceLeadsToAPeerIfItHasARouteThere() throws IOException {
        namespace.ip("link add u1 type veth peer name r1");
        namespace.ip("link add u2 type veth peer name r2");
        namespace.ip("link set u1 up");
        namespace.ip("link set r1 up");
        namespace.ip("link set u2 up");
        int u1 = host.link("u1").orElseThrow().index();
        int u2 = host.link("u2").orElseThrow().index();
        IpAddress second4 = IpAddress.parse("10.71.2.2");
        IpAddress second6 = IpAddress.parse("fd71:2::2");
        IpAddress third4 = IpAddress.parse("10.71.3.2");
        IpAddress third6 = IpAddress.parse("fd71:3::2");
        host.addAddress(u0, U4, 24);
        host.addAddress(u0, U6, 64);
        host.addAddress(u1, second4, 24);
        host.addAddress(u1, second6, 64);
        host.addAddress(u2, third4, 24);
        host.addAddress(u2, third6, 64);
        namespace.ip("route add default via 10.71.1.1 dev u0 metric 100");
        namespace.ip("route add default via 10.71.2.1 dev u1 metric 200");
        namespace.ip("-6 route add default via fd71:1::1 dev u0 metric 100");
        namespace.ip("-6 route add default via fd71:2::1 dev u1 metric 200");
        assertTrue(host.leadsBy(u0, U4, FAR4) && host.leadsBy(u0, U6, FAR6), "preferred");
        assertTrue(host.leadsBy(u1, second4, FAR4) && host.leadsBy(u1, second6, FAR6), "the other");
        assertFalse(host.leadsBy(u2, third4, FAR4), "no route");
        assertFalse(host.leadsBy(u2, third6, FAR6), "no route");
        namespace.ip("rule add from 10.71.3.0/24 table 7");
        namespace.ip("route add default via 10.71.3.1 dev u2 table 7");
        assertTrue(host.leadsBy(u2, third4, FAR4), "by a rule for its source");
        assertFalse(host.leadsBy(u0, U4, U4), "ourselves");
    }

    @Test
    void linkTellsItsDriver() throws IOException {
        assertEquals("veth", host.link("u0").orElseThrow().driver());
        assertEquals(1, host.link("u0").orElseThrow().hardwareType(), "ARPHRD_ETHER");
        assertEquals("", host.link("lo").orElseThrow().driver());
        assertEquals(772, host.link("lo").orElseThrow().hardwareType(), "ARPHRD_LOOPBACK");
    }
}
