package net.sojourn.migrate;

import static net.sojourn.migrate.Pair.AWAY;
import static net.sojourn.migrate.Pair.SYN;
import static net.sojourn.migrate.Pair.SYN_ACK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.sojourn.migrate.MigrationEvent.Reason;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.spi.ConnectionExtension;
import net.sojourn.stack.spi.ConnectionExtension.AbortCause;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The exchange of Migrate-Permitted: protocol.md 1, 6. */
class NegotiationTest {

    /** 1.3, 1.4: both ends reach the same token, in both profiles, and say so. */
    @ParameterizedTest
    @EnumSource(Profile.class)
    void bothEndsAgree(Profile profile) {
        Pair pair = Pair.established(MigrateSettings.classic().withProfile(profile));
        assertTrue(pair.mobile.migration.isMigratable());
        assertTrue(pair.fixed.migration.isMigratable());
        assertEquals(
                Pair.secretOf(pair.mobile.migration).token(),
                Pair.secretOf(pair.fixed.migration).token());
        assertEquals(new MigrationEvent.Negotiated(), pair.fixed.events.get(0));
    }

    /** 7.1: MSS, SACK-permitted, timestamps, window scale and the option of profile exid are exactly 40 octets. */
    @Test
    void synFillsTheOptionSpaceExactly() {
        FakeSyn syn = offered(Pair.closed(MigrateSettings.classic()));
        assertEquals(40, syn.options().length);
        FakeSyn paper = offered(Pair.closed(MigrateSettings.classic().withProfile(Profile.PAPER)));
        assertEquals(39, paper.options().length);
    }

    /** 1.1: the last eight octets of the key are the timestamps. */
    @Test
    void keyGoesOnInTheTimestamps() {
        FakeSyn syn = offered(Pair.closed(MigrateSettings.classic()));
        assertNotEquals(77, syn.tsVal());
        assertTrue(syn.added()[4] == 2 || syn.added()[4] == 3, "a compressed point");
    }

    /** 1.3: a fresh key for each connection. */
    @Test
    void eachConnectionHasItsOwnKey() {
        Pair.Many many = Pair.Many.established(MigrateSettings.classic(), new FakeClock(), 2);
        assertNotEquals(
                Pair.secretOf(many.migrations().get(0)).token(),
                Pair.secretOf(many.migrations().get(1)).token());
    }

    /** 6: a SYN that timed out is sent again without the option: somebody may have dropped it for that. */
    @Test
    void secondSynHasNoOption() {
        Pair pair = Pair.closed(MigrateSettings.classic());
        offered(pair);
        FakeSyn second = FakeSyn.ordinary();
        pair.mobile.connection.hooks.writeSyn(second, 1);
        assertEquals(0, second.added().length);
        assertEquals(77, second.tsVal());
    }

    /** 6: the first SYN arrived after all: its answer still counts when the second has gone out. */
    @Test
    void answerToTheFirstSynCountsAfterTheSecond() {
        Pair pair = Pair.closed(MigrateSettings.classic());
        FakeSyn first = offered(pair);
        pair.mobile.connection.hooks.writeSyn(FakeSyn.ordinary(), 1);
        answerTo(pair, first.options());
        establish(pair);
        assertTrue(pair.mobile.migration.isNegotiated());
    }

    /** 1.1: a repeated SYN/ACK carries the same values. */
    @Test
    void synAckIsRepeatedToTheOctet() {
        Pair pair = Pair.closed(MigrateSettings.classic());
        FakeSyn syn = offered(pair);
        pair.fixed.connection.hooks.synArrived(segment(syn.options()));
        FakeSyn first = FakeSyn.ordinary();
        pair.fixed.connection.hooks.writeSyn(first, 0);
        FakeSyn second = FakeSyn.ordinary();
        pair.fixed.connection.hooks.writeSyn(second, 1);
        assertArrayEquals(first.options(), second.options());
    }

    /** 1.3: the acceptor does not echo: both timestamp fields of its SYN/ACK are its own key. */
    @Test
    void acceptorDoesNotEcho() {
        Pair pair = Pair.closed(MigrateSettings.classic());
        FakeSyn syn = offered(pair);
        pair.fixed.connection.hooks.synArrived(segment(syn.options()));
        FakeSyn synAck = FakeSyn.ordinary();
        pair.fixed.connection.hooks.writeSyn(synAck, 0);
        TestSegment sent = new TestSegment(0, 0, SYN_ACK, 0, 0, synAck.options());
        assertNotEquals(syn.tsVal(), sent.tsEcr());
    }

    /** 6: a peer without Migrate: its SYN/ACK has no option, and the connection is plain TCP. */
    @Test
    void legacyAcceptorMakesPlainTcp() {
        Pair pair = Pair.closed(MigrateSettings.classic());
        offered(pair);
        pair.mobile.connection.hooks.synArrived(new TestSegment(
                5_000, 1_001, SYN_ACK, 65_535, 0, FakeSyn.ordinary().options()));
        establish(pair);
        assertFalse(pair.mobile.connection.hooks.isMigratable());
        assertNull(pair.mobile.connection.aborted);
        assertEquals(MoveOutcome.REFUSED, pair.mobile.move(AWAY));
        assertTrue(pair.mobile.events.contains(new MigrationEvent.Refused(Reason.PEER_WITHOUT_MIGRATE)));
    }

    /** 6: an initiator without Migrate gets an ordinary SYN/ACK. */
    @Test
    void legacyInitiatorGetsAnOrdinarySynAck() {
        Pair pair = Pair.closed(MigrateSettings.classic());
        pair.fixed.connection.hooks.synArrived(segment(FakeSyn.ordinary().options()));
        FakeSyn synAck = FakeSyn.ordinary();
        pair.fixed.connection.hooks.writeSyn(synAck, 0);
        assertEquals(0, synAck.added().length);
        assertEquals(77, synAck.tsVal());
    }

    /** 1.3, 11: an unknown curve, a bad key, a wrong length: the SYN/ACK goes without the option. */
    @ParameterizedTest
    @EnumSource(Flaw.class)
    void flawedOfferIsNoOffer(Flaw flaw) {
        Pair pair = Pair.closed(MigrateSettings.classic().withProfile(Profile.PAPER));
        FakeSyn syn = offered(pair);
        pair.fixed.connection.hooks.synArrived(segment(flaw.apply(syn.options())));
        FakeSyn synAck = FakeSyn.ordinary();
        pair.fixed.connection.hooks.writeSyn(synAck, 0);
        assertEquals(0, synAck.added().length);
        establish(pair);
        assertFalse(pair.fixed.migration.isNegotiated());
        assertNull(pair.fixed.connection.aborted);
    }

    /** A9: a bad key in the SYN/ACK counts as no option; it is counted. */
    @Test
    void badKeyInTheSynAckMakesPlainTcp() {
        Pair pair = Pair.closed(MigrateSettings.classic().withProfile(Profile.PAPER));
        byte[] answer = Flaw.PREFIX_OF_NO_POINT.apply(offered(pair).options());
        pair.mobile.connection.hooks.synArrived(new TestSegment(5_000, 1_001, SYN_ACK, 0, 0, answer));
        establish(pair);
        assertFalse(pair.mobile.migration.isNegotiated());
        assertEquals(1, pair.mobile.count(MigrateCounter.UNUSABLE_KEYS));
        assertTrue(pair.mobile.events.contains(new MigrationEvent.Refused(Reason.UNUSABLE_KEY)));
    }

    /** 1.3: an acceptor that answers with another curve is reset. */
    @Test
    void otherCurveInTheSynAckAborts() {
        Pair pair = Pair.closed(MigrateSettings.classic().withProfile(Profile.PAPER));
        byte[] answer = Flaw.UNKNOWN_CURVE.apply(offered(pair).options());
        pair.mobile.connection.hooks.synArrived(new TestSegment(5_000, 1_001, SYN_ACK, 0, 0, answer));
        establish(pair);
        assertEquals(AbortCause.RESET, pair.mobile.connection.aborted);
    }

    /** An option in a SYN/ACK that nobody asked for is none. */
    @Test
    void unaskedOptionIsIgnored() {
        Pair pair = Pair.closed(MigrateSettings.classic());
        byte[] options = offered(pair).options();
        pair.fixed.connection = new FakeConnection(pair.clock, 2, Pair.FIRST, 1_000, 5_000);
        ConnectionExtension hooks = pair.fixed.extension.attach(pair.fixed.connection, true);
        hooks.writeSyn(new FakeSyn(false, 21), 0);
        hooks.synArrived(new TestSegment(5_000, 1_001, SYN_ACK, 0, 0, options));
        hooks.established(pair.clock.nowNanos());
        assertFalse(pair.fixed.extension.migrationOf(2).orElseThrow().isNegotiated());
    }

    /** 1.1: without timestamps, or without room, there is no place for the key: nothing is offered. */
    @Test
    void noRoomNoOffer() {
        for (FakeSyn syn : new FakeSyn[] {new FakeSyn(false, 21), new FakeSyn(true, 20)}) {
            Pair.closed(MigrateSettings.classic()).mobile.connection.hooks.writeSyn(syn, 0);
            assertEquals(0, syn.added().length);
        }
    }

    /** Simultaneous open: the draft gives neither end the acceptor's role, so the connection is plain TCP. */
    @Test
    void simultaneousOpenIsPlainTcp() {
        Pair pair = Pair.closed(MigrateSettings.classic());
        byte[] options = offered(pair).options();
        pair.mobile.connection.hooks.synArrived(segment(options));
        FakeSyn synAck = FakeSyn.ordinary();
        pair.mobile.connection.hooks.writeSyn(synAck, 0);
        assertEquals(0, synAck.added().length);
        establish(pair);
        assertFalse(pair.mobile.migration.isNegotiated());
    }

    /** A8: who requires Migrate gets no plain connection; stripping the option is then no downgrade. */
    @Test
    void strippedOptionAbortsWhereMigrateIsRequired() {
        Pair pair = Pair.closed(MigrateSettings.classic().withRequire(true));
        offered(pair);
        pair.mobile.connection.hooks.synArrived(new TestSegment(
                5_000, 1_001, SYN_ACK, 65_535, 0, FakeSyn.ordinary().options()));
        establish(pair);
        assertEquals(AbortCause.RESET, pair.mobile.connection.aborted);
    }

    /** A8: where it is not required, the application sees that the connection cannot be moved. */
    @Test
    void strippedOptionShowsInIsMigratable() {
        Pair pair = Pair.closed(MigrateSettings.classic());
        establish(pair);
        assertFalse(pair.fixed.migration.isMigratable());
        assertEquals(1, pair.fixed.count(MigrateCounter.PEERS_WITHOUT_MIGRATE));
    }

    /** 1.4: the variant without keys works behind its flag, between two that have it. */
    @Test
    void nonSecureVariantBehindItsFlag() {
        MigrateSettings settings =
                MigrateSettings.classic().withProfile(Profile.PAPER).withNonSecureForTests(true);
        Pair pair = Pair.established(settings);
        pair.completeMove(pair.mobile, pair.fixed, AWAY);
        assertEquals(AWAY, pair.fixed.connection.tuple.peerAddress());
        assertThrows(
                IllegalArgumentException.class, () -> MigrateSettings.classic().withNonSecureForTests(true));
    }

    /** 1.4: without the flag the variant without keys is not accepted. */
    @Test
    void nonSecureOfferIsNotAccepted() {
        Pair pair = Pair.closed(MigrateSettings.classic().withProfile(Profile.PAPER));
        pair.fixed.connection.hooks.synArrived(segment(new byte[] {15, 3, 0}));
        FakeSyn synAck = FakeSyn.ordinary();
        pair.fixed.connection.hooks.writeSyn(synAck, 0);
        assertEquals(0, synAck.added().length);
    }

    /** Off means off. */
    @Test
    void suiteOffTouchesNothing() {
        MigrateSettings off = MigrateSettings.classic().withSuite(Suite.OFF);
        MigrateExtension extension = Pair.extension(off);
        assertEquals(0, extension.claimedKinds().length);
        FakeConnection connection = new FakeConnection(new FakeClock(), 1, Pair.FIRST, 1, 2);
        assertEquals(ConnectionExtension.NONE, extension.attach(connection, true));
        assertTrue(extension.connections().isEmpty());
    }

    private static FakeSyn offered(Pair pair) {
        FakeSyn syn = FakeSyn.ordinary();
        pair.mobile.connection.hooks.writeSyn(syn, 0);
        return syn;
    }

    private static void answerTo(Pair pair, byte[] synOptions) {
        pair.fixed.connection.hooks.synArrived(segment(synOptions));
        FakeSyn synAck = FakeSyn.ordinary();
        pair.fixed.connection.hooks.writeSyn(synAck, 0);
        pair.mobile.connection.hooks.synArrived(new TestSegment(5_000, 1_001, SYN_ACK, 0, 0, synAck.options()));
    }

    private static void establish(Pair pair) {
        for (Pair.End end : new Pair.End[] {pair.mobile, pair.fixed}) {
            end.connection.state = TcpState.ESTABLISHED;
            end.connection.hooks.established(pair.clock.nowNanos());
        }
    }

    private static TestSegment segment(byte[] options) {
        return new TestSegment(1_000, 0, SYN, 65_535, 0, options);
    }

    /** What may be wrong with an offer of profile paper, which begins at octet 19 of the SYN's options. */
    enum Flaw {
        UNKNOWN_CURVE(21, 9),
        OTHER_KNOWN_CURVE(21, 2),
        PREFIX_OF_NO_POINT(22, 4),
        OFF_THE_CURVE(-1, 0),
        LENGTH(20, 19),
        NO_TIMESTAMPS(6, 77);

        private final int at;
        private final int value;

        Flaw(int at, int value) {
            this.at = at;
            this.value = value;
        }

        byte[] apply(byte[] options) {
            byte[] flawed = options.clone();
            if (this == OFF_THE_CURVE) {
                // x = 4 with every other octet zero: no point of P-192.
                java.util.Arrays.fill(flawed, 23, flawed.length, (byte) 0);
                java.util.Arrays.fill(flawed, 8, 16, (byte) 0);
                flawed[15] = 4;
            } else {
                flawed[at] = (byte) value;
            }
            return flawed;
        }
    }
}
