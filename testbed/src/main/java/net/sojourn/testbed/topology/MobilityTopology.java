package net.sojourn.testbed.topology;

import java.time.Duration;
import java.util.Optional;
import net.sojourn.stack.IpAddress;
import net.sojourn.testbed.link.EmulatedLink;
import net.sojourn.testbed.link.LinkSettings;
import net.sojourn.testbed.netns.Cidr;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.TestNetwork;
import net.sojourn.testbed.topology.TopologySettings.Routing;

/**
 * A laptop with two uplinks, the hosts it talks to, and moves as methods. Every move changes real addresses and routes of
 * the kernel, which is all that a mobility daemon gets to see.
 *
 * <pre>
 * laptop wlan0 -- wifi   up0 ==(emulated, 20 ms)== \                 / eth0 server
 *                                                   internet ------- - eth0 dns
 * laptop wwan0 -- mobile up0 ==(emulated, 60 ms)== /                 \ eth0 observer
 * </pre>
 *
 * At the start the laptop is on Wi-Fi; wwan0 has no address. Moves may be called from any thread, one at a time.
 */
public final class MobilityTopology implements AutoCloseable {

    private static final int WIFI_METRIC = 600;
    private static final int MOBILE_METRIC = 700;
    private static final int WIRED_METRIC = 100;

    private static final String MASQUERADE = """
            table inet access {
                chain postrouting {
                    type nat hook postrouting priority srcnat
                    oifname "up0" masquerade
                }
            }
            """;
    private static final String STRICT_FIREWALL = """
            table inet access {
                chain forward {
                    type filter hook forward priority filter; policy drop
                    ct state invalid drop
                    ct state established,related accept
                    iifname "to-laptop" ct state new accept
                }
            }
            """;

    private final TestNetwork network;
    private final AddressPlan plan;
    private final Host laptop;
    private final Host internet;
    private final Host wifiRouter;
    private final Host mobileRouter;
    private final Host server;
    private final Host nameServer;
    private final Host observer;
    private final EmulatedLink wifiLink;
    private final EmulatedLink mobileLink;
    private final Uplink wifi;
    private final Uplink mobile;
    private final Uplink serverUplink;

    private MobilityTopology(TestNetwork network, TopologySettings settings) {
        this.network = network;
        plan = AddressPlan.of(settings.family());
        laptop = network.host("laptop");
        internet = network.host("internet").forwarding();
        wifiRouter = network.host("wifi").forwarding();
        mobileRouter = network.host("mobile").forwarding();
        server = network.host("server");
        nameServer = network.host("dns");
        observer = network.host("observer");

        internet.address("lo", plan.internetRouter());
        wifiLink = access(settings, wifiRouter, settings.wifiUp(), settings.wifiDown(), plan.wifiRouter(), plan.wifi());
        mobileLink = access(
                settings, mobileRouter, settings.mobileUp(), settings.mobileDown(), plan.mobileRouter(), plan.mobile());

        boolean dad = settings.duplicateAddressDetection();
        wifi = Uplink.wire(network, laptop, "wlan0", wifiRouter, plan.wifi(), WIFI_METRIC, dad);
        mobile = Uplink.wire(network, laptop, "wwan0", mobileRouter, plan.mobile(), MOBILE_METRIC, dad);
        serverUplink = wired(server, plan.server(), plan.serverHome());
        wired(nameServer, plan.nameServer(), plan.nameServerHome());
        wired(observer, plan.observer(), plan.observerHome());
        wifi.attach(plan.laptopOnWifi());
        for (Host host : new Host[] {laptop, server, observer}) {
            host.nameServer(plan.nameServerHome().address());
        }
    }

    /**
     * Builds it; takes about a second.
     *
     * @throws net.sojourn.testbed.TestbedException if this process may not, with the remedy
     */
    public static MobilityTopology create(TopologySettings settings) {
        TestNetwork network = TestNetwork.create();
        try {
            return new MobilityTopology(network, settings);
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    public TestNetwork network() {
        return network;
    }

    public Host laptop() {
        return laptop;
    }

    public Host server() {
        return server;
    }

    /** The host for name servers; no server runs there by itself. All hosts' resolvers ask it. */
    public Host nameServer() {
        return nameServer;
    }

    /** A third host, which looks on. */
    public Host observer() {
        return observer;
    }

    public Host wifiRouter() {
        return wifiRouter;
    }

    public Host mobileRouter() {
        return mobileRouter;
    }

    /** The router between all others. */
    public Host internet() {
        return internet;
    }

    /** Direction A_TO_B is up, from the Wi-Fi router to the internet. */
    public EmulatedLink wifiLink() {
        return wifiLink;
    }

    /** Direction A_TO_B is up, from the mobile router to the internet. */
    public EmulatedLink mobileLink() {
        return mobileLink;
    }

    /** The laptop's wlan0, for moves other than those below. */
    public Uplink wifi() {
        return wifi;
    }

    /** The laptop's wwan0. */
    public Uplink mobile() {
        return mobile;
    }

    /** The server's eth0. */
    public Uplink serverUplink() {
        return serverUplink;
    }

    /** The addresses everything starts with, and spare ones to move to. */
    public AddressPlan addresses() {
        return plan;
    }

    /** The laptop's address now; of Wi-Fi if it has two, none during an outage. */
    public Optional<IpAddress> laptopAddress() {
        return wifi.attached().or(mobile::attached).map(Cidr::address);
    }

    public IpAddress serverAddress() {
        return serverUplink.attached().orElseThrow().address();
    }

    public IpAddress nameServerAddress() {
        return plan.nameServerHome().address();
    }

    public IpAddress observerAddress() {
        return plan.observerHome().address();
    }

    /** The laptop walks out of the Wi-Fi's reach and takes an address of the mobile network. */
    public Move wifiToMobile() {
        return move(wifi, mobile, plan.laptopOnMobile(), Duration.ZERO);
    }

    /** The laptop leaves the mobile network and takes an address of the Wi-Fi, such as {@code 10.1.7.42/24}. */
    public Move backToWifi(Cidr newAddress) {
        return move(mobile, wifi, newAddress, Duration.ZERO);
    }

    /** No address at all for {@code length}; then the same one again, where the laptop was. */
    public Move outage(Duration length) {
        Uplink current = current();
        return move(current, current, current.attached().orElseThrow(), length);
    }

    /** No address at all for {@code length}; then {@code newAddress}, on the uplink where the laptop was. */
    public Move outage(Duration length, Cidr newAddress) {
        Uplink current = current();
        return move(current, current, newAddress, length);
    }

    /** The server changes its address for another one of its network, such as {@code 10.50.9.20/24}. */
    public Move serverMoves(Cidr newAddress) {
        return move(serverUplink, serverUplink, newAddress, Duration.ZERO);
    }

    /** Any move of one host: leaves {@code from}, waits, attaches to {@code to}. */
    public Move move(Uplink from, Uplink to, Cidr newAddress, Duration gap) {
        Optional<IpAddress> old = from.attached().map(Cidr::address);
        from.leave();
        long goneNanos = System.nanoTime();
        pause(gap);
        to.attach(newAddress);
        return new Move(old, newAddress.address(), goneNanos, System.nanoTime());
    }

    @Override
    public void close() {
        network.close();
    }

    private Uplink current() {
        return wifi.attached().isPresent() ? wifi : mobile;
    }

    private Uplink wired(Host host, Cidr prefix, Cidr address) {
        Uplink uplink = Uplink.wire(network, host, "eth0", internet, prefix, WIRED_METRIC, false);
        uplink.attach(address);
        return uplink;
    }

    /** Joins an access router to the internet by an emulated link, and routes. */
    private EmulatedLink access(
            TopologySettings settings, Host router, LinkSettings up, LinkSettings down, Cidr own, Cidr prefix) {
        EmulatedLink link = settings.linksInProcesses()
                ? network.linkInProcess(router, "up0", internet, router.name(), up, down, settings.seed())
                : network.link(router, "up0", internet, router.name(), up, down, settings.seed());
        router.address("up0", own).ip("route add " + (own.isIpv4() ? "0.0.0.0/0" : "::/0") + " dev up0");
        internet.ip("route add " + own.network() + " dev " + router.name());
        if (settings.routing() == Routing.MASQUERADE) {
            router.nft(MASQUERADE);
        } else {
            internet.ip("route add " + prefix.network() + " dev " + router.name());
        }
        if (settings.routing() == Routing.STRICT_FIREWALL) {
            router.nft(STRICT_FIREWALL)
                    .sysctl("net.netfilter.nf_conntrack_tcp_loose", "0")
                    .sysctl("net.netfilter.nf_conntrack_tcp_be_liberal", "0");
        }
        return link;
    }

    private static void pause(Duration gap) {
        try {
            Thread.sleep(gap.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
