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
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import net.sojourn.migrate.FakeConnection.Sent;
import net.sojourn.migrate.MigrateSettings.Limits;
import net.sojourn.migrate.classic.MigrateOption;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.migrate.classic.Request;
import net.sojourn.migrate.classic.Token;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.spi.PathHandshake.Passage;
import net.sojourn.stack.spi.TcpExtension.SynClaim;
import org.junit.jupiter.api.Test;

/** What strangers send, and what is late: protocol.md 2.4, 2.6, 5.3. */
class AttackTest {

    private static final IpAddress ATTACKER = IpAddress.parse("10.66.0.6");
    private static final FourTuple SECOND = FIRST.withLocal(AWAY, 40_000);
    private static final FourTuple STOLEN = FIRST.withLocal(ATTACKER, 6_666);

    /** 2.4: an unknown token earns a reset; no connection is touched. */
    @Test
    void unknownTokenIsReset() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        TestSegment syn =
                rewritten(pair.mobile.lastSent(SYN), o -> new MigrateOption(false, 1, new Token(7), o.request()));
        assertEquals(SynClaim.RESET, pair.fixed.synArrives(STOLEN, syn));
        assertEquals(1, pair.fixed.count(MigrateCounter.UNKNOWN_TOKENS));
        assertUntouched(pair.fixed);
    }

    /** 2.4: a wrong request earns a reset; the connection goes on untouched, and the genuine one still moves it. */
    @Test
    void wrongRequestIsReset() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        TestSegment forged =
                rewritten(pair.mobile.lastSent(SYN), o -> new MigrateOption(false, 9, o.token(), new Request(99)));
        assertEquals(SynClaim.RESET, pair.fixed.synArrives(STOLEN, forged));
        assertEquals(1, pair.fixed.count(MigrateCounter.FORGED_REQUESTS));
        assertUntouched(pair.fixed);
        assertEquals(SynClaim.CONSUMED, pair.fixed.synArrives(pair.mobile.lastSent(SYN)));
    }

    /** 2.1: the request covers S and ReqNo: neither can be changed on the way. */
    @Test
    void requestCoversSequenceAndRequestNumber() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        Sent syn = pair.mobile.lastSent(SYN);
        TestSegment genuine = TestSegment.of(syn.segment());
        assertEquals(SynClaim.RESET, pair.fixed.synArrives(SECOND, genuine.withSeq(genuine.seq() + 1)));
        TestSegment later = rewritten(syn, o -> new MigrateOption(false, 2, o.token(), o.request()));
        assertEquals(SynClaim.RESET, pair.fixed.synArrives(SECOND, later));
        assertUntouched(pair.fixed);
    }

    /** 2.1: nobody was given our secret, so a third host's request is refused, even if all else fits. */
    @Test
    void preloadIsRefused() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        TestSegment preload =
                rewritten(pair.mobile.lastSent(SYN), o -> new MigrateOption(true, o.reqNo(), o.token(), o.request()));
        assertEquals(SynClaim.RESET, pair.fixed.synArrives(SECOND, preload));
        assertUntouched(pair.fixed);
    }

    /** 2.4: a smaller ReqNo is dropped silently, good or bad. */
    @Test
    void smallerRequestNumberIsDropped() {
        Pair pair = Pair.established();
        pair.completeMove(pair.mobile, pair.fixed, AWAY);
        Sent first = pair.mobile.lastSent(SYN);
        pair.completeMove(pair.mobile, pair.fixed, FARTHER);
        assertEquals(SynClaim.DROP, pair.fixed.synArrives(first));
        TestSegment bad = rewritten(first, o -> new MigrateOption(false, 0, o.token(), new Request(1)));
        assertEquals(SynClaim.DROP, pair.fixed.synArrives(STOLEN, bad));
        assertEquals(FARTHER, pair.fixed.connection.tuple.peerAddress());
        assertEquals(2, pair.fixed.count(MigrateCounter.STALE_REQUESTS));
    }

    /** 11: a distance of exactly 64 counts as smaller; 63 is later; the count wraps at 127. */
    @Test
    void requestNumbersWrapAt127() {
        Pair pair = Pair.established();
        assertEquals(SynClaim.CONSUMED, requestNumber(pair, 127));
        assertEquals(SynClaim.DROP, requestNumber(pair, 63));
        assertEquals(SynClaim.CONSUMED, requestNumber(pair, 0));
        assertEquals(SynClaim.DROP, requestNumber(pair, 127));
        assertEquals(SynClaim.CONSUMED, requestNumber(pair, 63));
        assertEquals(SynClaim.DROP, requestNumber(pair, 127));
        assertEquals(SynClaim.CONSUMED, requestNumber(pair, 126));
    }

    /** A2: our own Migrate SYN, sent back to us from anywhere, is known and dropped. */
    @Test
    void reflectedRequestIsDropped() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        TestSegment own = TestSegment.of(pair.mobile.lastSent(SYN).segment());
        FourTuple fromAttacker = new FourTuple(ATTACKER, 6_666, AWAY, 40_000);
        assertEquals(SynClaim.DROP, pair.mobile.synArrives(fromAttacker, own));
        assertEquals(1, pair.mobile.count(MigrateCounter.REFLECTED_REQUESTS));
        assertEquals(0, pair.mobile.sentWith(SYN_ACK));
        assertEquals(MigrationState.SYN_SENT, pair.mobile.migration.state());
    }

    /** A2: every one of our requests is remembered, also after the move. */
    @Test
    void reflectionIsKnownAfterTheMoveToo() {
        Pair pair = Pair.established();
        pair.completeMove(pair.mobile, pair.fixed, AWAY);
        Sent old = pair.mobile.lastSent(SYN);
        pair.completeMove(pair.mobile, pair.fixed, FARTHER);
        FourTuple fromAttacker = new FourTuple(ATTACKER, 6_666, FARTHER, 40_000);
        assertEquals(SynClaim.DROP, pair.mobile.synArrives(fromAttacker, TestSegment.of(old.segment())));
        assertEquals(FARTHER, pair.mobile.connection.tuple.localAddress());
    }

    /** A3: a copy with another source came first: both are answered, and the one that goes on with the stream wins. */
    @Test
    void copiedRequestDoesNotShutOutTheGenuineOne() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        Sent genuine = pair.mobile.lastSent(SYN);
        assertEquals(SynClaim.CONSUMED, pair.fixed.synArrives(STOLEN, TestSegment.of(genuine.segment())));
        assertEquals(SynClaim.CONSUMED, pair.fixed.synArrives(genuine));
        assertEquals(2, pair.fixed.sentWith(SYN_ACK));
        assertEquals(FIRST.reversed(), pair.fixed.connection.tuple);
        pair.mobile.arrives(pair.fixed.lastSent(SYN_ACK));
        pair.fixed.arrives(pair.mobile.lastSent(ACK));
        assertEquals(SECOND.reversed(), pair.fixed.connection.tuple);
        assertTrue(pair.fixed.connection.paths.isEmpty(), "the copy's path is forgotten");
        assertEquals(0, pair.fixed.extension.pendingHandshakes());
    }

    /** A3: what is sent from the copy's source without knowing the stream does not commit. */
    @Test
    void segmentOutsideTheStreamDoesNotCommit() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        pair.fixed.synArrives(STOLEN, TestSegment.of(pair.mobile.lastSent(SYN).segment()));
        assertEquals(Passage.DROP, pair.fixed.arrives(STOLEN, TestSegment.of(ACK, 1_001, 4_000)));
        assertEquals(Passage.DROP, pair.fixed.arrives(STOLEN, TestSegment.of(ACK, 1_001, 5_002)));
        assertEquals(Passage.DROP, pair.fixed.arrives(STOLEN, TestSegment.of(ACK, 0x4000_0000, 5_001)));
        assertEquals(Passage.DROP, pair.fixed.arrives(STOLEN, TestSegment.of(RST, 5, 0)));
        assertEquals(FIRST.reversed(), pair.fixed.connection.tuple);
    }

    /** A3: sources of one request are bounded. */
    @Test
    void atMostFourSourcesAreAnswered() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        TestSegment syn = TestSegment.of(pair.mobile.lastSent(SYN).segment());
        for (int port = 1; port <= 10; port++) {
            pair.fixed.synArrives(FIRST.withLocal(ATTACKER, port), syn);
        }
        assertEquals(4, pair.fixed.sentWith(SYN_ACK));
        assertEquals(4, pair.fixed.extension.pendingHandshakes());
        assertEquals(6, pair.fixed.count(MigrateCounter.HANDSHAKES_REFUSED));
    }

    /** A3: the copy was committed; the mover's new request after two time-outs takes the connection back. */
    @Test
    void laterRequestTakesTheConnectionBack() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        pair.fixed.synArrives(STOLEN, TestSegment.of(pair.mobile.lastSent(SYN).segment()));
        pair.fixed.arrives(STOLEN, TestSegment.of(ACK, 1_001, 5_001));
        assertEquals(ATTACKER, pair.fixed.connection.tuple.peerAddress());
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        pair.clock.advanceSeconds(3);
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        pair.mobile.arrives(pair.fixed.lastSent(SYN_ACK));
        pair.fixed.arrives(pair.mobile.lastSent(ACK));
        assertEquals(SECOND.reversed(), pair.fixed.connection.tuple);
    }

    /** A6, 2.6: a recording whose number has become new again is betrayed by its S. */
    @Test
    void replayAfterTheWrapIsDropped() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        Sent recorded = pair.mobile.lastSent(SYN);
        pair.fixed.connection.rcvNxt += (65_535 << 7) + 2;
        assertEquals(SynClaim.DROP, pair.fixed.synArrives(recorded));
        assertEquals(1, pair.fixed.count(MigrateCounter.STALE_REQUESTS));
        pair.fixed.connection.rcvNxt -= 2;
        assertEquals(SynClaim.CONSUMED, pair.fixed.synArrives(recorded), "one window away it may be genuine");
    }

    /** A12: resets are bounded a second; what is beyond is dropped. */
    @Test
    void resetsHaveABudget() {
        Limits limits = new Limits(64, 10, 10, 10, 10);
        Pair pair = Pair.established(MigrateSettings.classic().withLimits(limits));
        pair.mobile.move(AWAY);
        TestSegment forged =
                rewritten(pair.mobile.lastSent(SYN), o -> new MigrateOption(false, 9, o.token(), new Request(99)));
        List<SynClaim> claims = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            claims.add(pair.fixed.synArrives(STOLEN, forged));
        }
        assertEquals(10, claims.stream().filter(c -> c == SynClaim.RESET).count());
        assertEquals(15, pair.fixed.count(MigrateCounter.RESETS_WITHHELD));
        pair.clock.advanceSeconds(1);
        assertEquals(SynClaim.RESET, pair.fixed.synArrives(STOLEN, forged));
        assertUntouched(pair.fixed);
    }

    /** A4, 2.5: the number of answers to a source that never speaks is bounded: five, then nothing. */
    @Test
    void silentSourceGetsFiveAnswers() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        pair.fixed.synArrives(STOLEN, TestSegment.of(pair.mobile.lastSent(SYN).segment()));
        pair.clock.advanceSeconds(30.9);
        assertEquals(5, pair.fixed.sentWith(SYN_ACK));
        pair.clock.advanceSeconds(20);
        assertEquals(5, pair.fixed.sentWith(SYN_ACK));
        assertEquals(0, pair.fixed.extension.pendingHandshakes());
    }

    /** Handshakes of all connections together are bounded. */
    @Test
    void pendingHandshakesAreBounded() {
        Limits limits = new Limits(64, 10, 10, 1, 10);
        Pair pair = Pair.established(MigrateSettings.classic().withLimits(limits));
        pair.mobile.move(AWAY);
        TestSegment syn = TestSegment.of(pair.mobile.lastSent(SYN).segment());
        pair.fixed.synArrives(SECOND, syn);
        pair.fixed.synArrives(STOLEN, syn);
        assertEquals(1, pair.fixed.sentWith(SYN_ACK));
        assertEquals(1, pair.fixed.extension.pendingHandshakes());
    }

    /** A source that resets our answer is forgotten; the connection is where it was. */
    @Test
    void resetOfTheAnswerForgetsThatSource() {
        Pair pair = Pair.established();
        pair.mobile.move(AWAY);
        pair.fixed.synArrives(pair.mobile.lastSent(SYN));
        int ack = pair.fixed.lastSent(SYN_ACK).segment().ack();
        assertEquals(Passage.DROP, pair.fixed.arrives(SECOND, TestSegment.of(RST, ack + 1, 0)));
        assertEquals(MigrationState.SYN_RCVD, pair.fixed.migration.state());
        assertEquals(Passage.CONSUMED, pair.fixed.arrives(SECOND, TestSegment.of(RST, ack, 0)));
        assertEquals(MigrationState.NONE, pair.fixed.migration.state());
        assertUntouched(pair.fixed);
    }

    /** 2.4: the tuple of another connection is left to it. */
    @Test
    void requestFromATakenTupleIsDropped() {
        Pair pair = Pair.established();
        pair.fixed.connection.ownedByOthers.add(SECOND.reversed());
        pair.mobile.move(AWAY);
        assertEquals(SynClaim.CONSUMED, pair.fixed.synArrives(pair.mobile.lastSent(SYN)));
        assertEquals(0, pair.fixed.sentWith(SYN_ACK));
        assertUntouched(pair.fixed);
    }

    private static SynClaim requestNumber(Pair pair, int reqNo) {
        MigrateOption option = new MigrateOption(
                false,
                reqNo,
                Pair.secretOf(pair.mobile.migration).token(),
                Pair.secretOf(pair.mobile.migration).request(1_000, reqNo));
        TestSegment syn = new TestSegment(1_000, 0, SYN, 1_000, 0, option.encode(Profile.EXID));
        return pair.fixed.synArrives(SECOND, syn);
    }

    private static TestSegment rewritten(Sent syn, java.util.function.UnaryOperator<MigrateOption> change) {
        TestSegment segment = TestSegment.of(syn.segment());
        MigrateOption option = MigrateOption.decode(Profile.EXID, Profile.EXID.migrateIn(segment))
                .orElseThrow();
        return segment.withOptions(change.apply(option).encode(Profile.EXID));
    }

    private static void assertUntouched(Pair.End end) {
        assertEquals(HOME, end.connection.tuple.peerAddress());
        assertEquals(MigrationState.NONE, end.migration.state());
        assertTrue(end.connection.paths.isEmpty());
        assertEquals(0, end.migration.moves());
    }
}
