package net.sojourn.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import net.sojourn.daemon.control.Reply;
import net.sojourn.daemon.control.Request;
import net.sojourn.daemon.control.TimelineEvent;
import net.sojourn.daemon.control.TimelineEvent.Kind;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.topology.MobilityTopology;
import net.sojourn.testbed.topology.TopologySettings;
import net.sojourn.testbed.topology.Uplink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rules, pins and hysteresis on a laptop whose two networks let out their own addresses only (BCP 38), as networks do: a
 * packet that leaves by the wrong one is lost. Needs root.
 */
@Timeout(120)
class MovePolicyIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long OCTETS = 9_000_000;
    private static final long OCTETS_PER_SECOND = 1_500_000;

    @RegisterExtension
    final Diary diary = new Diary();

    @TempDir
    Path folder;

    // Set before each test.
    @SuppressWarnings("NullAway.Init")
    private MobilityTopology topology;

    @SuppressWarnings("NullAway.Init")
    private Trickle web;

    @SuppressWarnings("NullAway.Init")
    private DaemonOnHost laptop;

    @BeforeEach
    void build() throws Exception {
        topology = MobilityTopology.create(TopologySettings.IPV4);
        refuseStrangers(topology.wifiRouter(), topology.wifi());
        refuseStrangers(topology.mobileRouter(), topology.mobile());
        web = Trickle.start(topology.server(), OCTETS, OCTETS_PER_SECOND);
        DaemonOnHost.start(
                topology.server(),
                folder,
                "[socks5]\nenabled = false\n[[publish]]\nport = 80\nto = \"127.0.0.1:" + Trickle.PORT + "\"\n",
                diary);
    }

    private static void refuseStrangers(Host router, Uplink uplink) {
        router.nft("table inet strangers { chain forward { type filter hook forward priority filter - 1;"
                + " iifname \"to-laptop\" ip saddr != " + uplink.prefix().network() + " drop; }; }");
    }

    @AfterEach
    void remove() {
        topology.close();
    }

    private void laptop(String rules) throws IOException, InterruptedException {
        laptop = DaemonOnHost.start(
                topology.laptop(), folder, "[uplinks]\ninclude = [\"wlan0\", \"wwan0\"]\n" + rules, diary);
    }

    private Download copy() throws IOException, InterruptedException {
        Download copy = Download.start(
                topology.laptop(), "--socks5", "127.0.0.1:1080", "http://" + topology.serverAddress() + "/");
        assertTrue(copy.awaitOctets(1, PATIENCE));
        return copy;
    }

    private void awaitWhole(Download copy) throws InterruptedException {
        assertEquals("", copy.awaitEnd(PATIENCE));
        assertEquals(OCTETS, copy.octets());
        assertEquals(web.sha256(PATIENCE), copy.sha256());
    }

    private Reply.Connection connection() throws IOException {
        List<Reply.Connection> all =
                laptop.ask(new Request.Connections(), Reply.Connections.class).connections();
        assertEquals(1, all.size(), all::toString);
        return all.get(0);
    }

    private Reply.Connection awaitConnection(Predicate<Reply.Connection> wanted)
            throws IOException, InterruptedException {
        Reply.Connection now = connection();
        for (int i = 0; i < 200 && !wanted.test(now); i++) {
            Thread.sleep(25);
            now = connection();
        }
        assertTrue(wanted.test(now), now::toString);
        return now;
    }

    private TimelineEvent await(Kind kind, int mark) throws InterruptedException {
        Optional<TimelineEvent> found = laptop.await(kind, mark, PATIENCE);
        assertTrue(found.isPresent(), () -> "no " + kind + " but " + laptop.since(mark));
        return found.get();
    }

    @Test
    void pinnedConnectionLivesOnItsInterfaceAloneAndWaitsForIt() throws Exception {
        topology.mobile().attach(topology.addresses().laptopOnMobile());
        laptop("[[rule]]\nname = \"phone\"\nentry = \"socks5\"\nports = [80]\npin = \"wwan0\"\n");
        Download copy = copy();
        Reply.Connection pinned = awaitConnection(c -> c.interfaceName().equals("wwan0") && c.moves() == 1);
        assertEquals(List.of("phone", "PINNED", "socks5"), List.of(pinned.rule(), pinned.why(), pinned.entry()));
        // The kernel's routes prefer wlan0: only the device that has the address leads there.
        long there = copy.octets();
        assertTrue(copy.awaitOctets(there + 500_000, PATIENCE), "nothing comes by the mobile network");

        int mark = laptop.mark();
        topology.mobile().leave();
        await(Kind.SUSPENDED, mark);
        Thread.sleep(700);
        Reply.Connection waits = connection();
        assertEquals(List.of("PIN_ABSENT", "true"), List.of(waits.why(), "" + waits.suspended()), waits::words);
        assertEquals(1, waits.moves(), "Wi-Fi is there, and is not for it");

        topology.mobile().attach(topology.addresses().laptopOnMobile());
        awaitConnection(c -> !c.suspended() && c.interfaceName().equals("wwan0"));
        awaitWhole(copy);
    }

    @Test
    void firstMoveToABetterUplinkIsAtOnceAndLaterOnesAreDamped() throws Exception {
        topology.mobile().attach(topology.addresses().laptopOnMobile());
        topology.wifi().leave();
        laptop("[move]\nprefer = [\"kind\"]\ndamping_millis = 1000\n");
        Download copy = copy();
        await(Kind.MIGRATABLE, 0);
        assertEquals("wwan0", connection().interfaceName());

        int mark = laptop.mark();
        topology.wifi().attach(topology.addresses().laptopOnWifi());
        long firstMillis = millis(await(Kind.ADDRESS_NEW, mark), await(Kind.DECIDED_TO_MOVE, mark));
        await(Kind.PATH_SWITCHED, mark);
        int lost = laptop.mark();
        topology.wifi().leave();
        long lostMillis = millis(await(Kind.ADDRESS_GONE, lost), await(Kind.DECIDED_TO_MOVE, lost));
        await(Kind.PATH_SWITCHED, lost);

        int again = laptop.mark();
        topology.wifi().attach(topology.addresses().laptopOnWifi());
        TimelineEvent held = await(Kind.DECIDED_TO_STAY, again);
        assertTrue(held.detail().contains("since it has moved once lately"), held::detail);
        assertEquals("DAMPED", connection().why());
        long dampedMillis = millis(await(Kind.ADDRESS_NEW, again), await(Kind.DECIDED_TO_MOVE, again));
        await(Kind.PATH_SWITCHED, again);
        System.out.printf(
                "to a better uplink after %d ms, from a lost one after %d ms, to a better one again after %d ms%n",
                firstMillis, lostMillis, dampedMillis);
        assertTrue(firstMillis < 700 && lostMillis < 700, "not at once");
        assertTrue(dampedMillis >= 1000 && dampedMillis < 2000, "damped by " + dampedMillis);
        awaitWhole(copy);
    }

    @Test
    void handDecidesAgainstTheOrderAndIsToldWhatIsInItsWay() throws Exception {
        topology.mobile().attach(topology.addresses().laptopOnMobile());
        laptop("[[interface]]\nname = \"wwan0\"\nkind = \"mobile\"\n");
        Download copy = copy();
        long id = awaitConnection(c -> c.migratable() && c.interfaceName().equals("wlan0"))
                .id();
        Optional<String> mobile = Optional.of("wwan0");
        Reply.Outcome moved = laptop.ask(new Request.Migrate(Optional.of(id), mobile), Reply.Migrated.class)
                .outcomes()
                .get(0);
        assertEquals("STARTED", moved.outcome());
        awaitConnection(c -> c.interfaceName().equals("wwan0") && c.rule().equals("by hand"));
        // A change of the network does not take it back.
        topology.laptop().ip("route add 203.0.113.0/24 dev wlan0");
        Thread.sleep(300);
        assertEquals(1, awaitConnection(c -> c.interfaceName().equals("wwan0")).moves());

        laptop.ask(
                new Request.ChangeRule(id, net.sojourn.daemon.mobility.MoveRequests.RuleChange.PIN, List.of("wlan0")),
                Reply.Connections.class);
        awaitConnection(c -> c.interfaceName().equals("wlan0") && c.why().equals("PINNED"));
        Reply.Outcome refused = laptop.ask(new Request.Migrate(Optional.of(id), mobile), Reply.Migrated.class)
                .outcomes()
                .get(0);
        assertEquals("REFUSED", refused.outcome());
        assertEquals("pinned to wlan0 by hand", refused.why());
        laptop.ask(
                new Request.ChangeRule(id, net.sojourn.daemon.mobility.MoveRequests.RuleChange.RELEASE, List.of()),
                Reply.Connections.class);
        awaitConnection(c -> c.rule().isEmpty() && c.why().equals("BEST"));
        awaitWhole(copy);
    }

    private static long millis(TimelineEvent from, TimelineEvent to) {
        return (to.nanos() - from.nanos()) / 1_000_000;
    }
}
