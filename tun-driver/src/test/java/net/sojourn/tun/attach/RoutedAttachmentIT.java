package net.sojourn.tun.attach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.tun.TunException;
import net.sojourn.tun.TunSettings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stack with addresses of its own: from the same host, through routers, on a device that was there before. */
@Timeout(120)
class RoutedAttachmentIT {

    private static final int ECHO = 7007;
    private static final IpAddress STACK4 = IpAddress.parse("10.99.0.2");
    private static final IpAddress STACK6 = IpAddress.parse("fd99::2");
    private static final List<IpAddress> STACK = List.of(STACK4, STACK6);
    private static final List<IpAddress> HOST = List.of(IpAddress.parse("10.99.0.1"), IpAddress.parse("fd99::1"));

    private LaptopNetwork network;

    @BeforeEach
    void makeNetwork() throws IOException {
        network = new LaptopNetwork();
    }

    @AfterEach
    void removeNetwork() throws IOException {
        network.close();
    }

    private static NetworkStack stackOn(Attachment attachment) {
        return NetworkStack.builder(attachment.port())
                .address(STACK4)
                .address(STACK6)
                .start();
    }

    private Attachment open(RoutedSettings settings) throws IOException {
        return network.laptop.call(() -> RoutedAttachment.open(settings));
    }

    private static void meets(NetworkStack stack, LaptopNetwork network, net.sojourn.tun.TunNamespace from, boolean six)
            throws IOException {
        assertFalse(network.laptop.name().isEmpty());
        try (TcpListener listener = stack.listen(null, ECHO, 1);
                Socket kernel = LaptopNetwork.connect(from, (six ? STACK6 : STACK4).toString(), ECHO);
                TcpConnection accepted = listener.accept(LaptopNetwork.TIMEOUT_MILLIS)) {
            kernel.getOutputStream().write(42);
            byte[] octet = new byte[1];
            assertEquals(1, accepted.read(octet, 0, 1));
            assertEquals(42, octet[0]);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void hostAndStackTalk(boolean six) throws Exception {
        try (ServerSocket echo = LaptopNetwork.echo(network.laptop, ECHO);
                Attachment attachment = open(RoutedSettings.of(TunSettings.named("sj0"), STACK));
                NetworkStack stack = stackOn(attachment)) {
            meets(stack, network, network.laptop, six);
            try (TcpConnection out = stack.connect(
                    new java.net.InetSocketAddress(six ? LaptopNetwork.LAPTOP6 : LaptopNetwork.LAPTOP4, ECHO),
                    LaptopNetwork.TIMEOUT_MILLIS)) {
                out.readTimeoutMillis(LaptopNetwork.TIMEOUT_MILLIS);
                assertTrue(LaptopStack.echoes(out, 20_000));
            }
            assertTrue(echo.isBound());
        }
        assertFalse(network.laptop.hasDevice("sj0"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void othersAreRoutedToTheStack(boolean six) throws Exception {
        LaptopNetwork.forward(network.laptop);
        network.router.ip("route add 10.99.0.2 via 10.71.1.2");
        network.router.ip("-6 route add fd99::2 via fd71:1::2");
        try (ServerSocket echo = LaptopNetwork.echo(network.server, ECHO);
                Attachment attachment = open(RoutedSettings.of(TunSettings.named("sj0"), STACK));
                NetworkStack stack = stackOn(attachment)) {
            meets(stack, network, network.server, six);
            try (TcpConnection out = stack.connect(
                    new java.net.InetSocketAddress(six ? LaptopNetwork.SERVER6 : LaptopNetwork.SERVER4, ECHO),
                    LaptopNetwork.TIMEOUT_MILLIS)) {
                out.readTimeoutMillis(LaptopNetwork.TIMEOUT_MILLIS);
                assertTrue(LaptopStack.echoes(out, 30_000));
            }
            assertTrue(echo.isBound());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void hostWithoutAnyAddressGetsOne(boolean six) throws Exception {
        network.laptop.ip("link del u0");
        RoutedSettings settings =
                RoutedSettings.of(TunSettings.named("sj0"), STACK).hostAddresses(HOST);
        try (Attachment attachment = open(settings);
                NetworkStack stack = stackOn(attachment)) {
            assertEquals(
                    List.of(
                            "make or take TUN device sj0, up",
                            "add address 10.99.0.1/32 to sj0",
                            "add address fd99::1/128 to sj0",
                            "add route 10.99.0.2/32 through sj0 metric 4096",
                            "add route fd99::2/128 through sj0 metric 4096"),
                    attachment.plan());
            meets(stack, network, network.laptop, six);
            assertTrue(network.laptop.ip("route get 10.99.0.2").contains("src 10.99.0.1"));
        }
    }

    /** What a person had set up stays, what we added goes. */
    @Test
    void existingDeviceIsTakenAndLeftAsItWas() throws Exception {
        network.laptop.ip("tuntap add sj7 mode tun vnet_hdr");
        network.laptop.ip("addr add 10.99.0.1/24 dev sj7");
        network.laptop.ip("link set sj7 mtu 1380");
        network.laptop.ip("link set sj7 up");
        List<String> routes = routes();
        RoutedSettings settings =
                RoutedSettings.of(TunSettings.named("sj7"), STACK).hostAddresses(List.of(HOST.get(1)));
        try (Attachment attachment = open(settings);
                NetworkStack stack = stackOn(attachment)) {
            assertEquals(1380, attachment.port().mtuBytes());
            meets(stack, network, network.laptop, false);
            meets(stack, network, network.laptop, true);
        }
        String after = network.laptop.ip("addr show sj7");
        assertTrue(after.contains("10.99.0.1/24") && after.contains("mtu 1380") && !after.contains("fd99::1"), after);
        assertEquals(routes, routes());
    }

    /** But for what the kernel adds and says by itself when a device gets its first holder. */
    private List<String> routes() throws IOException {
        String all = network.laptop.ip("route show") + network.laptop.ip("-6 route show");
        return all.replace("linkdown ", "")
                .lines()
                .filter(line -> !line.startsWith("fe80"))
                .toList();
    }

    @Test
    void heldDeviceIsRefused() throws Exception {
        RoutedSettings settings = RoutedSettings.of(TunSettings.named("sj0"), STACK);
        try (Attachment first = open(settings)) {
            TunException e = assertThrows(TunException.class, () -> open(settings));
            assertEquals(TunException.Reason.HELD_BY_ANOTHER, e.reason());
            assertTrue(network.laptop.ip("route show").contains("10.99.0.2 dev sj0"), "the first one's routes stay");
            first.close();
            first.close();
        }
        assertFalse(network.laptop.hasDevice("sj0"));
    }
}
