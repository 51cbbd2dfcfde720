package net.sojourn.dns.reconcile;

import static net.sojourn.dns.reconcile.Fixture.ip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import net.sojourn.dns.NameUpdaterStatus.State;
import net.sojourn.dns.UpdateEvent;
import net.sojourn.dns.guard.Guard;
import net.sojourn.dns.message.UpdateMessages;
import net.sojourn.dns.query.Attempt;
import net.sojourn.dns.reconcile.FakeNameServer.Fate;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;

/** The state machine in virtual time; one clause a test. */
final class NameReconcilerTest {

    private static final Name GUARD = Name.fromConstantString("_mm.laptop.mob.test.");
    private static final Name HOST = Name.fromConstantString("laptop.mob.test.");

    private final Fixture f = new Fixture();

    @Test
    void firstChangeIsReadClaimedAcknowledgedAndVerified() {
        f.name.desire(ip("192.0.2.1", "2001:db8::1"));
        f.time.passMillis(200);
        assertEquals(ip("192.0.2.1", "2001:db8::1"), f.atServer());
        assertEquals(1, f.server.reads);
        assertEquals(1, f.server.sent.size());
        assertTrue(f.server.sent.get(0).request().guardSeen().isEmpty(), "a claim demands that no guard is there");
        assertEquals(20, f.events(UpdateEvent.Acknowledged.class).get(0).afterMillis());
        assertEquals(40, f.events(UpdateEvent.Verified.class).get(0).afterMillis());
        assertEquals(State.IN_SYNC, f.name.status().state());
        assertEquals(1, f.name.status().guardSeq());
    }

    @Test
    void secondChangeNeedsOneMessageOnly() {
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(20));
        f.name.desire(ip("192.0.2.2"));
        f.time.passMillis(10);
        assertEquals(ip("192.0.2.2"), f.atServer(), "leading edge: at once");
        assertEquals(1, f.server.reads);
        assertEquals(2, f.server.sent.size());
    }

    /** 100 ms, 1 s, 5 s after the one before, and the last change always goes out. */
    @Test
    void flappingIsDamped() {
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(20));
        f.server.sent.clear();
        long startMillis = f.time.nowMillis();
        for (int i = 0; i < 800; i++) {
            f.name.desire(ip("198.51.100." + (i % 200 + 1)));
            f.time.passMillis(10);
        }
        f.name.desire(ip("203.0.113.9"));
        f.time.pass(Duration.ofSeconds(20));
        List<Long> after =
                f.server.sendTimesMillis().stream().map(at -> at - startMillis).toList();
        assertEquals(List.of(0L, 100L, 1100L, 6100L, 11100L), after);
        assertEquals(ip("203.0.113.9"), f.atServer());
    }

    @Test
    void dampingEndsAfterQuiet() {
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(11));
        f.name.desire(ip("192.0.2.2"));
        f.time.pass(Duration.ofSeconds(11));
        f.server.sent.clear();
        long nowMillis = f.time.nowMillis();
        f.name.desire(ip("192.0.2.3"));
        f.time.passMillis(50);
        assertEquals(List.of(nowMillis), f.server.sendTimesMillis());
    }

    @Test
    void backToTheAppliedAddressSendsNothing() {
        f.name.desire(ip("192.0.2.1"));
        f.time.passMillis(150);
        f.name.desire(ip("192.0.2.2"));
        f.time.passMillis(200);
        f.name.desire(ip("192.0.2.3"));
        f.name.desire(ip("192.0.2.2"));
        f.time.pass(Duration.ofSeconds(20));
        assertEquals(2, f.server.sent.size());
        assertEquals(State.IN_SYNC, f.name.status().state());
    }

    @Test
    void newestWinsWhileOneIsInFlight() {
        f.server.oneWayMillis = 100;
        f.name.desire(ip("192.0.2.1"));
        f.time.passMillis(500);
        f.name.desire(ip("192.0.2.2"));
        f.time.passMillis(50);
        f.name.desire(ip("192.0.2.3"));
        f.time.passMillis(50);
        f.name.desire(ip("192.0.2.4"));
        f.time.pass(Duration.ofSeconds(10));
        assertEquals(
                List.of(ip("192.0.2.1"), ip("192.0.2.2"), ip("192.0.2.4")),
                f.server.sent.stream().map(FakeNameServer.Sent::addresses).toList());
        assertEquals(1, f.server.mostInFlight);
    }

    /** 1.5, 3, 6 ... 60 s from start to start. */
    @Test
    void retriesBackOff() {
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(20));
        f.server.sent.clear();
        f.server.reachable = false;
        long startMillis = f.time.nowMillis();
        f.name.desire(ip("192.0.2.2"));
        f.time.pass(Duration.ofSeconds(230));
        List<Long> after =
                f.server.sendTimesMillis().stream().map(at -> at - startMillis).toList();
        assertEquals(List.of(0L, 1500L, 4500L, 10500L, 22500L, 46500L, 94500L, 154500L, 214500L), after);
        assertEquals(
                List.of(0, 1, 2, 3, 4, 5, 6, 7, 8),
                f.server.sent.stream().map(FakeNameServer.Sent::turn).toList());
        assertTrue(f.name.status().lastError().orElse("").contains("no answer"));
    }

    @Test
    void networkChangeRetriesAtOnce() {
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(20));
        f.server.reachable = false;
        f.name.desire(ip("192.0.2.2"));
        f.time.pass(Duration.ofSeconds(30));
        f.server.reachable = true;
        f.name.networkChanged();
        f.time.passMillis(400);
        assertEquals(ip("192.0.2.2"), f.atServer());
        assertEquals(State.IN_SYNC, f.name.status().state());
        assertEquals(0, f.server.sent.get(f.server.sent.size() - 1).turn(), "best server and UDP first again");
    }

    /** An attempt that talks into a vanished network does not hold up the new address for its whole time-out. */
    @Test
    void hungAttemptIsOvertaken() {
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(20));
        f.server.sent.clear();
        long startMillis = f.time.nowMillis();
        f.server.fates.add(Fate.LOST);
        f.name.desire(ip("192.0.2.2"));
        f.time.passMillis(100);
        f.name.desire(ip("192.0.2.3"));
        f.time.passMillis(250);
        assertEquals(List.of(startMillis, startMillis + 300), f.server.sendTimesMillis());
        assertEquals(ip("192.0.2.3"), f.atServer());
    }

    @Test
    void lostAcknowledgementIsFoundByReading() {
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(20));
        f.server.fates.add(Fate.ANSWER_LOST);
        f.name.desire(ip("192.0.2.2"));
        f.time.pass(Duration.ofSeconds(3));
        assertEquals(State.IN_SYNC, f.name.status().state());
        assertEquals(2, f.name.status().guardSeq(), "applied once");
        assertEquals(3, f.server.sent.size());
    }

    /** The lost one was applied, but the world has moved on: adopt the counter and go again. */
    @Test
    void lostAcknowledgementOfAnOlderChange() {
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(20));
        f.server.fates.add(Fate.ANSWER_LOST);
        f.name.desire(ip("192.0.2.2"));
        f.time.passMillis(100);
        f.name.desire(ip("192.0.2.3"));
        f.time.pass(Duration.ofSeconds(3));
        assertEquals(ip("192.0.2.3"), f.atServer());
        assertEquals(3, f.name.status().guardSeq());
    }

    @Test
    void verifiedDenialIsAnErrorAndRetriedSlowly() {
        f.server.verdicts.add(new Attempt.Denied("policy says no", true));
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(200));
        assertEquals(State.ERROR, f.name.status().state());
        assertEquals("policy says no", f.name.status().lastError().orElse(""));
        assertEquals(1, f.server.sent.size());
        f.time.pass(Duration.ofSeconds(110));
        assertEquals(State.IN_SYNC, f.name.status().state(), "after five minutes");
    }

    @Test
    void newAddressTriesAgainAfterADenial() {
        f.server.verdicts.add(new Attempt.Denied("policy says no", true));
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(20));
        f.name.desire(ip("192.0.2.2"));
        f.time.passMillis(100);
        assertEquals(State.IN_SYNC, f.name.status().state());
    }

    @Test
    void foreignGuardIsAConflict() {
        f.server.guards.put(GUARD, List.of(UpdateMessages.guardRecord(GUARD, 0, new Guard("them", 9))));
        f.server.addresses.put(HOST, ip("203.0.113.1"));
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(5));
        assertEquals(State.CONFLICT, f.name.status().state());
        assertEquals(0, f.server.sent.size());
        assertTrue(f.name.status().lastError().orElse("").contains("them"));
        f.name.takeOver();
        f.time.pass(Duration.ofSeconds(1));
        assertEquals(ip("192.0.2.1"), f.atServer());
        assertEquals(10, f.name.status().guardSeq());
    }

    /** Someone takes the name after us: seen at the next check, reported, not fought. */
    @Test
    void lostOwnershipIsNoticed() {
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(5));
        f.server.guards.put(GUARD, List.of(UpdateMessages.guardRecord(GUARD, 0, new Guard("them", 9))));
        f.name.desire(ip("192.0.2.2"));
        f.time.pass(Duration.ofSeconds(1));
        assertEquals(State.CONFLICT, f.name.status().state());
        assertEquals(ip("192.0.2.1"), f.atServer());
    }

    @Test
    void foreignAddressIsMendedAtTheNextCheck() {
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(5));
        f.server.addresses.put(HOST, ip("203.0.113.66"));
        f.time.pass(Duration.ofMinutes(10));
        assertEquals(ip("192.0.2.1"), f.atServer());
        assertEquals(State.IN_SYNC, f.name.status().state());
    }

    @Test
    void quietCheckIsNoNews() {
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(5));
        f.events.clear();
        f.time.pass(Duration.ofMinutes(61));
        assertEquals(List.of(), f.events);
        assertEquals(1, f.server.sent.size());
        assertEquals(1 + 6, f.server.reads);
    }

    @Test
    void noAddressLeavesTheRecordAlone() {
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(5));
        f.name.desire(Set.of());
        f.time.pass(Duration.ofMinutes(30));
        assertEquals(ip("192.0.2.1"), f.atServer());
        assertEquals(State.IDLE, f.name.status().state());
        f.name.desire(ip("192.0.2.2"));
        f.time.passMillis(100);
        assertEquals(ip("192.0.2.2"), f.atServer());
    }

    @Test
    void rememberedCounterSavesAQuery() {
        Fixture later = new Fixture(new NameMemory("us", 4, ip("192.0.2.1"), ip("192.0.2.1")));
        later.server.guards.put(GUARD, List.of(UpdateMessages.guardRecord(GUARD, 0, new Guard("us", 4))));
        later.server.addresses.put(HOST, ip("192.0.2.1"));
        later.name.desire(ip("192.0.2.2"));
        later.time.passMillis(100);
        assertEquals(0, later.server.reads);
        assertEquals(ip("192.0.2.2"), later.atServer());
        assertEquals(5, later.name.status().guardSeq());
    }

    @Test
    void restartWithUnchangedAddressOnlyReads() {
        Fixture later = new Fixture(new NameMemory("us", 4, ip("192.0.2.1"), ip("192.0.2.1")));
        later.server.guards.put(GUARD, List.of(UpdateMessages.guardRecord(GUARD, 0, new Guard("us", 4))));
        later.server.addresses.put(HOST, ip("192.0.2.1"));
        later.name.desire(ip("192.0.2.1"));
        later.time.passMillis(200);
        assertEquals(0, later.server.sent.size());
        assertEquals(State.IN_SYNC, later.name.status().state());
    }

    @Test
    void wrongMemoryIsCorrectedByTheServer() {
        Fixture later = new Fixture(new NameMemory("us", 4, ip("192.0.2.1"), Set.of()));
        later.server.guards.put(GUARD, List.of(UpdateMessages.guardRecord(GUARD, 0, new Guard("us", 40))));
        later.name.desire(ip("192.0.2.2"));
        later.time.passMillis(200);
        assertEquals(ip("192.0.2.2"), later.atServer());
        assertEquals(41, later.name.status().guardSeq());
    }

    @Test
    void pushSendsWhatIsThereAlready() {
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(5));
        f.name.push();
        f.time.passMillis(200);
        assertEquals(2, f.server.sent.size());
        assertEquals(State.IN_SYNC, f.name.status().state());
    }

    @Test
    void oneUpdateInFlightForEachZone() {
        NameReconciler other = f.another("desk.mob.test", Fixture.NEW);
        NameReconciler elsewhere = f.another("desk.other.test", Fixture.NEW);
        f.name.desire(ip("192.0.2.1"));
        other.desire(ip("192.0.2.2"));
        f.time.pass(Duration.ofSeconds(1));
        assertEquals(1, f.server.mostInFlight);
        assertEquals(State.IN_SYNC, other.status().state());
        f.name.desire(ip("192.0.2.3"));
        elsewhere.desire(ip("192.0.2.4"));
        f.time.pass(Duration.ofSeconds(1));
        assertEquals(State.IN_SYNC, elsewhere.status().state());
    }

    @Test
    void closeEndsAllTimers() {
        f.server.reachable = false;
        f.name.desire(ip("192.0.2.1"));
        f.time.pass(Duration.ofSeconds(7));
        f.name.close();
        f.time.pass(Duration.ofSeconds(60));
        int sentUntilThen = f.server.sent.size();
        f.time.pass(Duration.ofHours(2));
        assertEquals(sentUntilThen, f.server.sent.size());
        assertFalse(f.name.status().nextRetryAt().isPresent());
    }
}
