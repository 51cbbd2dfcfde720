package net.sojourn.migrate;

import static net.sojourn.migrate.Pair.ACK;
import static net.sojourn.migrate.Pair.AWAY;
import static net.sojourn.migrate.Pair.FARTHER;
import static net.sojourn.migrate.Pair.FIRST;
import static net.sojourn.migrate.Pair.HOME;
import static net.sojourn.migrate.Pair.RST;
import static net.sojourn.migrate.Pair.SYN;
import static net.sojourn.migrate.Pair.SYN_ACK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.sojourn.migrate.FakeConnection.Sent;
import net.sojourn.migrate.MigrationEvent.Reason;
import net.sojourn.migrate.classic.MigrateOption;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.spi.PathHandshake.Passage;
import net.sojourn.stack.spi.PendingPath.CarryOver;
import net.sojourn.stack.spi.TcpExtension.SynClaim;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MoveTest {

    private static final FourTuple SECOND = FIRST.withLocal(AWAY, 40_000);

    /** protocol.md 2.3, 2.4: SYN, SYN/ACK, ACK; the port is kept; both ends live on the new path. Both profiles. */
    @ParameterizedTest
    @EnumSource(Profile.class)
    void threeSegmentsMoveAConnection(Profile profile) {
        Pair pair = Pair.established(MigrateSettings.classic().withProfile(profile));
        assertEquals(MoveOutcome.STARTED, pair.mobile.move(AWAY));
        assertEquals(MigrationState.SYN_SENT, pair.mobile.migration.state());
        Sent syn = pair.mobile.lastSent(SYN);
        assertEquals(SECOND, syn.tuple());
        assertEquals(SynClaim.CONSUMED, pair.fixed.synArrives(syn));
        assertEquals(MigrationState.SYN_RCVD, pair.fixed.migration.state());
        assertEquals(FIRST.reversed(), pair.fixed.connection.tuple, "nothing moves before the third segment");
        pair.clock.advanceMillis(30);
        assertEquals(Passage.CONSUMED, pair.mobile.arrives(pair.fixed.lastSent(SYN_ACK)));
        assertEquals(SECOND, pair.mobile.connection.tuple);
        assertEquals(Passage.TO_TCP, pair.fixed.arrives(pair.mobile.lastSent(ACK)));
        assertEquals(SECOND.reversed(), pair.fixed.connection.tuple);
        assertEquals(MigrationState.NONE, pair.mobile.migration.state());
        assertEquals(MigrationState.NONE, pair.fixed.migration.state());
        assertEquals(
                List.of(new MigrationEvent.PathSwitched(FIRST, SECOND, 30_000_000L)),
                pair.mobile.events(MigrationEvent.PathSwitched.class));
        assertEquals(0, pair.clock.pending(), "no timer is left");
        assertEquals(0, pair.fixed.extension.pendingHandshakes());
    }

    /** protocol.md 2.3: S = SND.UNA - 1, the SYN takes no sequence number; ReqNo begins with 1. */
    @Test
    void migrateSynCarriesTheLastAcknowledgedOctet() {
        Pair pair = Pair.established();
        pair.mobile.connection.sndUna = 30_000;
        pair.mobile.connection.sndMax = 40_000;
        pair.mobile.move(AWAY);
        Sent syn = pair.mobile.lastSent(SYN);
        assertEquals(29_999, syn.segment().seq());
        assertEquals(0, syn.segment().ack());
        assertEquals(1, migrateOption(syn).reqNo());
    }

    /** protocol.md 7.1, 7.4 (a): MSS, SACK-permitted, timestamps, window scale and Migrate fill the header's 40 octets. */
    @Test
    void migrateSynFillsTheOptionSpaceExactly() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        TestSegment syn = TestSegment.of(pair.mobile.lastSent(SYN).segment());
        assertEquals(40, syn.options().length);
        assertEquals(1_400, syn.mssOption());
        assertEquals(7, syn.windowScaleOption());
        assertTrue(syn.sackPermittedOption());
        assertEquals(5_000, syn.tsVal());
        assertEquals(0, syn.tsEcr());
        assertEquals(65_535, syn.window());
    }

    /** protocol.md 2.3: the draft allows no option but Migrate; the answer mirrors what the SYN had. */
    @Test
    void strictMigrateSynHasOneOption() {
        Pair pair = Pair.established(MigrateSettings.strict());
        pair.mobile.move(AWAY);
        assertEquals(19, pair.mobile.lastSent(SYN).segment().options().length);
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        assertEquals(0, pair.fixed.lastSent(SYN_ACK).segment().options().length);
    }

    /** protocol.md 2.4, 7.4 (a): an answer to a SYN with the ordinary options has them too, its TSecr echoes. */
    @Test
    void synAckMirrorsTheSynsOptions() {
        Pair pair = Pair.established();
        pair.fixed.connection.tsVal = 9_000;
        pair.mobile.move(AWAY);
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        TestSegment synAck = TestSegment.of(pair.fixed.lastSent(SYN_ACK).segment());
        assertEquals(1_400, synAck.mssOption());
        assertEquals(7, synAck.windowScaleOption());
        assertTrue(synAck.sackPermittedOption());
        assertEquals(9_000, synAck.tsVal());
        assertEquals(5_000, synAck.tsEcr());
    }

    /** protocol.md 7.4 (c): SEQ = SND.MAX - 1 with little in flight, else SND.UNA - 1; ACK = RCV.NXT. */
    @Test
    void synAckNumbersDependOnTheFlight() {
        Pair near = Pair.established();
        near.fixed.connection.sndMax = near.fixed.connection.sndUna + 59_999;
        near.fixed.connection.rcvNxt = 4_321;
        near.mobile.move(AWAY);
        near.fixed.synArrives(near.mobile.lastSent(SYN));
        assertEquals(5_001 + 59_998, near.fixed.lastSent(SYN_ACK).segment().seq());
        assertEquals(4_321, near.fixed.lastSent(SYN_ACK).segment().ack());

        Pair far = Pair.established();
        far.fixed.connection.sndMax = far.fixed.connection.sndUna + 60_000;
        far.mobile.move(AWAY);
        far.fixed.synArrives(far.mobile.lastSent(SYN));
        assertEquals(5_000, far.fixed.lastSent(SYN_ACK).segment().seq());
    }

    /** protocol.md 3.1: completely symmetric: the acceptor of the connection moves too. */
    @Test
    void eitherEndMovesAndSeveralTimes() {
        Pair pair = Pair.established();
        pair.completeMove(pair.mobile, pair.fixed, AWAY);
        pair.completeMove(pair.fixed, pair.mobile, FARTHER);
        pair.completeMove(pair.mobile, pair.fixed, HOME);
        FourTuple end = new FourTuple(HOME, 40_000, FARTHER, 80);
        assertEquals(end, pair.mobile.connection.tuple);
        assertEquals(end.reversed(), pair.fixed.connection.tuple);
        assertEquals(3, pair.mobile.migration.moves());
        assertEquals(2, pair.mobile.migration.reqNo());
        assertEquals(1, pair.fixed.migration.reqNo());
    }

    /** protocol.md 4: nothing of the old network's congestion state is believed on a new one. */
    @Test
    void newAddressBeginsInSlowStart() {
        Pair pair = Pair.established();
        pair.completeMove(pair.mobile, pair.fixed, AWAY);
        assertEquals(List.of(CarryOver.NOTHING), pair.mobile.connection.activations);
        assertEquals(List.of(CarryOver.NOTHING), pair.fixed.connection.activations);
    }

    /** protocol.md 2.3: another port where the old one is taken; 4: a change of port keeps the congestion state. */
    @Test
    void takesAnotherPortWhereItsOwnIsTaken() {
        Pair pair = Pair.established();
        pair.mobile.connection.ownedByOthers.add(SECOND);
        pair.mobile.move(AWAY);
        assertEquals(50_001, pair.mobile.lastSent(SYN).tuple().localPort());
    }

    /** protocol.md 3.2: a self-move, from the unchanged address, asks the peer to confirm the path. */
    @Test
    void selfMoveConfirmsThePath() {
        Pair pair = Pair.established();
        pair.completeMove(pair.mobile, pair.fixed, HOME);
        assertEquals(FIRST, pair.mobile.connection.tuple);
        assertEquals(List.of(CarryOver.CONGESTION_STATE), pair.mobile.connection.activations);
        assertEquals(List.of(CarryOver.CONGESTION_STATE), pair.fixed.connection.activations);
        assertEquals(1, pair.fixed.migration.moves());
    }

    /** protocol.md 2.5: the SYN is lost; it comes again after 1 s, with the same S, ReqNo and request. */
    @Test
    void lostSynIsRepeatedAlike() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        Sent first = pair.mobile.lastSent(SYN);
        pair.clock.advanceSeconds(0.999);
        assertEquals(1, pair.mobile.sentWith(SYN));
        pair.clock.advanceSeconds(0.001);
        assertEquals(2, pair.mobile.sentWith(SYN));
        assertEquals(migrateOption(first), migrateOption(pair.mobile.lastSent(SYN)));
        assertEquals(first.segment().seq(), pair.mobile.lastSent(SYN).segment().seq());
    }

    /** protocol.md 2.5: the SYN/ACK is lost; the repeated SYN earns the same SYN/ACK. */
    @Test
    void repeatedSynIsAnsweredAlike() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        Sent lost = pair.fixed.lastSent(SYN_ACK);
        pair.fixed.connection.rcvNxt += 100;
        assertEquals(SynClaim.CONSUMED, pair.fixed.synArrives(pair.mobile.lastSent(SYN)));
        assertEquals(2, pair.fixed.sentWith(SYN_ACK));
        assertSameSegment(lost, pair.fixed.lastSent(SYN_ACK));
        pair.mobile.arrives(pair.fixed.lastSent(SYN_ACK));
        pair.fixed.arrives(pair.mobile.lastSent(ACK));
        assertEquals(SECOND.reversed(), pair.fixed.connection.tuple);
    }

    /** A loop that was held up first reads what has arrived, and asks again after one more time-out. */
    @Test
    void lateDeadlineWaitsOnceMore() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        pair.clock.holdUpMillis(1_200);
        pair.clock.advanceMillis(0);
        assertEquals(1, pair.mobile.sentWith(SYN));
        pair.clock.holdUpMillis(1_200);
        pair.clock.advanceMillis(0);
        assertEquals(2, pair.mobile.sentWith(SYN), "but not for ever");
    }

    /** protocol.md 2.5: the ACK is lost; the SYN/ACK is repeated, and data at the new address completes as well. */
    @Test
    void lostAckIsMadeUpForByData() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        pair.mobile.arrives(pair.fixed.lastSent(SYN_ACK));
        pair.clock.advanceSeconds(1);
        assertEquals(2, pair.fixed.sentWith(SYN_ACK));
        TestSegment data = new TestSegment(1_001, 5_001, ACK, 1_000, 100, new byte[0]);
        assertEquals(Passage.TO_TCP, pair.fixed.arrives(SECOND, data));
        assertEquals(SECOND.reversed(), pair.fixed.connection.tuple);
        assertEquals(List.of(data), pair.fixed.connection.toTcp, "its text is TCP's");
    }

    /** protocol.md 2.5: a SYN that the network doubled, and that comes late, changes nothing. */
    @Test
    void duplicateOfACompletedSynChangesNothing() {
        Pair pair = Pair.established();
        pair.completeMove(pair.mobile, pair.fixed, AWAY);
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        assertEquals(1, pair.fixed.migration.moves());
        assertEquals(MigrationState.NONE, pair.fixed.migration.state());
        assertTrue(pair.fixed.connection.paths.isEmpty());
        assertEquals(0, pair.clock.pending());
    }

    /** protocol.md 2.5: a doubled SYN/ACK belongs to TCP once the move is complete (challenged there, RFC 5961 4.2). */
    @Test
    void duplicateSynAckIsLeftToTcp() {
        Pair pair = Pair.established();
        pair.completeMove(pair.mobile, pair.fixed, AWAY);
        assertEquals(Passage.TO_TCP, pair.mobile.arrives(pair.fixed.lastSent(SYN_ACK)));
        assertEquals(1, pair.mobile.migration.moves());
    }

    /** protocol.md 2.5: a doubled ACK is an ordinary one. */
    @Test
    void duplicateAckIsLeftToTcp() {
        Pair pair = Pair.established();
        pair.completeMove(pair.mobile, pair.fixed, AWAY);
        assertEquals(Passage.TO_TCP, pair.fixed.arrives(pair.mobile.lastSent(ACK)));
        assertEquals(1, pair.fixed.migration.moves());
    }

    /** protocol.md 7.4 (b): after two time-outs a new request with S = SND.MAX - 1. */
    @Test
    void newRequestAfterTwoTimeouts() {
        Pair pair = Pair.established();
        pair.mobile.connection.sndMax = pair.mobile.connection.sndUna + 5_000;
        pair.mobile.move(AWAY);
        pair.clock.advanceSeconds(1);
        assertEquals(1, migrateOption(pair.mobile.lastSent(SYN)).reqNo());
        pair.clock.advanceSeconds(2);
        assertEquals(3, pair.mobile.sentWith(SYN));
        assertEquals(2, migrateOption(pair.mobile.lastSent(SYN)).reqNo());
        assertEquals(1_001 + 4_999, pair.mobile.lastSent(SYN).segment().seq());
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        pair.mobile.arrives(pair.fixed.lastSent(SYN_ACK));
        assertEquals(SECOND, pair.mobile.connection.tuple);
    }

    /** protocol.md 2.3: six attempts, 1 s and doubling; then the old path, which still lives, is used on. */
    @Test
    void unansweredMoveIsAbandonedAfterSixAttempts() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        pair.clock.advanceSeconds(62.9);
        assertEquals(6, pair.mobile.sentWith(SYN));
        assertEquals(MigrationState.SYN_SENT, pair.mobile.migration.state());
        pair.clock.advanceSeconds(0.2);
        assertEquals(MigrationState.NONE, pair.mobile.migration.state());
        assertEquals(FIRST, pair.mobile.connection.tuple);
        assertTrue(pair.mobile.connection.paths.isEmpty());
        assertEquals(1, pair.mobile.events(MigrationEvent.MoveAbandoned.class).size());
    }

    /** protocol.md 15.4: without any other path the mover goes on, more slowly, within the resume window. */
    @Test
    void suspendedMoverGoesOnAtSlowerSteps() {
        Pair pair = Pair.established();
        pair.mobile.migration.localAddressLost(pair.clock.nowNanos());
        pair.mobile.move(AWAY);
        pair.clock.advanceSeconds(64);
        long regular = pair.mobile.sentWith(SYN);
        pair.clock.advanceSeconds(60);
        long fiveSecondSteps = pair.mobile.sentWith(SYN) - regular;
        assertTrue(fiveSecondSteps >= 9 && fiveSecondSteps <= 15, "steps of 5 s: " + fiveSecondSteps);
        pair.clock.advanceSeconds(3_600);
        long before = pair.mobile.sentWith(SYN);
        pair.clock.advanceSeconds(300);
        long slow = pair.mobile.sentWith(SYN) - before;
        assertTrue(slow >= 8 && slow <= 13, "steps of 30 s: " + slow);
        assertEquals(2, migrateOption(pair.mobile.lastSent(SYN)).reqNo(), "the request stays the same");
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        pair.mobile.arrives(pair.fixed.lastSent(SYN_ACK));
        assertEquals(SECOND, pair.mobile.connection.tuple);
        assertFalse(pair.mobile.connection.suspended);
    }

    /** protocol.md 8.5, R5: a newer address replaces the move under way, with a later request. */
    @Test
    void newerAddressRestartsTheMove() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        Sent older = pair.mobile.lastSent(SYN);
        pair.mobile.move(FARTHER);
        Sent newer = pair.mobile.lastSent(SYN);
        assertEquals(2, migrateOption(newer).reqNo());
        assertEquals(1, pair.mobile.connection.paths.size());
        pair.fixed.synArrives(newer);
        assertEquals(SynClaim.DROP, pair.fixed.synArrives(older), "the older request comes late");
        pair.mobile.arrives(pair.fixed.lastSent(SYN_ACK));
        pair.fixed.arrives(pair.mobile.lastSent(ACK));
        assertEquals(FARTHER, pair.fixed.connection.tuple.peerAddress());
    }

    /** The same move asked for twice is one move. */
    @Test
    void moveUnderWayIsNotBegunAgain() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        assertEquals(MoveOutcome.UNDER_WAY, pair.mobile.move(AWAY));
        assertEquals(1, pair.mobile.sentWith(SYN));
    }

    /** protocol.md 2.4: a SYN/ACK whose ACK lies outside of [SND.UNA, SND.MAX] is ignored and counted. */
    @Test
    void forgedSynAckIsIgnored() {
        Pair pair = Pair.established();
        pair.mobile.connection.sndMax = pair.mobile.connection.sndUna + 1_000;
        pair.mobile.move(AWAY);
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        TestSegment genuine = TestSegment.of(pair.fixed.lastSent(SYN_ACK).segment());
        FourTuple from = SECOND.reversed();
        assertEquals(Passage.DROP, pair.mobile.arrives(from, genuine.withAck(1_000)));
        assertEquals(Passage.DROP, pair.mobile.arrives(from, genuine.withAck(2_002)));
        assertEquals(Passage.DROP, pair.mobile.arrives(from, genuine.withSeq(genuine.seq() + 0x2000_0000)));
        assertEquals(3, pair.mobile.count(MigrateCounter.SYN_ACKS_OUT_OF_RANGE));
        assertEquals(FIRST, pair.mobile.connection.tuple);
        assertEquals(Passage.CONSUMED, pair.mobile.arrives(from, genuine.withAck(2_001)));
        assertEquals(SECOND, pair.mobile.connection.tuple);
    }

    /** protocol.md 2.2: make before break: acknowledgements on the old path may overtake the answer on the new one. */
    @Test
    void overtakenSynAckStillCompletes() {
        Pair pair = Pair.established();
        pair.mobile.connection.sndMax = 3_000;
        pair.mobile.move(AWAY);
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        pair.mobile.connection.sndUna = 3_000;
        assertEquals(Passage.CONSUMED, pair.mobile.arrives(pair.fixed.lastSent(SYN_ACK)));
        assertEquals(SECOND, pair.mobile.connection.tuple);
    }

    /** protocol.md 3.2: a reset in answer to the request is counted; the SYNs go on. */
    @Test
    void resetToTheRequestDoesNotEndTheConnection() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        int s = pair.mobile.lastSent(SYN).segment().seq();
        TestSegment reset = TestSegment.of(RST | ACK, 0, s + 1);
        assertEquals(Passage.CONSUMED, pair.mobile.arrives(SECOND.reversed(), reset));
        assertEquals(Passage.DROP, pair.mobile.arrives(SECOND.reversed(), reset.withAck(s)), "a blind one");
        assertEquals(1, pair.mobile.count(MigrateCounter.RESETS_TO_REQUESTS));
        assertNull(pair.mobile.connection.aborted);
        pair.clock.advanceSeconds(1);
        assertEquals(2, pair.mobile.sentWith(SYN));
    }

    /** protocol.md 2.6: 64 requests and no more, so that no recording ever becomes new again. */
    @Test
    void refusesThe65thMove() {
        Pair pair = Pair.established();
        for (int i = 0; i < 64; i++) {
            assertTrue(pair.mobile.migration.isMigratable());
            pair.completeMove(pair.mobile, pair.fixed, i % 2 == 0 ? AWAY : HOME);
        }
        assertEquals(64, pair.fixed.migration.moves());
        assertFalse(pair.mobile.migration.isMigratable());
        assertEquals(MoveOutcome.REFUSED, pair.mobile.move(AWAY));
        assertTrue(pair.mobile.events.contains(new MigrationEvent.Refused(Reason.TOO_MANY_MOVES)));
        pair.completeMove(pair.fixed, pair.mobile, FARTHER);
        assertEquals(FARTHER, pair.mobile.connection.tuple.peerAddress());
    }

    /** protocol.md 8.4: both move at once and each learnt the other's address: the two requests cross on one path. */
    @Test
    void crossingRequestsEndOnOnePath() {
        Pair pair = Pair.established();
        FourTuple both = new FourTuple(AWAY, 40_000, FARTHER, 80);
        pair.mobile.migration.move(both, pair.clock.nowNanos());
        pair.fixed.migration.move(both.reversed(), pair.clock.nowNanos());
        Sent mobileSyn = pair.mobile.lastSent(SYN);
        Sent fixedSyn = pair.fixed.lastSent(SYN);
        assertEquals(SynClaim.CONSUMED, pair.fixed.synArrives(mobileSyn));
        assertEquals(SynClaim.CONSUMED, pair.mobile.synArrives(fixedSyn));
        pair.mobile.arrives(pair.fixed.lastSent(SYN_ACK));
        pair.fixed.arrives(pair.mobile.lastSent(SYN_ACK));
        assertEquals(both, pair.mobile.connection.tuple);
        assertEquals(both.reversed(), pair.fixed.connection.tuple);
        assertEquals(1, pair.mobile.migration.moves());
        assertEquals(0, pair.clock.pending());
        assertEquals(0, pair.mobile.extension.pendingHandshakes());
    }

    /** The peer's move reaches our old address while we move ourselves: we follow, and then move on from there. */
    @Test
    void ownMoveGoesOnAfterThePeersCameFirst() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        pair.fixed.move(FARTHER);
        pair.mobile.synArrives(pair.fixed.lastSent(SYN));
        pair.fixed.arrives(pair.mobile.lastSent(SYN_ACK));
        pair.mobile.arrives(pair.fixed.lastSent(ACK));
        assertEquals(
                new FourTuple(AWAY, 40_000, FARTHER, 80),
                pair.mobile.lastSent(SYN).tuple());
        assertEquals(MigrationState.SYN_SENT, pair.mobile.migration.state());
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        pair.mobile.arrives(pair.fixed.lastSent(SYN_ACK));
        assertEquals(AWAY, pair.mobile.connection.tuple.localAddress());
    }

    /** protocol.md 3.2: which base states may move, and which follow the peer. */
    @ParameterizedTest
    @EnumSource(TcpState.class)
    void baseStatesThatMayMove(TcpState state) {
        Pair pair = Pair.established();
        boolean may =
                switch (state) {
                    case ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT -> true;
                    case CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED -> false;
                };
        pair.mobile.connection.state = state;
        assertEquals(may ? MoveOutcome.STARTED : MoveOutcome.REFUSED, pair.mobile.move(AWAY));
        pair.fixed.move(FARTHER);
        assertEquals(may ? SynClaim.CONSUMED : SynClaim.DROP, pair.mobile.synArrives(pair.fixed.lastSent(SYN)));
        assertEquals(may, pair.mobile.connection.hooks.isMigratable());
    }

    /** protocol.md 3.2: a move asked for in SYN_SENT waits until the connection is established. */
    @Test
    void moveIsQueuedUntilEstablished() {
        Pair pair = Pair.closed(MigrateSettings.classic());
        assertEquals(MoveOutcome.QUEUED, pair.mobile.move(AWAY));
        pair.exchangeSyns();
        pair.mobile.connection.state = TcpState.ESTABLISHED;
        pair.mobile.connection.hooks.established(pair.clock.nowNanos());
        assertEquals(0, pair.mobile.sentWith(SYN), "the handshake's third segment goes first");
        pair.clock.advanceMillis(1);
        assertEquals(SECOND, pair.mobile.lastSent(SYN).tuple());
    }

    /** A path needs two ends of one family. */
    @Test
    void refusesAnAddressOfAnotherFamily() {
        Pair pair = Pair.established();
        assertEquals(MoveOutcome.REFUSED, pair.mobile.move(IpAddress.parse("2001:db8::1")));
        assertTrue(pair.mobile.events.contains(new MigrationEvent.Refused(Reason.ADDRESS_FAMILY)));
    }

    /** The formulas contain no addresses: a connection moves from IPv4 to IPv6 (protocol.md 10). */
    @Test
    void changesTheAddressFamily() {
        Pair pair = Pair.established();
        FourTuple six = new FourTuple(IpAddress.parse("2001:db8::1"), 40_000, IpAddress.parse("2001:db8::9"), 80);
        pair.mobile.migration.move(six, pair.clock.nowNanos());
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        pair.mobile.arrives(pair.fixed.lastSent(SYN_ACK));
        pair.fixed.arrives(pair.mobile.lastSent(ACK));
        assertEquals(six.reversed(), pair.fixed.connection.tuple);
    }

    /** A tuple of another connection is left to it. */
    @Test
    void refusesATupleThatIsTaken() {
        Pair pair = Pair.established();
        pair.mobile.connection.ownedByOthers.add(SECOND);
        assertEquals(MoveOutcome.REFUSED, pair.mobile.migration.move(SECOND, pair.clock.nowNanos()));
        assertTrue(pair.mobile.events.contains(new MigrationEvent.Refused(Reason.TUPLE_IN_USE)));
        assertEquals(0, pair.mobile.migration.reqNo(), "no request was spent");
    }

    /** Closing in the midst of a move leaves nothing behind. */
    @Test
    void closedConnectionLeavesNothing() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        pair.mobile.connection.hooks.closed();
        pair.fixed.connection.hooks.closed();
        assertEquals(0, pair.clock.pending());
        assertEquals(0, pair.fixed.extension.pendingHandshakes());
        assertTrue(pair.fixed.extension.connections().isEmpty());
        assertEquals(SynClaim.RESET, pair.fixed.synArrives(pair.mobile.lastSent(SYN)), "its token is unknown now");
    }

    /** One word for people, and nothing secret. */
    @Test
    void namesItsState() {
        Pair pair = Pair.established();
        assertEquals("", pair.mobile.connection.hooks.stateName());
        pair.mobile.move(AWAY);
        assertEquals("MIGRATE_SYN_SENT", pair.mobile.connection.hooks.stateName());
        assertEquals("Migration[1 10.1.0.1:40000 > 10.9.0.1:80 SYN_SENT, moves 0]", pair.mobile.migration.toString());
    }

    private static MigrateOption migrateOption(Sent syn) {
        byte[] option = Profile.EXID.migrateIn(TestSegment.of(syn.segment()));
        return MigrateOption.decode(Profile.EXID, option).orElseThrow();
    }

    private static void assertSameSegment(Sent expected, Sent actual) {
        assertEquals(expected.tuple(), actual.tuple());
        assertEquals(expected.segment().seq(), actual.segment().seq());
        assertEquals(expected.segment().ack(), actual.segment().ack());
        assertArrayEquals(expected.segment().options(), actual.segment().options());
    }
}
