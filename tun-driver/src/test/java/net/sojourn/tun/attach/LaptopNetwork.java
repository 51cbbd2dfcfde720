package net.sojourn.tun.attach;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.sojourn.tun.TunNamespace;

/**
 * A laptop behind a router, and a server behind a link with a smaller MTU that only the router knows of:
 *
 * <pre>
 * laptop u0 .2 ---- .1 r0 router s1 .1 --1400-- .2 s0 server      10.71.1.0/24 fd71:1::/64 | 10.71.9.0/24 fd71:9::/64
 *                       (also 10.71.2.1, fd71:2::1)
 * </pre>
 */
final class LaptopNetwork implements Closeable {

    static final String LAPTOP4 = "10.71.1.2";
    static final String LAPTOP6 = "fd71:1::2";
    static final String MOVED4 = "10.71.2.7";
    static final String MOVED6 = "fd71:2::7";
    static final String SERVER4 = "10.71.9.2";
    static final String SERVER6 = "fd71:9::2";
    static final String NOWHERE4 = "10.71.99.9";
    static final String NOWHERE6 = "fd71:99::9";
    static final int TIMEOUT_MILLIS = 5_000;

    /** What many hosts have: nothing comes in but what was asked for, and what tracking calls invalid does not go out. */
    private static final String FIREWALL = "table inet host {"
            + " chain input { type filter hook input priority 0; policy drop; ct state established,related accept;"
            + " iifname lo accept; tcp dport 22 accept;"
            + " icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept; }\n"
            + " chain forward { type filter hook forward priority 0; policy drop; }\n"
            + " chain output { type filter hook output priority 0; policy accept; ct state invalid drop; }\n }";

    final TunNamespace laptop = TunNamespace.create();
    final TunNamespace router = TunNamespace.create();
    final TunNamespace server = TunNamespace.create();

    LaptopNetwork() throws IOException {
        for (TunNamespace host : List.of(laptop, router, server)) {
            // Who forwards asks for neighbours from its link-local address.
            host.inside("sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/default/addr_gen_mode");
        }
        forward(router);
        connect(laptop, "u0", "r0");
        connect(server, "s0", "s1");
        router.ip("addr add 10.71.1.1/24 dev r0");
        router.ip("addr add 10.71.2.1/24 dev r0");
        router.ip("addr add fd71:1::1/64 dev r0 nodad");
        router.ip("addr add fd71:2::1/64 dev r0 nodad");
        router.ip("addr add 10.71.9.1/24 dev s1");
        router.ip("addr add fd71:9::1/64 dev s1 nodad");
        router.ip("link set s1 mtu 1400");
        router.ip("route add unreachable 10.71.99.0/24");
        router.ip("route add unreachable fd71:99::/64");
        server.ip("addr add 10.71.9.2/24 dev s0");
        server.ip("addr add fd71:9::2/64 dev s0 nodad");
        server.ip("route add default via 10.71.9.1");
        server.ip("-6 route add default via fd71:9::1");
        address("u0", LAPTOP4, "10.71.1.1");
        address("u0", LAPTOP6, "fd71:1::1");
    }

    static void forward(TunNamespace host) throws IOException {
        host.inside(
                "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
    }

    /** A link between {@code host}'s device {@code name} and the router's {@code far}, up. */
    void connect(TunNamespace host, String name, String far) throws IOException {
        host.ip("link add " + name + " type veth peer name " + far + " netns " + router.name());
        router.ip("link set " + far + " up");
        host.ip("link set " + name + " up");
    }

    /** Gives the laptop an address and the way out through {@code gateway}. */
    void address(String device, String address, String gateway) throws IOException {
        boolean six = address.indexOf(':') >= 0;
        laptop.ip("addr add " + address + (six ? "/64" : "/24") + " dev " + device + (six ? " nodad" : ""));
        laptop.ip((six ? "-6 " : "") + "route replace default via " + gateway + " dev " + device);
    }

    void removeAddress(String device, String address) throws IOException {
        laptop.ip("addr del " + address + (address.indexOf(':') >= 0 ? "/64" : "/24") + " dev " + device);
    }

    void loadFirewall() throws IOException {
        laptop.inside("nft", FIREWALL);
    }

    /** A server of the kernel that gives back what it gets, on every address. */
    static ServerSocket echo(TunNamespace host, int port) throws IOException {
        return echo(host, null, port);
    }

    static ServerSocket echo(TunNamespace host, @org.jspecify.annotations.Nullable String address, int port)
            throws IOException {
        ServerSocket listener =
                host.call(() -> new ServerSocket(port, 50, address == null ? null : InetAddress.getByName(address)));
        Thread thread = new Thread(() -> accept(listener), "echo-" + port);
        thread.setDaemon(true);
        thread.start();
        return listener;
    }

    private static void accept(ServerSocket listener) {
        try {
            while (true) {
                Socket socket = listener.accept();
                Thread thread = new Thread(() -> giveBack(socket), "echo-connection");
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException e) {
            // The test has closed it.
        }
    }

    private static void giveBack(Socket socket) {
        try (socket) {
            socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException e) {
            // The test has closed it.
        }
    }

    /** A connection of the kernel. */
    static Socket connect(TunNamespace host, String address, int port) throws IOException {
        return connect(host, address, port, 0);
    }

    static Socket connect(TunNamespace host, String address, int port, int localPort) throws IOException {
        Socket socket = host.call(() -> {
            Socket made = new Socket();
            if (localPort != 0) {
                made.bind(new InetSocketAddress(localPort));
            }
            made.connect(new InetSocketAddress(address, port), TIMEOUT_MILLIS);
            return made;
        });
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return socket;
    }

    /** Whether {@code text} comes back. */
    static boolean echoes(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        InputStream in = socket.getInputStream();
        byte[] octets = text.getBytes(StandardCharsets.US_ASCII);
        out.write(octets);
        return text.equals(new String(new DataInputStream(in).readNBytes(octets.length), StandardCharsets.US_ASCII));
    }

    @Override
    public void close() throws IOException {
        try (server;
                router;
                laptop) {
            assert laptop != router;
        }
    }
}
