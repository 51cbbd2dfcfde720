package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.sojourn.migrate.MigrateSettings.Limits;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.spi.ConnectionExtension.AbortCause;
import net.sojourn.stack.world.LinkSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hours without a path: protocol.md 15.4, docs/protocol.md "Suspension". */
@ExtendWith(LeakCheck.class)
class SuspensionTest {

    private static final long HOUR = 3_600 * SECOND;
    private static final LinkSettings LINK = LinkSettings.delay(20 * MILLI);

    private static MigrateSettings hours(int hours) {
        return MigrateSettings.defaults().withResumeWindowNanos(hours * HOUR);
    }

    private static MovingWorld world(long seed, MigrateSettings settings) {
        return new MovingWorld(seed, LINK, settings).established();
    }

    private static void finish(MovingWorld w, long sentByEach) {
        w.mobile.application.sendThenClose(100_000 - sentByEach);
        w.fixed.application.sendThenClose(100_000 - sentByEach);
        w.finish(100_000, 120 * SECOND);
    }

    // ---- a day

    /** Both ends have text for each other that nothing can carry for a minute less than a day; then it goes on. */
    @ParameterizedTest
    @EnumSource(names = {"M2", "CLASSIC"})
    void aDayWithoutAPath(Suite suite) {
        try (MovingWorld w = world(101, MigrateSettings.defaults().withSuite(suite))) {
            w.mobile.application.send(50_000);
            w.fixed.application.send(50_000);
            w.world.run(30 * MILLI);
            w.losesItsAddress(w.mobile);
            w.world.run(24 * HOUR - 60 * SECOND);
            assertFalse(w.mobile.application.isEnded());
            assertFalse(w.fixed.application.isEnded());
            assertEquals(
                    SuspensionCause.PEER_SILENT,
                    w.fixed.migration().suspensionCause().orElseThrow());
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(35 * SECOND);
            assertEquals(50_000, w.mobile.application.received());
            assertEquals(50_000, w.fixed.application.received());
            finish(w, 50_000);
        }
    }

    /** A day and a little: both ends end with an error, and nothing is left. */
    @Test
    void aDayAndNoMore() {
        try (MovingWorld w = world(102, MigrateSettings.defaults())) {
            w.fixed.application.send(50_000);
            w.losesItsAddress(w.mobile);
            w.world.run(25 * HOUR);
            assertTrue(w.mobile.application.isEnded());
            assertTrue(w.fixed.application.isEnded());
            w.world.assertNothingPending();
        }
    }

    /** What a suspended connection costs the network in a day: at most a question every 24 s, none without an address. */
    @Test
    void waitingCostsLittle() {
        int[] sent = new int[2];
        try (MovingWorld w = world(103, MigrateSettings.defaults())) {
            w.fixed.application.send(50_000);
            w.losesItsAddress(w.mobile);
            w.world.run(HOUR);
            w.world.fate((from, packet) -> {
                sent[from == w.mobile.host ? 0 : 1]++;
                return 1;
            });
            w.world.run(10 * HOUR);
            assertEquals(0, sent[0]);
            assertTrue(sent[1] > 0 && sent[1] <= 10 * 3_600 / 24, "sent " + sent[1]);
            w.moves(w.mobile, "10.2.0.1");
            w.mobile.application.send(50_000);
            finish(w, 50_000);
        }
    }

    // ---- the resume window

    /** Each end tells the other how long it waits: both wait as long as the one that waits less. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void smallerWindowCounts(boolean mobileWaitsLess) {
        MigrateSettings one = hours(mobileWaitsLess ? 1 : 24);
        MigrateSettings other = hours(mobileWaitsLess ? 24 : 1);
        try (MovingWorld w = MovingWorld.of(104, LINK, one, other).established()) {
            assertEquals(Duration.ofHours(1), w.mobile.migration().resumeWindow());
            assertEquals(Duration.ofHours(1), w.fixed.migration().resumeWindow());
            w.losesItsAddress(w.mobile);
            w.world.run(HOUR - SECOND);
            assertFalse(w.mobile.application.isEnded());
            w.world.run(2 * SECOND);
            assertTrue(w.mobile.application.isEnded());
        }
    }

    /** The window has a minute's grain for the peer, rounded up, and the end's own count holds to the nanosecond. */
    @Test
    void windowsBelowAMinute() {
        MigrateSettings short5 = MigrateSettings.defaults().withResumeWindowNanos(5 * SECOND);
        try (MovingWorld w = MovingWorld.of(105, LINK, short5, hours(24)).established()) {
            assertEquals(Duration.ofSeconds(5), w.mobile.migration().resumeWindow());
            assertEquals(Duration.ofMinutes(1), w.fixed.migration().resumeWindow());
        }
    }

    /** Classic has no room to tell: each end's own setting. */
    @Test
    void classicKeepsItsOwn() {
        MigrateSettings classic = MigrateSettings.classic();
        try (MovingWorld w = MovingWorld.of(
                        106, LINK, classic.withResumeWindowNanos(HOUR), classic.withResumeWindowNanos(2 * HOUR))
                .established()) {
            assertEquals(Duration.ofHours(1), w.mobile.migration().resumeWindow());
            assertEquals(Duration.ofHours(2), w.fixed.migration().resumeWindow());
        }
    }

    /** Somebody who shortens what a confirmation says breaks it: the window is under the mac. */
    @Test
    void alteredWindowIsNoticed() {
        try (MovingWorld w = new MovingWorld(107, LINK, hours(24))) {
            w.world.fate((from, packet) -> {
                int at = Packets.optionAt(packet, 6);
                if (at >= 0) {
                    packet.setShort(at + 5, 1);
                    Packets.seal(packet);
                }
                return 1;
            });
            w.established();
            w.world.run(5 * SECOND);
            MigrationEvent noticed = new MigrationEvent.Refused(MigrationEvent.Reason.PATH_ALTERS_OPTIONS);
            assertTrue(w.mobile.events.contains(noticed) || w.fixed.events.contains(noticed));
            assertFalse(w.mobile.migration().isMigratable());
            assertFalse(w.fixed.migration().isMigratable());
        }
    }

    // ---- what a program hears

    /** onSuspended, onMoved, onResumed, in this order; with the time that it took. */
    @Test
    void programsHearOfIt() {
        List<String> heard = new ArrayList<>();
        MigrationListener listener = new MigrationListener() {
            @Override
            public void migrationEvent(Migration migration, MigrationEvent event, long nowNanos) {}

            @Override
            public void onSuspended(Migration migration, SuspensionCause cause, Duration atMost) {
                heard.add("suspended " + cause + " " + atMost.toHours() + " h");
            }

            @Override
            public void onResumed(Migration migration, Duration suspended) {
                heard.add("resumed " + suspended.toSeconds() + " s");
            }

            @Override
            public void onMoved(Migration migration, FourTuple from, FourTuple to) {
                heard.add("moved " + from.localAddress() + " " + to.localAddress());
            }
        };
        try (MovingWorld w = MovingWorld.heardBy(108, LINK, MigrateSettings.defaults(), listener)
                .established()) {
            w.losesItsAddress(w.mobile);
            w.world.run(600 * SECOND);
            assertEquals(Duration.ofSeconds(600), w.mobile.migration().suspendedFor(w.mobile.host.nowNanos()));
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(SECOND);
            assertEquals(List.of("suspended NO_ADDRESS 24 h", "moved 10.1.0.1 10.2.0.1", "resumed 600 s"), heard);
            finish(w, 0);
        }
    }

    // ---- bounds

    /** Too many octets: the one that has waited longest ends, and says why; the last one may hold what it likes. */
    @Test
    void memoryOfSuspendedConnectionsIsBounded() {
        FakeClock clock = new FakeClock();
        Limits limits = new Limits(64, 10, 100, 10, 10, 1_000);
        Pair.Many many = Pair.Many.established(MigrateSettings.classic().withLimits(limits), clock, 3);
        many.connections().forEach(connection -> connection.bufferedBytes = 400);
        many.migrations().forEach(migration -> migration.localAddressLost(clock.nowNanos()));
        assertTrue(many.connections().get(0).aborted != null);
        assertNull(many.connections().get(1).aborted);
        assertEquals(800, many.extension().suspendedBytes());
        assertEquals(1, many.extension().count(MigrateCounter.GIVEN_UP_FOR_ROOM));
        many.connections().get(2).bufferedBytes = 5_000; // its application goes on writing
        clock.advanceSeconds(61);
        assertTrue(many.connections().get(1).aborted != null);
        assertNull(many.connections().get(2).aborted);
        assertEquals(1, many.extension().suspendedConnections());
    }

    // ---- sleep

    /** The lid is shut for three hours in mid-transfer: nothing has failed, and it goes on within the peer's next question. */
    @ParameterizedTest
    @EnumSource(names = {"M2", "CLASSIC"})
    void laptopSleepsDuringATransfer(Suite suite) {
        try (MovingWorld w = world(109, MigrateSettings.defaults().withSuite(suite))) {
            w.mobile.application.send(50_000);
            w.fixed.application.send(50_000);
            w.world.run(30 * MILLI);
            w.mobile.host.sleeps(3 * HOUR);
            w.world.run(3 * HOUR);
            assertEquals(
                    SuspensionCause.PEER_SILENT,
                    w.fixed.migration().suspensionCause().orElseThrow());
            w.world.run(40 * SECOND);
            assertEquals(50_000, w.mobile.application.received());
            assertEquals(50_000, w.fixed.application.received());
            finish(w, 50_000);
        }
    }

    /** It wakes elsewhere. */
    @Test
    void laptopWakesElsewhere() {
        try (MovingWorld w = world(110, MigrateSettings.defaults())) {
            w.fixed.application.send(50_000);
            w.world.run(30 * MILLI);
            w.mobile.host.sleeps(8 * HOUR);
            w.world.run(8 * HOUR + MILLI);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(SECOND);
            assertEquals(50_000, w.mobile.application.received());
            w.mobile.application.send(50_000);
            finish(w, 50_000);
        }
    }

    /** It sleeps while its connection waits after a reset: the minute that it would wait has not passed for it. */
    @Test
    void sleepInTheWaitAfterAReset() {
        try (MovingWorld w = world(111, MigrateSettings.classic())) {
            w.mobile.migration().control().suspend();
            w.mobile.migration().suspension().mayLiveOn(AbortCause.RESET, w.mobile.host.nowNanos());
            w.world.run(5 * SECOND);
            w.mobile.host.sleeps(HOUR);
            w.world.run(HOUR + SECOND);
            assertFalse(w.mobile.application.isEnded());
            w.world.run(45 * SECOND); // it asks
            assertEquals(MigrationState.NONE, w.mobile.migration().state());
            finish(w, 0);
        }
    }
}
