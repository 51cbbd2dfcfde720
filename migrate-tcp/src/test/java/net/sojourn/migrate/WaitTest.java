package net.sojourn.migrate;

import static net.sojourn.migrate.Pair.ACK;
import static net.sojourn.migrate.Pair.AWAY;
import static net.sojourn.migrate.Pair.FARTHER;
import static net.sojourn.migrate.Pair.FIRST;
import static net.sojourn.migrate.Pair.HOME;
import static net.sojourn.migrate.Pair.RST;
import static net.sojourn.migrate.Pair.SYN;
import static net.sojourn.migrate.Pair.SYN_ACK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.sojourn.migrate.MigrateSettings.Limits;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.spi.ConnectionExtension.AbortCause;
import net.sojourn.stack.spi.PathHandshake.Passage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections without a path: protocol.md 3, 15.4. */
class WaitTest {

    private static final FourTuple SECOND = FIRST.withLocal(AWAY, 40_000);
    private static final TestSegment ALIVE = TestSegment.of(ACK, 1_001, 5_001);

    /** 3.1, A5, A10: a reset in ESTABLISHED does not close a migratable connection: it waits, and says nothing. */
    @Test
    void resetLeadsToMigrateWait() {
        Pair pair = Pair.established();
        pair.fixed.connection.resetBelieved();
        assertEquals(MigrationState.WAIT, pair.fixed.migration.state());
        assertEquals("MIGRATE_WAIT", pair.fixed.connection.hooks.stateName());
        assertTrue(pair.fixed.connection.suspended);
        assertNull(pair.fixed.connection.aborted);
        pair.clock.advanceSeconds(44);
        assertTrue(pair.fixed.connection.sent.isEmpty());
    }

    /** A5, 3.2: a segment from the old address that passes TCP's checks undoes a forged reset. */
    @Test
    void evidenceOfLifeEndsTheWait() {
        Pair pair = Pair.established();
        pair.fixed.connection.resetBelieved();
        pair.fixed.arrives(FIRST, ALIVE);
        assertEquals(MigrationState.NONE, pair.fixed.migration.state());
        assertFalse(pair.fixed.connection.suspended);
        assertEquals(1, pair.fixed.connection.resumed);
        assertEquals(1, pair.fixed.events(MigrationEvent.Resumed.class).size());
        assertEquals(0, pair.clock.pending(), "the wait's timers are gone");
    }

    /** 3.1: a valid Migrate SYN ends the wait: this is what it is for. */
    @Test
    void peersMoveEndsTheWait() {
        Pair pair = Pair.established();
        pair.fixed.connection.resetBelieved();
        pair.completeMove(pair.mobile, pair.fixed, AWAY);
        assertEquals(SECOND.reversed(), pair.fixed.connection.tuple);
        assertFalse(pair.fixed.connection.suspended);
        assertEquals(MigrationState.NONE, pair.fixed.migration.state());
        assertEquals(0, pair.clock.pending());
    }

    /** 3.1: otherwise the connection ends after the timer, 60 s by default. */
    @Test
    void waitEndsWithTheTimer() {
        Pair pair = Pair.established();
        pair.fixed.connection.resetBelieved();
        pair.clock.advanceSeconds(59.9);
        assertNull(pair.fixed.connection.aborted);
        pair.clock.advanceSeconds(0.2);
        assertEquals(AbortCause.RESET, pair.fixed.connection.aborted);
        assertEquals(
                List.of(new MigrationEvent.GaveUp(SuspensionCause.RESET)),
                pair.fixed.events(MigrationEvent.GaveUp.class));
        assertEquals(0, pair.clock.pending());
        assertTrue(pair.fixed.extension.connections().isEmpty());
    }

    /** 3.1: further resets are ignored; they neither shorten nor prolong the wait. */
    @Test
    void furtherResetsChangeNothing() {
        Pair pair = Pair.established();
        pair.fixed.connection.resetBelieved();
        pair.clock.advanceSeconds(50);
        pair.fixed.connection.resetBelieved();
        assertNull(pair.fixed.connection.aborted);
        assertEquals(1, pair.fixed.events(MigrationEvent.Waiting.class).size());
        pair.clock.advanceSeconds(10.1);
        assertEquals(AbortCause.RESET, pair.fixed.connection.aborted);
    }

    /** 15.7: a forged reset must not end an idle connection: before the timer ends the peer is asked on the known path. */
    @Test
    void idleConnectionSurvivesAForgedReset() {
        Pair pair = Pair.established();
        pair.fixed.connection.resetBelieved();
        pair.clock.advanceSeconds(45.1);
        assertEquals(FIRST.reversed(), pair.fixed.lastSent(SYN).tuple());
        pair.mobile.synArrives(pair.fixed.lastSent(SYN));
        pair.fixed.arrives(pair.mobile.lastSent(SYN_ACK));
        pair.mobile.arrives(pair.fixed.lastSent(ACK));
        assertEquals(MigrationState.NONE, pair.fixed.migration.state());
        assertFalse(pair.fixed.connection.suspended);
        pair.clock.advanceSeconds(60);
        assertNull(pair.fixed.connection.aborted);
    }

    /** 3.1: to the letter of the draft nothing at all is sent in MIGRATE_WAIT, which lasts 2 MSL. */
    @Test
    void strictWaitIsSilentToItsEnd() {
        Pair pair = Pair.established(MigrateSettings.strict());
        pair.fixed.connection.resetBelieved();
        pair.clock.advanceSeconds(239);
        assertTrue(pair.fixed.connection.sent.isEmpty());
        assertNull(pair.fixed.connection.aborted);
        pair.clock.advanceSeconds(2);
        assertEquals(AbortCause.RESET, pair.fixed.connection.aborted);
    }

    /** A10: the stranger who owns the peer's old address resets our question too: the timer decides all the same. */
    @Test
    void strangersResetToTheQuestionChangesNothing() {
        Pair pair = Pair.established();
        pair.fixed.connection.resetBelieved();
        pair.clock.advanceSeconds(46);
        int s = pair.fixed.lastSent(SYN).segment().seq();
        assertEquals(Passage.CONSUMED, pair.fixed.arrives(FIRST, TestSegment.of(RST | ACK, 0, s + 1)));
        assertNull(pair.fixed.connection.aborted);
        pair.completeMove(pair.mobile, pair.fixed, AWAY);
        assertEquals(SECOND.reversed(), pair.fixed.connection.tuple);
    }

    /** 3.1: with nothing more to come a reset takes nothing away. */
    @ParameterizedTest
    @EnumSource(TcpState.class)
    void statesThatWait(TcpState state) {
        Pair pair = Pair.established();
        pair.fixed.connection.state = state;
        pair.fixed.connection.resetBelieved();
        boolean waits =
                switch (state) {
                    case ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT -> true;
                    case CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED, CLOSING, LAST_ACK, TIME_WAIT -> false;
                };
        assertEquals(waits, pair.fixed.connection.aborted == null);
    }

    /** 2.5: the peer asked and never completed: after five answers MIGRATE_WAIT, never CLOSED. */
    @Test
    void unfinishedMoveLeadsToMigrateWait() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        pair.clock.advanceSeconds(31.1);
        assertEquals(MigrationState.WAIT, pair.fixed.migration.state());
        assertTrue(pair.fixed.connection.suspended);
        pair.fixed.arrives(FIRST, ALIVE);
        assertEquals(MigrationState.NONE, pair.fixed.migration.state());
    }

    /** 2.5: no wait if the old path has carried the stream on meanwhile. */
    @Test
    void unfinishedMoveIsForgottenWhereTheOldPathLives() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        pair.fixed.connection.rcvNxt += 500;
        pair.clock.advanceSeconds(31.1);
        assertEquals(MigrationState.NONE, pair.fixed.migration.state());
        assertFalse(pair.fixed.connection.suspended);
    }

    /** 3.2: three time-outs without an ACK: a Migrate SYN from the unchanged address thaws a peer that waits. */
    @Test
    void selfMoveThawsAFrozenPeer() {
        Pair pair = Pair.established();
        pair.fixed.connection.resetBelieved();
        pair.mobile.connection.hooks.retransmissionTimedOut(1, pair.clock.nowNanos());
        pair.mobile.connection.hooks.retransmissionTimedOut(2, pair.clock.nowNanos());
        assertEquals(0, pair.mobile.sentWith(SYN));
        pair.mobile.connection.hooks.retransmissionTimedOut(3, pair.clock.nowNanos());
        assertEquals(FIRST, pair.mobile.lastSent(SYN).tuple());
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        pair.mobile.arrives(pair.fixed.lastSent(SYN_ACK));
        pair.fixed.arrives(pair.mobile.lastSent(ACK));
        assertFalse(pair.fixed.connection.suspended);
        assertEquals(MigrationState.NONE, pair.mobile.migration.state());
    }

    /** 3.2: any segment of the stream shows that the peer is not frozen; the question is withdrawn. */
    @Test
    void ordinarySegmentEndsTheThaw() {
        Pair pair = Pair.established();
        pair.mobile.connection.hooks.retransmissionTimedOut(3, pair.clock.nowNanos());
        TestSegment ack = TestSegment.of(ACK, 5_001, 1_001);
        assertEquals(Passage.TO_TCP, pair.mobile.arrives(FIRST.reversed(), ack));
        assertEquals(MigrationState.NONE, pair.mobile.migration.state());
        assertEquals(0, pair.clock.pending());
        pair.mobile.connection.hooks.retransmissionTimedOut(3, pair.clock.nowNanos());
        assertEquals(1, pair.mobile.migration.reqNo(), "a question that was never answered is asked again as it was");
    }

    /** A3: after a switch, silence is suspected sooner: somebody may have been faster than we. */
    @Test
    void silenceAfterASwitchIsSuspectedSooner() {
        Pair pair = Pair.established();
        pair.completeMove(pair.mobile, pair.fixed, AWAY);
        pair.mobile.connection.hooks.retransmissionTimedOut(2, pair.clock.nowNanos());
        assertEquals(SECOND, pair.mobile.lastSent(SYN).tuple());
        assertEquals(2, pair.mobile.migration.reqNo());
    }

    /** 15.4: without an address the connection is suspended at once and nothing is sent. */
    @Test
    void lostAddressSuspendsAtOnce() {
        Pair pair = Pair.established();
        pair.mobile.migration.localAddressLost(pair.clock.nowNanos());
        assertTrue(pair.mobile.connection.suspended);
        assertEquals(
                List.of(new MigrationEvent.Suspended(SuspensionCause.NO_ADDRESS)), pair.mobile.events.subList(1, 2));
        pair.clock.advanceSeconds(3_600);
        assertTrue(pair.mobile.connection.sent.isEmpty());
        assertNull(pair.mobile.connection.aborted);
        pair.completeMove(pair.mobile, pair.fixed, AWAY);
        assertFalse(pair.mobile.connection.suspended);
        assertEquals(0, pair.clock.pending());
    }

    /** 15.4: within the resume window only. */
    @Test
    void resumeWindowEnds() {
        Pair pair = Pair.established(MigrateSettings.classic().withResumeWindowNanos(5_000_000_000L));
        pair.mobile.migration.localAddressLost(pair.clock.nowNanos());
        pair.clock.advanceSeconds(5.1);
        assertEquals(AbortCause.LOCAL_ADDRESS_GONE, pair.mobile.connection.aborted);
    }

    /** The same address comes back: the peer is asked on the old path, for it may wait itself. */
    @Test
    void sameAddressComesBack() {
        Pair pair = Pair.established();
        pair.mobile.migration.localAddressLost(pair.clock.nowNanos());
        pair.completeMove(pair.mobile, pair.fixed, HOME);
        assertFalse(pair.mobile.connection.suspended);
        assertEquals(MigrationState.NONE, pair.mobile.migration.state());
    }

    /** The address that a move started from is lost as well: the move ends, the connection waits for another. */
    @Test
    void lostNewAddressEndsItsMove() {
        Pair pair = Pair.established();
        pair.mobile.migration.localAddressLost(HOME, pair.clock.nowNanos());
        pair.mobile.move(AWAY);
        pair.mobile.migration.localAddressLost(AWAY, pair.clock.nowNanos());
        assertEquals(MigrationState.WAIT, pair.mobile.migration.state());
        pair.clock.advanceSeconds(10);
        assertEquals(1, pair.mobile.sentWith(SYN));
        pair.completeMove(pair.mobile, pair.fixed, FARTHER);
        assertEquals(FARTHER, pair.fixed.connection.tuple.peerAddress());
    }

    /** The stack itself finds the address gone: the same. */
    @Test
    void stackFindsTheAddressGone() {
        Pair pair = Pair.established();
        pair.mobile.connection.dying(AbortCause.LOCAL_ADDRESS_GONE);
        assertEquals(
                SuspensionCause.NO_ADDRESS,
                pair.mobile.migration.suspensionCause().orElseThrow());
        pair.completeMove(pair.mobile, pair.fixed, AWAY);
        assertFalse(pair.mobile.connection.suspended);
    }

    /** 8.3, 15.4: a peer that fell silent is asked on and on; the connection is kept for the resume window. */
    @Test
    void silentPeerIsAskedOn() {
        Pair pair = Pair.established();
        pair.mobile.connection.dying(AbortCause.RETRANSMISSIONS_EXHAUSTED);
        pair.clock.advanceSeconds(3_600);
        assertNull(pair.mobile.connection.aborted);
        assertTrue(pair.mobile.sentWith(SYN) > 100);
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        pair.mobile.arrives(pair.fixed.lastSent(SYN_ACK));
        assertFalse(pair.mobile.connection.suspended);
    }

    /** 3.2: the peer disowns the connection on every attempt: it is not kept for a day. */
    @Test
    void disownedConnectionIsGivenUpSoon() {
        Pair pair = Pair.established();
        pair.mobile.migration.localAddressLost(pair.clock.nowNanos());
        pair.mobile.move(AWAY);
        for (int i = 0; i < 63; i++) {
            int s = pair.mobile.lastSent(SYN).segment().seq();
            pair.mobile.arrives(SECOND.reversed(), TestSegment.of(RST | ACK, 0, s + 1));
            pair.clock.advanceSeconds(1);
        }
        assertNull(pair.mobile.connection.aborted, "six attempts are made all the same");
        pair.clock.advanceSeconds(61);
        assertEquals(AbortCause.LOCAL_ADDRESS_GONE, pair.mobile.connection.aborted);
        assertEquals(0, pair.clock.pending());
    }

    /** 15.4: suspended connections are bounded in number; the one that has waited longest goes. */
    @Test
    void oldestOfTooManySuspendedIsGivenUp() {
        FakeClock clock = new FakeClock();
        MigrateSettings settings = MigrateSettings.classic()
                .withLimits(new Limits(64, 10, 2, 10, 10))
                .withTraversal(true);
        Pair.Many many = Pair.Many.established(settings, clock, 3);
        many.connections().forEach(FakeConnection::resetBelieved);
        assertEquals(AbortCause.RESET, many.connections().get(0).aborted);
        assertNull(many.connections().get(1).aborted);
        assertNull(many.connections().get(2).aborted);
    }

    /** Plain TCP connections die as plain TCP connections do. */
    @Test
    void connectionWithoutMigrateDies() {
        Pair pair = Pair.closed(MigrateSettings.classic());
        pair.mobile.connection.state = TcpState.ESTABLISHED;
        pair.mobile.connection.hooks.established(pair.clock.nowNanos());
        pair.mobile.migration.localAddressLost(pair.clock.nowNanos());
        assertFalse(pair.mobile.connection.suspended);
        pair.mobile.connection.resetBelieved();
        assertEquals(AbortCause.RESET, pair.mobile.connection.aborted);
    }
}
