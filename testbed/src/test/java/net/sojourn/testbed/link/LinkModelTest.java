package net.sojourn.testbed.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.sojourn.testbed.link.Fate.Outcome;
import org.junit.jupiter.api.Test;

/** The link model in virtual time. */
class LinkModelTest {

    private static final long MILLI = 1_000_000;
    private static final long SEED = 42;

    @Test
    void unlimitedLinkDeliversAtOnce() {
        LinkModel model = new LinkModel(LinkSettings.UNLIMITED, SEED);
        assertEquals(new Fate(Outcome.DELIVERED, 77, Fate.NO_COPY, Fate.INTACT), model.offer(65_535, 77));
    }

    @Test
    void delayIsAddedToEachPacket() {
        LinkModel model = new LinkModel(LinkSettings.delay(Duration.ofMillis(10)), SEED);
        assertEquals(10 * MILLI, model.offer(1500, 0).arrivalNanos());
        assertEquals(13 * MILLI, model.offer(40, 3 * MILLI).arrivalNanos());
    }

    /** 1,250 octets at 10 Mbit/s take 1 ms each; packets offered together arrive 1 ms apart. */
    @Test
    void rateSpacesPackets() {
        LinkModel model =
                new LinkModel(LinkSettings.delay(Duration.ofMillis(20)).withRate(10_000_000), SEED);
        assertEquals(21 * MILLI, model.offer(1250, 0).arrivalNanos());
        assertEquals(22 * MILLI, model.offer(1250, 0).arrivalNanos());
        assertEquals(23 * MILLI, model.offer(1250, MILLI / 2).arrivalNanos());
        assertEquals(31 * MILLI, model.offer(1250, 10 * MILLI).arrivalNanos(), "an idle link starts at once");
    }

    @Test
    void queueDropsTheTailByOctets() {
        LinkModel model =
                new LinkModel(LinkSettings.UNLIMITED.withRate(8_000_000).withQueueBytes(3000), SEED);
        assertTrue(model.offer(1500, 0).isDelivered());
        assertTrue(model.offer(1500, 0).isDelivered());
        assertEquals(Outcome.QUEUE_FULL, model.offer(40, 0).outcome());
        assertTrue(model.offer(40, 40_000).isDelivered(), "40 octets have left after 40 us");
        assertEquals(Outcome.QUEUE_FULL, model.offer(1, 40_000).outcome());
        assertEquals(3000, model.backlogBytes(40_000), 0.01);
    }

    @Test
    void overloadedLinkCarriesItsRate() {
        LinkModel model = new LinkModel(LinkSettings.UNLIMITED.withRate(50_000_000), SEED);
        long deliveredBytes = 0;
        for (long now = 0; now < 1_000 * MILLI; now += 60_000) {
            Fate fate = model.offer(1500, now); // 200 Mbit/s
            if (fate.isDelivered() && fate.arrivalNanos() < 1_000 * MILLI) {
                deliveredBytes += 1500;
            }
        }
        assertEquals(50e6 / 8, deliveredBytes, 2 * 1500);
    }

    @Test
    void changedRateHoldsForWhatWaits() {
        LinkModel model = new LinkModel(LinkSettings.UNLIMITED.withRate(8_000_000), SEED);
        model.offer(10_000, 0); // 10 ms
        model.change(LinkSettings.UNLIMITED.withRate(80_000_000), 5 * MILLI); // 5,000 octets left: 0.5 ms
        assertEquals(5_600_000, model.offer(1000, 5 * MILLI).arrivalNanos(), 1);
    }

    @Test
    void independentLossHitsItsShare() {
        LinkModel model = new LinkModel(LinkSettings.UNLIMITED.withLoss(0.05), SEED);
        int lost = 0;
        for (int i = 0; i < 100_000; i++) {
            if (model.offer(1500, i).outcome() == Outcome.LOST) {
                lost++;
            }
        }
        assertEquals(5_000, lost, 5 * Math.sqrt(100_000 * 0.05 * 0.95));
    }

    @Test
    void lostPacketsHaveUsedTheirShareOfTheRate() {
        LinkModel model =
                new LinkModel(LinkSettings.UNLIMITED.withRate(8_000_000).withLoss(1), SEED);
        model.offer(1500, 0);
        assertEquals(1500, model.backlogBytes(0), 0.01);
    }

    @Test
    void burstsHaveTheirRateAndLength() {
        GilbertElliott bursts = GilbertElliott.bursts(0.02, 8);
        assertEquals(0.02, bursts.lossRate(), 1e-12);
        LinkModel model = new LinkModel(LinkSettings.UNLIMITED.withBurstLoss(bursts), SEED);
        int lost = 0;
        int runs = 0;
        boolean wasLost = false;
        int packets = 1_000_000;
        for (int i = 0; i < packets; i++) {
            boolean isLost = model.offer(1500, i).outcome() == Outcome.LOST_IN_BURST;
            lost += isLost ? 1 : 0;
            runs += isLost && !wasLost ? 1 : 0;
            wasLost = isLost;
        }
        assertEquals(0.02, lost / (double) packets, 0.002);
        assertEquals(8, lost / (double) runs, 0.8);
    }

    @Test
    void jitterStaysInItsBoundsAndKeepsOrder() {
        LinkModel model =
                new LinkModel(LinkSettings.delay(Duration.ofMillis(10)).withJitter(Duration.ofMillis(4)), SEED);
        long previous = 0;
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int i = 0; i < 10_000; i++) {
            long now = i * 20 * MILLI;
            long arrival = model.offer(100, now).arrivalNanos();
            assertTrue(arrival >= previous);
            previous = arrival;
            least = Math.min(least, arrival - now);
            most = Math.max(most, arrival - now);
        }
        assertTrue(least >= 6 * MILLI && least < 6.1 * MILLI, "least " + least);
        assertTrue(most <= 14 * MILLI && most > 13.9 * MILLI, "most " + most);
    }

    @Test
    void jitterDoesNotReorderCloselySpacedPackets() {
        LinkModel model =
                new LinkModel(LinkSettings.delay(Duration.ofMillis(10)).withJitter(Duration.ofMillis(4)), SEED);
        long previous = 0;
        for (int i = 0; i < 10_000; i++) {
            long arrival = model.offer(100, i * 1000L).arrivalNanos();
            assertTrue(arrival >= previous);
            previous = arrival;
        }
    }

    @Test
    void heldBackPacketsAreOvertaken() {
        LinkModel model = new LinkModel(
                LinkSettings.delay(Duration.ofMillis(10)).withReordering(0.02, Duration.ofMillis(5)), SEED);
        List<Long> arrivals = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            arrivals.add(model.offer(100, i * MILLI).arrivalNanos() - i * MILLI);
        }
        long held = arrivals.stream().filter(d -> d == 15 * MILLI).count();
        long straight = arrivals.stream().filter(d -> d == 10 * MILLI).count();
        assertEquals(50_000, held + straight);
        assertEquals(1_000, held, 5 * Math.sqrt(50_000 * 0.02 * 0.98));
    }

    @Test
    void duplicatesAndCorruptionHitTheirShares() {
        LinkModel model =
                new LinkModel(LinkSettings.UNLIMITED.withDuplication(0.03).withCorruption(0.01), SEED);
        int copies = 0;
        int corrupted = 0;
        for (int i = 0; i < 100_000; i++) {
            Fate fate = model.offer(100, i);
            assertTrue(fate.isDelivered());
            copies += fate.duplicateNanos() == Fate.NO_COPY ? 0 : 1;
            corrupted += fate.corruptedBit() == Fate.INTACT ? 0 : 1;
            assertTrue(fate.corruptedBit() >= -1 && fate.corruptedBit() < 800);
        }
        assertEquals(3_000, copies, 5 * Math.sqrt(100_000 * 0.03));
        assertEquals(1_000, corrupted, 5 * Math.sqrt(100_000 * 0.01));
    }

    @Test
    void tooLargePacketsVanish() {
        LinkModel model = new LinkModel(LinkSettings.UNLIMITED.withMtuBytes(1400), SEED);
        assertTrue(model.offer(1400, 0).isDelivered());
        assertEquals(Outcome.TOO_LARGE, model.offer(1401, 0).outcome());
    }

    @Test
    void linkThatIsDownDropsAll() {
        LinkModel model = new LinkModel(LinkSettings.UNLIMITED, SEED);
        model.setUp(false);
        assertFalse(model.isUp());
        assertEquals(Outcome.LINK_DOWN, model.offer(100, 0).outcome());
        model.setUp(true);
        assertTrue(model.offer(100, 0).isDelivered());
    }

    @Test
    void sameSeedSameFates() {
        LinkSettings settings = LinkSettings.parse(
                "rate=20mbit,delay=20ms,jitter=3ms,loss=2%,burst=0.01/0.2/0/1,reorder=1%/4ms,duplicate=1%,corrupt=1%");
        assertEquals(fates(settings, 7), fates(settings, 7));
        assertNotEquals(fates(settings, 7), fates(settings, 8));
    }

    /** Each kind of mischief has random numbers of its own. */
    @Test
    void jitterDoesNotChangeWhatIsLost() {
        LinkSettings plain = LinkSettings.parse("delay=20ms,loss=10%");
        List<Outcome> without = fates(plain, 7).stream().map(Fate::outcome).toList();
        List<Outcome> with = fates(plain.withJitter(Duration.ofMillis(5)).withDuplication(0.1), 7).stream()
                .map(Fate::outcome)
                .toList();
        assertEquals(without, with);
    }

    private static List<Fate> fates(LinkSettings settings, long seed) {
        LinkModel model = new LinkModel(settings, seed);
        List<Fate> fates = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            fates.add(model.offer(1500, i * 500_000L));
        }
        return fates;
    }
}
