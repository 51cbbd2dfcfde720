package net.sojourn.testbed.moves;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.socket.SojournServerSocket;
import net.sojourn.stack.socket.SojournSocketFactory;
import net.sojourn.testbed.interop.Waiting;
import net.sojourn.testbed.link.EmulatedLink;
import net.sojourn.testbed.link.LinkSettings;
import net.sojourn.testbed.link.Middlebox;
import net.sojourn.testbed.netns.Cidr;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.TestNetwork;

/**
 * A stack with a place behind each of two routers, and one in a network without any:
 *
 * <pre>
 *             / first  up0 ==(link)== first  \
 * laptop sj0 -                                core -- server sj0
 *             \ second up0 ==(link)== second /
 * </pre>
 */
final class RoamingBed implements AutoCloseable {

    static final IpAddress SERVER = IpAddress.parse("10.50.0.10");
    static final IpAddress SERVER_ELSEWHERE = IpAddress.parse("10.50.9.20");
    static final IpAddress SERVER6 = IpAddress.parse("2001:db8:50::10");
    static final int PORT = 7000;

    private static final int PATIENCE_MILLIS = 30_000;

    /** One of the laptop's two networks. */
    enum Place {
        FIRST("10.1.0.2", "2001:db8:1::2", "100.64.1.1", "2001:db8:ffff:1::1"),
        SECOND("10.2.0.2", "2001:db8:2::2", "100.64.2.1", "2001:db8:ffff:2::1");

        final IpAddress address;
        final IpAddress address6;
        private final IpAddress router;
        private final IpAddress router6;

        Place(String address, String address6, String router, String router6) {
            this.address = IpAddress.parse(address);
            this.address6 = IpAddress.parse(address6);
            this.router = IpAddress.parse(router);
            this.router6 = IpAddress.parse(router6);
        }
    }

    /** What a router does beside forwarding. Each counts what conntrack calls invalid. */
    enum Guard {
        /** Nothing. */
        NONE(""),
        /** Lets the inside begin, by a SYN, and whatever belongs to that; drops what does not fit. */
        FIREWALL("""
                chain forward {
                    type filter hook forward priority filter; policy drop
                    ct state invalid counter drop
                    ct state established,related accept
                    iifname "inside" tcp flags & (fin|syn|rst|ack) == syn ct state new accept
                }
                """),
        /** The same, and lets the outside begin. */
        OPEN_FIREWALL("""
                chain forward {
                    type filter hook forward priority filter; policy drop
                    ct state invalid counter drop
                    ct state established,related accept
                    tcp flags & (fin|syn|rst|ack) == syn ct state new accept
                }
                """),
        /** Hides the inside behind the router's own address, and drops what does not fit. */
        MASQUERADE("""
                chain forward {
                    type filter hook forward priority filter; policy drop
                    ct state invalid counter drop
                    ct state established,related accept
                    iifname "inside" tcp flags & (fin|syn|rst|ack) == syn ct state new accept
                }
                chain postrouting {
                    type nat hook postrouting priority srcnat
                    oifname "up0" masquerade
                }
                """);

        private final String chains;

        Guard(String chains) {
            this.chains = chains;
        }
    }

    /** How it is built. */
    record Plan(
            Guard first,
            Guard second,
            LinkSettings link,
            Middlebox firstBox,
            Middlebox secondBox,
            MigrateSettings laptop,
            MigrateSettings server) {

        static Plan of(Guard both, LinkSettings link, MigrateSettings settings) {
            return new Plan(both, both, link, Middlebox.NONE, Middlebox.NONE, settings, settings);
        }

        Plan guards(Guard newFirst, Guard newSecond) {
            return new Plan(newFirst, newSecond, link, firstBox, secondBox, laptop, server);
        }

        Plan boxes(Middlebox newFirst, Middlebox newSecond) {
            return new Plan(first, second, link, newFirst, newSecond, laptop, server);
        }
    }

    private static final Pattern INVALID = Pattern.compile("ct state invalid counter packets (\\d+)");

    private final TestNetwork network;
    private final Host laptopHost;
    private final Host core;
    private final Host[] routers = new Host[2];
    private final EmulatedLink[] links = new EmulatedLink[2];
    private final MigratingHost laptop;
    private final MigratingHost server;
    private final boolean translates;

    RoamingBed(Plan plan) throws IOException {
        translates = plan.first() == Guard.MASQUERADE || plan.second() == Guard.MASQUERADE;
        network = TestNetwork.create();
        try {
            laptopHost = network.host("laptop").forwarding();
            core = network.host("core").forwarding();
            router(Place.FIRST, plan.first(), plan.firstBox(), plan.link());
            router(Place.SECOND, plan.second(), plan.secondBox(), plan.link());
            Host serverHost = network.host("server").forwarding();
            network.cable(core, "servers", serverHost, "eth0");
            joined(core, "servers", "10.9.50.1", "fd00:50::1");
            joined(serverHost, "eth0", "10.9.50.2", "fd00:50::2");
            core.ip("route add 10.50.0.0/16 via 10.9.50.2", "route add 2001:db8:50::/48 via fd00:50::2");
            serverHost.ip("route add default via 10.9.50.1", "route add ::/0 via fd00:50::1");
            StackSettings tcp = StackSettings.defaults();
            Set<IpAddress> places = new LinkedHashSet<>();
            for (Place place : Place.values()) {
                places.add(place.address);
                places.add(place.address6);
            }
            laptop = new MigratingHost(laptopHost, places, plan.laptop(), tcp);
            server = new MigratingHost(
                    serverHost, new LinkedHashSet<>(List.of(SERVER, SERVER_ELSEWHERE, SERVER6)), plan.server(), tcp);
        } catch (IOException | RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private void router(Place place, Guard guard, Middlebox box, LinkSettings settings) {
        int n = place.ordinal();
        String name = place == Place.FIRST ? "first" : "second";
        Host router = network.host(name).forwarding();
        routers[n] = router;
        String net = "10.9." + (n + 1);
        String net6 = "fd00:" + (n + 1);
        network.cable(laptopHost, name, router, "inside");
        joined(laptopHost, name, net + ".2", net6 + "::2");
        joined(router, "inside", net + ".1", net6 + "::1");
        // Where a packet leaves the laptop is decided by where it says it comes from.
        laptopHost.ip(
                "rule add from " + place.address + " lookup 10" + n,
                "route add default via " + net + ".1 table 10" + n);
        laptopHost
                .run("ip", "-6", "rule", "add", "from", "" + place.address6, "lookup", "10" + n)
                .orFail();
        laptopHost.ip("route add ::/0 via " + net6 + "::1 table 10" + n);
        router.ip(
                "route add " + place.address + " via " + net + ".2",
                "route add " + place.address6 + " via " + net6 + "::2");
        links[n] = network.link(router, "up0", core, name, settings, settings, n + 1, box);
        router.address("up0", new Cidr(place.router, 32)).address("up0", new Cidr(place.router6, 128));
        router.ip("route add default dev up0", "route add ::/0 dev up0");
        core.ip(
                "route add " + new Cidr(place.address, 16).network() + " dev " + name,
                "route add " + new Cidr(place.address6, 48).network() + " dev " + name,
                "route add " + place.router + " dev " + name,
                "route add " + place.router6 + " dev " + name);
        if (guard != Guard.NONE) {
            router.nft("table inet guard {\n" + guard.chains + "}")
                    .sysctl("net.netfilter.nf_conntrack_tcp_be_liberal", "0")
                    .sysctl("net.netfilter.nf_conntrack_tcp_loose", "0");
        }
    }

    private static void joined(Host host, String device, String ipv4, String ipv6) {
        host.address(device, Cidr.parse(ipv4 + "/24")).address(device, Cidr.parse(ipv6 + "/64"));
    }

    MigratingHost laptop() {
        return laptop;
    }

    MigratingHost server() {
        return server;
    }

    EmulatedLink link(Place place) {
        return links[place.ordinal()];
    }

    /** How much of a link fits into one packet. */
    void mtu(Place place, int mtuBytes) {
        routers[place.ordinal()].ip("link set up0 mtu " + mtuBytes);
        core.ip("link set " + (place == Place.FIRST ? "first" : "second") + " mtu " + mtuBytes);
    }

    /** Packets that a router's conntrack found invalid, and that were therefore dropped. */
    long invalid(Place place) {
        String rules = routers[place.ordinal()]
                .run("nft", "list", "table", "inet", "guard")
                .orFail()
                .output();
        Matcher counter = INVALID.matcher(rules);
        if (!counter.find()) {
            throw new AssertionError("no counter in " + rules);
        }
        return Long.parseLong(counter.group(1));
    }

    /** The one connection, by both its ends. */
    record Ends(Socket laptop, Socket server) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            laptop.close();
            server.close();
        }
    }

    /** From the laptop's first place. */
    Ends connect(MigratingHost from, IpAddress source, IpAddress to) throws IOException {
        MigratingHost acceptor = from == laptop ? server : laptop;
        try (SojournServerSocket listener = acceptor.listen(PORT)) {
            listener.setSoTimeout(PATIENCE_MILLIS);
            Socket opened = new SojournSocketFactory(from.stack()).createSocket();
            opened.bind(new InetSocketAddress(source.toInetAddress(), 0));
            opened.connect(new InetSocketAddress(to.toInetAddress(), PORT), PATIENCE_MILLIS);
            Socket accepted = listener.accept();
            opened.setSoTimeout(PATIENCE_MILLIS);
            accepted.setSoTimeout(PATIENCE_MILLIS);
            return from == laptop ? new Ends(opened, accepted) : new Ends(accepted, opened);
        }
    }

    /** From the laptop's first place to the server, and agreed on Migrate. */
    Ends connect() throws IOException {
        Ends ends = connect(laptop, Place.FIRST.address, SERVER);
        awaitMigratable();
        return ends;
    }

    void awaitMigratable() {
        Waiting.until("both ends may move", () -> laptop.isMigratable() && server.isMigratable(), this::describe);
    }

    /** Both ends know that the laptop is at {@code address}; with a translator between them only the laptop tells. */
    void awaitLaptopAt(IpAddress address) {
        Waiting.until("the laptop is at " + address, () -> isLaptopAt(address), this::describe);
    }

    private boolean isLaptopAt(IpAddress address) throws IOException {
        boolean serverFollows =
                server.tuple().equals(laptop.tuple().reversed()) || translates && server.moves() >= laptop.moves();
        return laptop.tuple().localAddress().equals(address) && serverFollows;
    }

    void awaitServerAt(IpAddress address) {
        Waiting.until(
                "the server is at " + address,
                () -> server.tuple().localAddress().equals(address)
                        && laptop.tuple().peerAddress().equals(address),
                this::describe);
    }

    String describe() {
        return "laptop " + laptop + "\nserver " + server;
    }

    @Override
    public void close() {
        network.close();
    }
}
