package net.sojourn.tun.attach;

import static net.sojourn.tun.attach.LaptopNetwork.LAPTOP4;
import static net.sojourn.tun.attach.LaptopNetwork.LAPTOP6;
import static net.sojourn.tun.attach.LaptopNetwork.MOVED4;
import static net.sojourn.tun.attach.LaptopNetwork.MOVED6;
import static net.sojourn.tun.attach.LaptopNetwork.NOWHERE4;
import static net.sojourn.tun.attach.LaptopNetwork.NOWHERE6;
import static net.sojourn.tun.attach.LaptopNetwork.SERVER4;
import static net.sojourn.tun.attach.LaptopNetwork.SERVER6;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.tun.TunException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The stack and the kernel on the same addresses, behind a firewall, against the kernels of a router and a server. */
@Timeout(120)
class HostAddressAttachmentIT {

    private static final int ECHO = 7007;
    private static final int IN_RANGE = 45_678;
    private static final String RESERVED = "/proc/sys/net/ipv4/ip_local_reserved_ports";

    private LaptopNetwork network;

    @BeforeEach
    void makeNetwork() throws IOException {
        network = new LaptopNetwork();
        network.loadFirewall();
    }

    @AfterEach
    void removeNetwork() throws IOException {
        network.close();
    }

    private static String laptop(boolean six) {
        return six ? LAPTOP6 : LAPTOP4;
    }

    private static String server(boolean six) {
        return six ? SERVER6 : SERVER4;
    }

    private String rules() throws IOException {
        return network.laptop.inside("nft", "list", "ruleset");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void othersReachTheStack(boolean six) throws Exception {
        try (LaptopStack laptop = new LaptopStack(network);
                TcpListener published = laptop.echo(LaptopStack.PUBLISHED);
                TcpListener inRange = laptop.echo(IN_RANGE);
                Socket first = LaptopNetwork.connect(network.server, laptop(six), LaptopStack.PUBLISHED);
                Socket second = LaptopNetwork.connect(network.server, laptop(six), IN_RANGE)) {
            assertTrue(LaptopNetwork.echoes(first, "x".repeat(20_000)));
            assertTrue(LaptopNetwork.echoes(second, "hello"));
            assertFalse(published.isClosed() || inRange.isClosed());
            assertEquals(0, laptop.stack.count(DropReason.TCP_CHECKSUM));
        }
    }

    /** More than the path between router and server takes: the router says so, and the stack hears it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void stackReachesOthersThroughANarrowerPath(boolean six) throws Exception {
        try (ServerSocket echo = LaptopNetwork.echo(network.server, ECHO);
                LaptopStack laptop = new LaptopStack(network);
                TcpConnection connection = laptop.connect(server(six), ECHO)) {
            assertEquals(
                    IpAddress.parse(laptop(six)),
                    IpAddress.of(connection.localAddress().getAddress()));
            assertTrue(LaptopStack.echoes(connection, 30_000));
            assertTrue(laptop.stack.count(Counter.ICMP_IN) > 0, "packet too big");
            assertEquals(1500, laptop.attachment.port().mtuBytes());
            assertEquals(ECHO, echo.getLocalPort());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void unreachableComesToTheStack(boolean six) throws Exception {
        try (LaptopStack laptop = new LaptopStack(network)) {
            IOException e = assertThrows(IOException.class, () -> laptop.connect(six ? NOWHERE6 : NOWHERE4, ECHO));
            assertTrue(laptop.stack.count(Counter.ICMP_IN) > 0, e.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void kernelKeepsTheRest(boolean six) throws Exception {
        try (LaptopStack laptop = new LaptopStack(network);
                TcpListener published = laptop.echo(LaptopStack.PUBLISHED);
                ServerSocket ssh = LaptopNetwork.echo(network.laptop, 22);
                ServerSocket far = LaptopNetwork.echo(network.server, ECHO);
                Socket stack = LaptopNetwork.connect(network.server, laptop(six), LaptopStack.PUBLISHED);
                Socket in = LaptopNetwork.connect(network.server, laptop(six), 22);
                Socket out = LaptopNetwork.connect(network.laptop, server(six), ECHO)) {
            assertTrue(LaptopNetwork.echoes(in, "kernel in"));
            assertTrue(LaptopNetwork.echoes(out, "kernel out"));
            assertTrue(LaptopNetwork.echoes(stack, "stack"));
            assertTrue(out.getLocalPort() < LaptopStack.FIRST || out.getLocalPort() > LaptopStack.LAST);
            assertTrue(ssh.isBound() && far.isBound() && !published.isClosed());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void programsOnTheSameHost(boolean six) throws Exception {
        try (LaptopStack laptop = new LaptopStack(network);
                TcpListener published = laptop.echo(LaptopStack.PUBLISHED);
                ServerSocket local = LaptopNetwork.echo(network.laptop, ECHO);
                Socket program = LaptopNetwork.connect(network.laptop, laptop(six), LaptopStack.PUBLISHED);
                TcpConnection toProgram = laptop.connect(laptop(six), ECHO);
                TcpConnection toItself = laptop.connect(laptop(six), LaptopStack.PUBLISHED)) {
            assertTrue(LaptopNetwork.echoes(program, "y".repeat(20_000)));
            assertTrue(LaptopStack.echoes(toProgram, 20_000));
            assertTrue(LaptopStack.echoes(toItself, 20_000));
            assertTrue(local.isBound() && !published.isClosed());
        }
    }

    /** Rules name no address. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void newAddressNeedsNoNewRule(boolean six) throws Exception {
        try (ServerSocket far = LaptopNetwork.echo(network.server, ECHO);
                LaptopStack laptop = new LaptopStack(network);
                TcpListener published = laptop.echo(LaptopStack.PUBLISHED)) {
            String before = rules();
            network.removeAddress("u0", laptop(six));
            String moved = six ? MOVED6 : MOVED4;
            network.address("u0", moved, six ? "fd71:2::1" : "10.71.2.1");
            laptop.await(all -> all.contains(IpAddress.parse(moved)) && !all.contains(IpAddress.parse(laptop(six))));
            try (Socket in = LaptopNetwork.connect(network.server, moved, LaptopStack.PUBLISHED);
                    TcpConnection out = laptop.connect(server(six), ECHO)) {
                assertTrue(LaptopNetwork.echoes(in, "in"));
                assertTrue(LaptopStack.echoes(out, 10_000));
                assertEquals(
                        IpAddress.parse(moved), IpAddress.of(out.localAddress().getAddress()));
            }
            assertEquals(before, rules());
            assertTrue(far.isBound() && !published.isClosed());
        }
    }

    @Test
    void newUplinkGetsItsRulesAndTakesThemAlong() throws Exception {
        try (LaptopStack laptop = new LaptopStack(network);
                TcpListener published = laptop.echo(LaptopStack.PUBLISHED)) {
            network.connect(network.laptop, "wwan0", "r1");
            network.router.ip("addr add 10.71.3.1/24 dev r1");
            network.laptop.ip("link set wwan0 mtu 1420");
            network.address("wwan0", "10.71.3.2", "10.71.3.1");
            laptop.await(all -> all.contains(IpAddress.parse("10.71.3.2")));
            assertTrue(rules().contains("device \"wwan0\""), rules());
            try (Socket in = LaptopNetwork.connect(network.server, "10.71.3.2", LaptopStack.PUBLISHED)) {
                assertTrue(LaptopNetwork.echoes(in, "in by the new link"));
            }
            assertEquals(1420, laptop.attachment.port().mtuBytes());
            assertTrue(laptop.attachment.plan().stream().anyMatch(line -> line.contains("wwan0")));
            network.laptop.ip("link del wwan0");
            laptop.await(all -> !all.contains(IpAddress.parse("10.71.3.2")));
            for (int i = 0; i < 100 && laptop.attachment.plan().toString().contains("wwan0"); i++) {
                Thread.sleep(10);
            }
            assertFalse(rules().contains("wwan0"), rules());
            assertEquals(3, rules().split("type filter hook ingress", -1).length, "lo and u0 remain: " + rules());
            assertEquals(1500, laptop.attachment.port().mtuBytes());
            assertFalse(published.isClosed());
        }
    }

    /** Two uplinks at once, each with its routes: a router that checks sources (BCP 38) lets only the right ones pass. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sourceDecidesTheUplink(boolean six) throws Exception {
        String second = six ? "fd71:3::2" : "10.71.3.2";
        String gateway = six ? "fd71:3::1" : "10.71.3.1";
        String family = six ? "-6 " : "";
        network.connect(network.laptop, "wwan0", "r1");
        network.router.ip("addr add " + gateway + (six ? "/64" : "/24") + " dev r1" + (six ? " nodad" : ""));
        network.laptop.ip("addr add " + second + (six ? "/64" : "/24") + " dev wwan0" + (six ? " nodad" : ""));
        network.laptop.ip(family + "route add default via " + gateway + " dev wwan0 table 7");
        network.laptop.ip(family + "rule add from " + second + " table 7");
        network.router.inside(
                "nft",
                "table inet bcp38 { chain pre { type filter hook prerouting priority -300;"
                        + " fib saddr . iif oif missing meta l4proto tcp drop; }\n }");
        try (ServerSocket echo = LaptopNetwork.echo(network.server, ECHO);
                LaptopStack laptop = new LaptopStack(network)) {
            for (String source : List.of(second, laptop(six), second)) {
                try (TcpConnection out = laptop.stack.connect(
                        new InetSocketAddress(server(six), ECHO), new InetSocketAddress(source, 0), 5_000)) {
                    out.readTimeoutMillis(LaptopNetwork.TIMEOUT_MILLIS);
                    assertTrue(LaptopStack.echoes(out, 5_000));
                }
            }
            assertTrue(echo.isBound());
            assertTrue(laptop.attachment.losses().endsWith("unroutable=0 source-gone=0"), laptop.attachment.losses());
        }
    }

    /** The stack learns a moment later than the kernel that an address has gone. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nothingLeavesFromAnAddressThatHasGone(boolean six) throws Exception {
        try (ServerSocket echo = LaptopNetwork.echo(network.server, ECHO);
                LaptopStack laptop = new LaptopStack(network);
                TcpConnection out = laptop.connect(server(six), ECHO)) {
            assertTrue(LaptopStack.echoes(out, 1_000));
            network.address("u0", six ? MOVED6 : MOVED4, six ? "fd71:2::1" : "10.71.2.1");
            network.removeAddress("u0", laptop(six));
            out.write(new byte[100], 0, 100);
            for (int i = 0; i < 200 && laptop.attachment.losses().endsWith("source-gone=0"); i++) {
                Thread.sleep(10);
            }
            assertTrue(laptop.attachment.losses().matches(".*source-gone=[1-9].*"), laptop.attachment.losses());
            assertTrue(echo.isBound());
        }
    }

    /** A third of a host's outgoing connections have such a port when the stack starts. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void connectionsFromBeforeGoOn(boolean six) throws Exception {
        try (ServerSocket far = LaptopNetwork.echo(network.server, ECHO);
                Socket old = LaptopNetwork.connect(network.laptop, server(six), ECHO, IN_RANGE)) {
            assertTrue(LaptopNetwork.echoes(old, "before"));
            try (LaptopStack laptop = new LaptopStack(network)) {
                assertTrue(LaptopNetwork.echoes(old, "with the stack"));
                try (TcpConnection out = laptop.connect(server(six), ECHO)) {
                    assertTrue(LaptopStack.echoes(out, 1_000));
                }
            }
            assertTrue(LaptopNetwork.echoes(old, "after"));
            assertTrue(far.isBound());
        }
    }

    @Test
    void loopbackKeepsEveryPort() throws Exception {
        try (ServerSocket four = LaptopNetwork.echo(network.laptop, "127.0.0.1", LaptopStack.PUBLISHED);
                ServerSocket six = LaptopNetwork.echo(network.laptop, "::1", IN_RANGE);
                LaptopStack laptop = new LaptopStack(network);
                TcpListener published = laptop.echo(LaptopStack.PUBLISHED);
                Socket local4 = LaptopNetwork.connect(network.laptop, "127.0.0.1", LaptopStack.PUBLISHED);
                Socket local6 = LaptopNetwork.connect(network.laptop, "::1", IN_RANGE)) {
            assertTrue(LaptopNetwork.echoes(local4, "kernel"));
            assertTrue(LaptopNetwork.echoes(local6, "kernel"));
            assertTrue(four.isBound() && six.isBound() && !published.isClosed());
        }
    }

    @Test
    void portOfAnotherProgramIsRefused() throws Exception {
        try (ServerSocket taken = LaptopNetwork.echo(network.laptop, LaptopStack.PUBLISHED)) {
            AttachException e = assertThrows(AttachException.class, () -> new LaptopStack(network));
            assertEquals(AttachException.Reason.PORT_IN_USE, e.reason());
            assertTrue(String.valueOf(e.getMessage()).contains("port 8443"), e.getMessage());
            assertTrue(taken.isBound());
            assertNothingIsLeft();
        }
    }

    @Test
    void secondAttachmentIsRefusedAndTheFirstGoesOn() throws Exception {
        try (LaptopStack laptop = new LaptopStack(network);
                TcpListener published = laptop.echo(LaptopStack.PUBLISHED)) {
            TunException sameName = assertThrows(TunException.class, () -> new LaptopStack(network));
            assertEquals(TunException.Reason.HELD_BY_ANOTHER, sameName.reason());
            AttachException samePorts =
                    assertThrows(AttachException.class, () -> new LaptopStack(network, LaptopStack.settings("sj1")));
            assertEquals(AttachException.Reason.OTHER_ATTACHMENT, samePorts.reason());
            assertTrue(String.valueOf(samePorts.getMessage()).contains("8443,40000-49999"), samePorts.getMessage());
            HostAddressSettings other = new HostAddressSettings("sj1", 50_000, 50_999, Set.of(), name -> true);
            try (LaptopStack beside = new LaptopStack(network, other)) {
                assertTrue(network.laptop.inside("cat", RESERVED).contains("8443,40000-50999"));
                assertEquals(2, beside.stack.addresses().size());
            }
            assertEquals(
                    "8443,40000-49999", network.laptop.inside("cat", RESERVED).strip());
            try (Socket in = LaptopNetwork.connect(network.server, LAPTOP4, LaptopStack.PUBLISHED)) {
                assertTrue(LaptopNetwork.echoes(in, "still here"));
            }
            assertFalse(published.isClosed());
        }
    }

    @Test
    void closingTakesEverythingBack() throws Exception {
        network.laptop.inside("sh", "-c", "echo 111,45000 > " + RESERVED);
        LaptopStack laptop = new LaptopStack(network);
        assertEquals(
                "111,8443,40000-49999", network.laptop.inside("cat", RESERVED).strip());
        // Also what somebody else adds meanwhile stays.
        network.laptop.inside("sh", "-c", "echo 111,222,8443,40000-49999 > " + RESERVED);
        laptop.close();
        laptop.attachment.close();
        assertEquals("111,222,45000", network.laptop.inside("cat", RESERVED).strip());
        network.laptop.inside("sh", "-c", "echo > " + RESERVED);
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() throws IOException {
        assertFalse(rules().contains("sojourn"), rules());
        assertFalse(network.laptop.hasDevice("sj0"));
        assertEquals("", network.laptop.inside("cat", RESERVED).strip());
    }

    /** Somebody ends the child that holds the rules. */
    @Test
    void lostRulesAreMadeAgain() throws Exception {
        try (LaptopStack laptop = new LaptopStack(network);
                TcpListener published = laptop.echo(LaptopStack.PUBLISHED)) {
            String before = rules();
            List<ProcessHandle> children = ProcessHandle.current()
                    .children()
                    .filter(child -> child.info().commandLine().orElse("").contains("nft -i"))
                    .toList();
            assertEquals(1, children.size());
            children.get(0).destroyForcibly();
            for (int i = 0; i < 200 && (children.get(0).isAlive() || !rules().equals(before)); i++) {
                Thread.sleep(10);
            }
            assertEquals(before, rules());
            try (Socket in = LaptopNetwork.connect(network.server, LAPTOP4, LaptopStack.PUBLISHED)) {
                assertTrue(LaptopNetwork.echoes(in, "again"));
            }
            assertFalse(published.isClosed());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void firewallAgainstTheStackIsCountedNotThrown(boolean six) throws Exception {
        network.laptop.inside("nft", "insert rule inet host output tcp dport " + ECHO + " drop");
        try (LaptopStack laptop = new LaptopStack(network)) {
            assertThrows(
                    IOException.class, () -> laptop.stack.connect(new InetSocketAddress(server(six), ECHO), 1_500));
            assertTrue(laptop.attachment.losses().matches(".*refused-by-firewall=[1-9].*"), laptop.attachment.losses());
            assertTrue(laptop.stack.count(Counter.PACKETS_REFUSED) > 0);
        }
    }

    @Test
    void planSaysWhatIsChanged() throws Exception {
        List<String> plan = HostAddressAttachment.plan(LaptopStack.settings("sj0"));
        try (LaptopStack laptop = new LaptopStack(network)) {
            List<String> whole = laptop.attachment.plan();
            assertEquals(plan, whole.subList(0, plan.size()));
            assertTrue(whole.stream().anyMatch(line -> line.contains("device \"u0\"")), whole.toString());
        }
    }
}
