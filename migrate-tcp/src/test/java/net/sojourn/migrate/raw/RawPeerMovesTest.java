package net.sojourn.migrate.raw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.migrate.MigrationState;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.leak.LeakCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An independent peer moves, our machine follows: protocol.md 2.3 to 2.5, 3.2, 4, 7.4. */
@ExtendWith(LeakCheck.class)
class RawPeerMovesTest {

    private static final IpAddress HERE = IpAddress.parse("198.51.100.1");
    private static final String THERE = "192.0.2.7";
    private static final String AWAY = "203.0.113.5";
    private static final String FARTHER = "203.0.113.99";
    private static final int NEW_PORT = 50_505;

    private static Bench bench(Profile profile) {
        return new Bench(MigrateSettings.classic().withProfile(profile), "198.51.100.1");
    }

    private static RawPeer connected(Bench bench) {
        return RawPeer.connected(bench, Profile.EXID, HERE);
    }

    /** 2.3, 2.4, 3.1: SYN, SYN/ACK, ACK, and on; from either original role, to another port, several times. */
    @ParameterizedTest
    @CsvSource({"EXID, true", "EXID, false", "PAPER, true", "PAPER, false"})
    void streamFollowsThePeer(Profile profile, boolean machineListens) {
        try (Bench bench = bench(profile)) {
            RawPeer peer = RawPeer.inEitherRole(machineListens, bench, profile, HERE);
            peer.assertStreamGoesOn("before");
            peer.moveTo(AWAY, NEW_PORT);
            peer.assertStreamGoesOn("after one");
            peer.moveTo(FARTHER, peer.port);
            peer.assertStreamGoesOn("after two");
            peer.moveTo(THERE, 33_333);
            peer.assertStreamGoesOn("back again");
            assertEquals(3, bench.migration().moves());
        }
    }

    /** The formulas contain no addresses: IPv6 as well. */
    @Test
    void streamFollowsThePeerOverIpv6() {
        IpAddress here = IpAddress.parse("2001:db8::1");
        try (Bench bench = new Bench(MigrateSettings.classic(), "2001:db8::1")) {
            RawPeer peer = RawPeer.connected(bench, Profile.EXID, here);
            peer.moveTo("2001:db8:9::9", NEW_PORT);
            peer.assertStreamGoesOn("six");
        }
    }

    /** 2.3: a Migrate SYN to the letter of the draft; the answer has no options then, its SEQ is SND.UNA - 1. */
    @ParameterizedTest
    @CsvSource({"EXID, true", "EXID, false", "PAPER, true", "PAPER, false"})
    void draftsSynWithoutOtherOptions(Profile profile, boolean traversal) {
        MigrateSettings settings =
                MigrateSettings.classic().withProfile(profile).withTraversal(traversal);
        try (Bench bench = new Bench(settings, "198.51.100.1")) {
            RawPeer peer = RawPeer.connected(bench, profile, HERE);
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSyn(peer.sndNxt - 1, 1));
            RawSegment synAck = bench.next();
            peer.assertAnswers(synAck);
            assertEquals(0, synAck.options().length);
            assertEquals(MigrationState.SYN_RCVD, bench.migration().state());
            peer.send(RawSegment.ACK, RawPeer.NOTHING);
            peer.expectAck();
            assertEquals(MigrationState.NONE, bench.migration().state());
            peer.assertStreamGoesOn("strict");
        }
    }

    /** 2.3: the receiver takes any S near: SND.UNA too, as others choose it; and the first ReqNo may be any. */
    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 20_000, -20_000})
    void sequenceNumberIsThePeersChoice(int distance) {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSyn(peer.sndNxt + distance, 100));
            peer.assertAnswers(bench.next());
            peer.send(RawSegment.ACK, RawPeer.NOTHING);
            peer.expectAck();
        }
    }

    /** 2.4, 7.4 (a): options come back as the SYN had them, TSecr echoes, the window is not scaled. */
    @Test
    void synAckRepeatsTheOptions() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            peer.moveAway(AWAY, NEW_PORT);
            bench.pass(Bench.SECOND);
            bench.arrives(peer.migrateSynWithOptions(peer.sndNxt - 1, 1, 1_400));
            RawSegment synAck = bench.next();
            peer.assertAnswers(synAck);
            assertArrayEquals(RawPeer.mss(1_460), synAck.option(2));
            assertEquals(2, synAck.option(4).length);
            assertEquals(3, synAck.option(3).length);
            assertEquals(peer.tsNow(), synAck.tsEcr());
            assertEquals(65_535, synAck.window());
            assertEquals(0, synAck.option(253).length);
        }
    }

    /** 2.2: the first ACK after the move carries the true window, scaled as agreed. */
    @Test
    void firstAckTellsTheTrueWindow() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            bench.write(new byte[] {1});
            int before = peer.receive(bench.next()).window();
            peer.send(RawSegment.ACK, RawPeer.NOTHING);
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSyn(peer.sndNxt - 1, 1));
            bench.next();
            peer.send(RawSegment.ACK, RawPeer.NOTHING);
            assertEquals(before, peer.receive(bench.next()).window());
        }
    }

    /** 4: the effective MSS follows what the Migrate SYN says. */
    @Test
    void segmentsFitTheNewPath() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSynWithOptions(peer.sndNxt - 1, 1, 1_000));
            bench.next();
            peer.send(RawSegment.ACK, RawPeer.NOTHING);
            bench.drain();
            bench.write(new byte[5_000]);
            for (RawSegment segment : bench.drain()) {
                peer.receive(segment);
                assertTrue(segment.text().length <= 988, segment.toString());
            }
        }
    }

    /** 4, 7.4 (d): what was lost with the old path comes again on the new one, from the peer's acknowledgement. */
    @Test
    void lostTextComesAgainFromThePeersAcknowledgement() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            bench.write(new byte[3 * 1_448]);
            List<RawSegment> first = bench.drain();
            peer.receive(first.get(0)); // the others are lost, and our acknowledgement of this one
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSynWithOptions(peer.sndNxt - 1, 1, 1_460));
            RawSegment synAck = bench.next();
            assertEquals(peer.irs + 3 * 1_448, synAck.seq(), "7.4 (c): SND.MAX - 1");
            bench.assertSilent();
            peer.send(RawSegment.ACK, RawPeer.NOTHING);
            int octets = 0;
            for (RawSegment segment : bench.drain()) {
                octets += peer.receive(segment).text().length;
            }
            assertEquals(2 * 1_448, octets);
        }
    }

    /** 7.4 (c): with 60,000 octets or more in flight, and without traversal, SEQ = SND.UNA - 1. */
    @Test
    void synAckQuotesTheLastAcknowledgedOctetToTheLetterOfTheDraft() {
        try (Bench bench = new Bench(MigrateSettings.classic().withTraversal(false), "198.51.100.1")) {
            RawPeer peer = connected(bench);
            bench.write(new byte[4_000]);
            bench.drain();
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSyn(peer.sndNxt - 1, 1));
            assertEquals(peer.irs, bench.next().seq());
        }
    }

    /** 2.5: text at the new address completes the move as an ACK does. */
    @Test
    void textCompletesTheMove() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSyn(peer.sndNxt - 1, 1));
            bench.next();
            peer.sendText("data");
            peer.expectAck();
            assertArrayEquals("data".getBytes(java.nio.charset.StandardCharsets.US_ASCII), bench.read());
        }
    }

    /** 3.2: FIN, too; it keeps its number. Both ends close, and nothing is left. */
    @Test
    void finCompletesTheMove() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSyn(peer.sndNxt - 1, 1));
            bench.next();
            peer.send(RawSegment.FIN | RawSegment.ACK, RawPeer.NOTHING);
            peer.expectAck();
            bench.closeOutput();
            assertTrue(peer.receive(bench.next()).has(RawSegment.FIN));
            peer.send(RawSegment.ACK, RawPeer.NOTHING);
            bench.pass(300 * Bench.SECOND);
            bench.assertNothingLeft();
        }
    }

    /** 2.5: the SYN again earns the same SYN/ACK, to the octet, during the move and after it. */
    @Test
    void repeatedSynEarnsTheSameAnswer() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            peer.moveAway(AWAY, NEW_PORT);
            RawSegment syn = peer.migrateSynWithOptions(peer.sndNxt - 1, 1, 1_460);
            bench.arrives(syn);
            RawSegment synAck = bench.next();
            bench.pass(300 * Bench.MILLI);
            bench.arrives(syn);
            assertArrayEquals(synAck.packet(), bench.next().packet());
            peer.send(RawSegment.ACK, RawPeer.NOTHING);
            peer.expectAck();
            bench.arrives(syn);
            assertArrayEquals(synAck.packet(), bench.next().packet());
            bench.assertSilent();
            assertEquals(1, bench.migration().moves());
            peer.assertStreamGoesOn("same");
        }
    }

    /** 2.5: a silent mover: five SYN/ACKs at 0, 1, 3, 7 and 15 s, alike; then MIGRATE_WAIT, not CLOSED; a new request ends it. */
    @Test
    void synAckIsRepeatedThenTheConnectionWaits() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSyn(peer.sndNxt - 1, 1));
            RawSegment synAck = bench.next();
            for (int seconds = 1; seconds <= 8; seconds *= 2) {
                bench.pass(seconds * Bench.SECOND - Bench.MILLI);
                bench.assertSilent();
                bench.pass(Bench.MILLI);
                assertArrayEquals(synAck.packet(), bench.next().packet());
            }
            bench.pass(17 * Bench.SECOND);
            bench.assertSilent();
            assertEquals(MigrationState.WAIT, bench.migration().state());
            peer.reqNo = 1;
            peer.moveTo(FARTHER, NEW_PORT);
            peer.assertStreamGoesOn("late");
        }
    }

    /** 4: for one time-out what is late on the old path is taken; afterwards it is nobody's. Nothing is sent there. */
    @Test
    void oldPathIsHeardForOneTimeout() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            RawSegment late =
                    peer.segment(peer.sndNxt, peer.rcvNxt, RawSegment.ACK, peer.ordinaryOptions(), (byte) 'x');
            RawSegment tooLate =
                    peer.segment(peer.sndNxt + 1, peer.rcvNxt, RawSegment.ACK, peer.ordinaryOptions(), (byte) 'y');
            peer.moveTo(AWAY, NEW_PORT);
            bench.arrives(late);
            assertArrayEquals(new byte[] {'x'}, bench.read());
            bench.pass(2 * Bench.SECOND);
            assertTrue(bench.drain().stream().allMatch(s -> s.destination().equals(peer.address)));
            bench.arrives(tooLate);
            RawSegment reset = bench.next();
            assertTrue(reset.has(RawSegment.RST));
            assertEquals(IpAddress.parse(THERE), reset.destination());
            assertEquals(0, bench.read().length);
            peer.sndNxt++;
            peer.assertStreamGoesOn("fine");
        }
    }

    /** 3.2: the machine's text and FIN of the time of the move arrive on the new path. */
    @Test
    void machineClosesDuringThePeersMove() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSyn(peer.sndNxt - 1, 1));
            bench.next();
            bench.write(new byte[10]);
            bench.closeOutput();
            bench.drain(); // went to the old address
            peer.send(RawSegment.ACK, RawPeer.NOTHING);
            assertEquals(10, peer.receive(bench.next()).text().length);
            assertTrue(peer.receive(bench.next()).has(RawSegment.FIN));
            peer.send(RawSegment.ACK | RawSegment.FIN, RawPeer.NOTHING);
            peer.expectAck();
            bench.pass(300 * Bench.SECOND);
            bench.assertNothingLeft();
        }
    }

    /** A peer that moves in LAST-ACK wants one thing, the acknowledgement of its FIN: who has it is in TIME-WAIT. */
    @Test
    void timeWaitFollows() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            bench.closeOutput();
            peer.receive(bench.next());
            peer.send(RawSegment.ACK, RawPeer.NOTHING);
            peer.moveTo(AWAY, NEW_PORT);
            peer.send(RawSegment.FIN | RawSegment.ACK, RawPeer.NOTHING);
            peer.expectAck();
            peer.moveAway(FARTHER, NEW_PORT);
            bench.arrives(peer.migrateSyn(peer.sndNxt - 1, 2));
            assertEquals(peer.sndNxt, bench.next().ack());
            bench.pass(300 * Bench.SECOND);
            bench.assertNothingLeft();
        }
    }

    /** 3.2: the application aborts: a reset to every address that may be the peer's. */
    @Test
    void abortResetsBothAddresses() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSyn(peer.sndNxt - 1, 1));
            bench.next();
            bench.abort();
            List<IpAddress> resets = bench.drain().stream()
                    .filter(s -> s.has(RawSegment.RST))
                    .map(RawSegment::destination)
                    .sorted((a, b) -> a.toString().compareTo(b.toString()))
                    .toList();
            assertEquals(List.of(IpAddress.parse(THERE), IpAddress.parse(AWAY)), resets);
            bench.assertNothingLeft();
        }
    }

    /** 3.2: before the connection is established there is nothing to move. */
    @ParameterizedTest
    @EnumSource(Profile.class)
    void halfOpenConnectionDoesNotMove(Profile profile) {
        try (Bench bench = bench(profile)) {
            bench.listen();
            RawPeer peer = RawPeer.offering(bench, profile, HERE);
            bench.arrives(peer.offer());
            peer.answerArrives(bench.next());
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSyn(peer.sndNxt - 1, 1));
            RawSegment answer = bench.next();
            assertTrue(answer.has(RawSegment.RST));
            assertFalse(answer.has(RawSegment.SYN));
            bench.assertSilent();
        }
    }

    /** 1.4: the variant without keys, behind its flag: K is zero. */
    @Test
    void variantWithoutKeysMoves() {
        MigrateSettings settings =
                MigrateSettings.classic().withProfile(Profile.PAPER).withNonSecureForTests(true);
        try (Bench bench = new Bench(settings, "198.51.100.1")) {
            bench.listen();
            RawPeer peer = RawPeer.offering(bench, Profile.PAPER, HERE);
            peer.sndNxt = peer.iss + 1;
            byte[] options =
                    RawPeer.options(RawPeer.timestamps(peer.tsNow(), 0), new byte[] {3, 3, 7}, new byte[] {15, 3, 0});
            bench.arrives(peer.segment(peer.iss, 0, RawSegment.SYN, options));
            RawSegment synAck = bench.next();
            assertArrayEquals(new byte[] {15, 3, 0}, synAck.option(15));
            assertEquals(peer.tsNow(), synAck.tsEcr());
            peer.irs = synAck.seq();
            peer.rcvNxt = synAck.seq() + 1;
            peer.tsRecent = synAck.tsVal();
            peer.useZeroKey();
            peer.send(RawSegment.ACK, RawPeer.NOTHING);
            peer.moveTo(AWAY, NEW_PORT);
            peer.assertStreamGoesOn("open");
        }
    }
}
