package net.sojourn.testbed.moves;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.migrate.MigrationEvent;
import net.sojourn.migrate.MigrationEvent.MigrateSynSent;
import net.sojourn.migrate.MigrationEvent.Reason;
import net.sojourn.migrate.Suite;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.testbed.interop.Waiting;
import net.sojourn.testbed.link.LinkSettings;
import net.sojourn.testbed.link.Middlebox;
import net.sojourn.testbed.middlebox.OptionStripper;
import net.sojourn.testbed.middlebox.OptionStripper.Where;
import net.sojourn.testbed.middlebox.SequenceRewriter;
import net.sojourn.testbed.moves.RoamingBed.Ends;
import net.sojourn.testbed.moves.RoamingBed.Guard;
import net.sojourn.testbed.moves.RoamingBed.Place;
import net.sojourn.testbed.moves.RoamingBed.Plan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Middleboxes that alter segments: sequence numbers rewritten, options removed; other families and sizes on the way. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class MiddleboxIT {

    private static final LinkSettings LINK = LinkSettings.parse("delay=10ms,rate=50mbit");
    private static final int EXPERIMENTAL = 253;

    private static Plan m2() {
        return Plan.of(Guard.NONE, LINK, MigrateSettings.defaults().withSuite(Suite.M2));
    }

    private static Plan classic() {
        return Plan.of(Guard.NONE, LINK, MigrateSettings.classic());
    }

    /** The early form's proof covers the numbers that the firewall changes; the plain form follows after one time-out. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void m2MovesThroughRewrittenSequenceNumbers(boolean onBothPaths) throws IOException {
        SequenceRewriter onSecond = new SequenceRewriter(1);
        Middlebox onFirst = onBothPaths ? new SequenceRewriter(2) : Middlebox.NONE;
        try (RoamingBed bed = new RoamingBed(m2().boxes(onFirst, onSecond));
                Ends ends = bed.connect()) {
            Streams streams = new Streams(bed, ends);
            streams.awaitFlight(30_000);
            ConntrackIT.laptopMoves(bed, true);
            streams.awaitProgress();
            streams.finish();
            assertTrue(onSecond.rewritten() > 100);
            assertTrue(bed.laptop().events(MigrateSynSent.class).size() > 1, "the early form cannot have passed");
        }
    }

    /** A limit of the published protocol: the two ends' numbers differ, so do their tokens; the old path goes on. */
    @Test
    void classicStaysWhereItIsBehindRewrittenSequenceNumbers() throws IOException {
        try (RoamingBed bed = new RoamingBed(classic().boxes(new SequenceRewriter(3), Middlebox.NONE));
                Ends ends = bed.connect()) {
            Streams streams = new Streams(bed, ends);
            streams.awaitFlight(1);
            bed.laptop().move(Place.SECOND.address);
            Waiting.until(
                    "the application hears of it",
                    () -> bed.laptop().events(MigrationEvent.Refused.class).stream()
                            .anyMatch(refused -> refused.reason() == Reason.RESET_BY_PEER),
                    bed::describe);
            streams.awaitProgress();
            streams.finish();
            assertEquals(0, bed.server().moves());
        }
    }

    /** Without the offer the connection is plain TCP; without the keys behind it, too. The application is told. */
    @ParameterizedTest
    @ValueSource(strings = {"HANDSHAKES", "BEHIND_HANDSHAKES", "EVERYWHERE"})
    void strippedOptionsLeavePlainTcp(String where) throws IOException {
        OptionStripper stripper = new OptionStripper(EXPERIMENTAL, Where.valueOf(where));
        try (RoamingBed bed = new RoamingBed(m2().boxes(stripper, Middlebox.NONE));
                Ends ends = bed.connect(bed.laptop(), Place.FIRST.address, RoamingBed.SERVER)) {
            Streams streams = new Streams(bed, ends);
            streams.awaitFlight(1);
            streams.awaitProgress();
            streams.finish();
            assertFalse(bed.laptop().isMigratable());
            assertFalse(bed.server().isMigratable());
            assertTrue(stripper.stripped() > 0);
            bed.laptop().move(Place.SECOND.address);
            assertEquals(0, bed.laptop().events(MigrateSynSent.class).size());
        }
    }

    /** The new path removes the request: the old path is used on. */
    @Test
    void strippedRequestLeavesTheOldPath() throws IOException {
        OptionStripper stripper = new OptionStripper(EXPERIMENTAL, Where.EVERYWHERE);
        try (RoamingBed bed = new RoamingBed(m2().boxes(Middlebox.NONE, stripper));
                Ends ends = bed.connect()) {
            Streams streams = new Streams(bed, ends);
            streams.awaitFlight(1);
            bed.laptop().move(Place.SECOND.address);
            Waiting.until("the request has come to the stripper", () -> stripper.stripped() > 0, bed::describe);
            streams.awaitProgress();
            streams.finish();
            assertEquals(0, bed.server().moves());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void fromOneFamilyToTheOther(boolean toIpv6) throws IOException {
        Place from = Place.FIRST;
        try (RoamingBed bed = new RoamingBed(Plan.of(
                        Guard.OPEN_FIREWALL, LINK, MigrateSettings.defaults().withSuite(Suite.M2)));
                Ends ends = bed.connect(
                        bed.laptop(),
                        toIpv6 ? from.address : from.address6,
                        toIpv6 ? RoamingBed.SERVER : RoamingBed.SERVER6)) {
            bed.awaitMigratable();
            Streams streams = new Streams(bed, ends);
            streams.awaitFlight(30_000);
            var there = toIpv6 ? Place.SECOND.address6 : Place.SECOND.address;
            bed.laptop().move(there, toIpv6 ? RoamingBed.SERVER6 : RoamingBed.SERVER);
            bed.awaitLaptopAt(there);
            streams.awaitProgress();
            streams.finish();
            assertEquals(0, bed.invalid(Place.SECOND));
        }
    }

    /** 1,500 octets to 1,280 and back: routers on the way say so. */
    @Test
    void mtuChangesOverTheMove() throws IOException {
        try (RoamingBed bed = new RoamingBed(m2());
                Ends ends = bed.connect()) {
            bed.mtu(Place.SECOND, 1280);
            Streams streams = new Streams(bed, ends);
            streams.awaitFlight(30_000);
            ConntrackIT.laptopMoves(bed, true);
            streams.awaitProgress();
            Waiting.until(
                    "segments fit",
                    () -> bed.laptop().connection().pathMtuBytes() == 1280
                            && bed.server().connection().pathMtuBytes() == 1280,
                    bed::describe);
            bed.link(Place.FIRST).setUp(true);
            bed.laptop().gain(Place.FIRST.address);
            bed.laptop().move(Place.FIRST.address);
            bed.awaitLaptopAt(Place.FIRST.address);
            streams.awaitProgress();
            streams.finish();
            assertEquals(1500, bed.laptop().connection().pathMtuBytes());
        }
    }
}
