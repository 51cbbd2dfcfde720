package net.sojourn.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import net.sojourn.daemon.control.TimelineEvent;
import net.sojourn.daemon.control.TimelineEvent.Kind;
import net.sojourn.testbed.topology.MobilityTopology;
import net.sojourn.testbed.topology.TopologySettings;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A laptop that is away for a while under a running copy: its daemon frozen as by a sleep, or itself without any network.
 * Needs root.
 */
class AwayHostIT {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long OCTETS_PER_SECOND = 1_000_000;

    @RegisterExtension
    final Diary diary = new Diary();

    @TempDir
    Path folder;

    /** What happens to a laptop under a copy, of which a part is there and the rest is still to come. */
    @FunctionalInterface
    private interface Absence {
        void happens(MobilityTopology topology, DaemonOnHost laptop, Download copy) throws Exception;
    }

    /** A copy of {@code octets} begins; after the absence the rest comes, and all of it is what was sent. */
    private void copyOutlives(long octets, Absence absence) throws Exception {
        try (MobilityTopology topology = MobilityTopology.create(TopologySettings.IPV4)) {
            Trickle web = Trickle.start(topology.server(), octets, OCTETS_PER_SECOND);
            server(topology);
            DaemonOnHost laptop = laptop(topology);
            Download copy = copy(topology, laptop);
            assertTrue(copy.awaitOctets(1_000_000, PATIENCE));
            absence.happens(topology, laptop, copy);
            assertEquals("", copy.awaitEnd(PATIENCE.multipliedBy(2)));
            assertEquals(octets, copy.octets());
            assertEquals(web.sha256(PATIENCE), copy.sha256());
        }
    }

    private DaemonOnHost server(MobilityTopology topology) throws Exception {
        return DaemonOnHost.start(
                topology.server(),
                folder,
                "[socks5]\nenabled = false\n[[publish]]\nport = 80\nto = \"127.0.0.1:" + Trickle.PORT + "\"\n",
                diary);
    }

    private DaemonOnHost laptop(MobilityTopology topology) throws Exception {
        return DaemonOnHost.start(topology.laptop(), folder, "[uplinks]\ninclude = [\"wlan0\", \"wwan0\"]\n", diary);
    }

    private static Download copy(MobilityTopology topology, DaemonOnHost laptop) throws Exception {
        Download copy = Download.start(
                topology.laptop(), "--socks5", "127.0.0.1:1080", "http://" + topology.serverAddress() + "/");
        assertTrue(copy.awaitOctets(1, PATIENCE));
        assertTrue(laptop.await(Kind.MIGRATABLE, 0, PATIENCE).isPresent(), "the ends do not agree on keys");
        return copy;
    }

    private static TimelineEvent await(DaemonOnHost daemon, Kind kind, int mark) throws InterruptedException {
        Optional<TimelineEvent> found = daemon.await(kind, mark, PATIENCE);
        assertTrue(found.isPresent(), () -> "no " + kind);
        return found.get();
    }

    private static void signal(DaemonOnHost daemon, String name) throws Exception {
        Process kill = new ProcessBuilder(
                        "kill", "-" + name, String.valueOf(daemon.process().pid()))
                .start();
        assertEquals(0, kill.waitFor());
    }

    /**
     * Frozen for 9 s the peer's retransmissions back off so far that the next is seconds away; but the daemon notices that
     * it was away, and asks.
     */
    @Test
    @Timeout(90)
    void frozenDaemonAsksItsPeersForASignOfLifeAtOnce() throws Exception {
        long octets = 6_000_000;
        copyOutlives(octets, (topology, laptop, copy) -> {
            int mark = laptop.mark();
            signal(laptop, "STOP");
            Thread.sleep(9_000);
            long continuedNanos = System.nanoTime();
            signal(laptop, "CONT");
            TimelineEvent awoke = await(laptop, Kind.AWOKE, mark);
            assertTrue(awoke.elapsedMicros() >= 7_000_000, () -> "away for " + awoke.elapsedMicros() + " us");
            await(laptop, Kind.PATH_SWITCHED, mark);
            long there = copy.octets();
            assertTrue(copy.awaitOctets(Math.min(octets, there + 500_000), PATIENCE));
            System.out.printf(
                    Locale.ROOT,
                    "frozen for 9 s: noticed after %.0f ms, path confirmed after %.0f ms, 500,000 octets more after %.0f"
                            + " ms%n",
                    (awoke.nanos() - continuedNanos) / 1e6,
                    (await(laptop, Kind.PATH_SWITCHED, mark).nanos() - continuedNanos) / 1e6,
                    (System.nanoTime() - continuedNanos) / 1e6);
        });
    }

    /** {@code -Psoak}: ten real minutes without any address, both daemons running. */
    @Test
    void copyOutlivesTenMinutesWithoutAnyNetwork() throws Exception {
        long outageSeconds = Long.getLong("sojourn.soak.outageSeconds", 0);
        Assumptions.assumeTrue(outageSeconds > 0, "only with -Psoak");
        long octets = 10_000_000;
        copyOutlives(octets, (topology, laptop, copy) -> {
            int mark = laptop.mark();
            long presentNanos = topology.outage(
                            Duration.ofSeconds(outageSeconds),
                            topology.addresses().laptopOnWifiAgain())
                    .presentNanos();
            TimelineEvent switched = await(laptop, Kind.PATH_SWITCHED, mark);
            long firstOctetNanos = copy.awaitArrivalAfter(switched.nanos(), PATIENCE);
            assertTrue(firstOctetNanos >= 0, "nothing comes any more");
            System.out.printf(
                    Locale.ROOT,
                    "%d s without any address: first new octet %.1f ms after the new one%n",
                    outageSeconds,
                    (firstOctetNanos - presentNanos) / 1e6);
        });
    }
}
