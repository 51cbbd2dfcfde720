package net.sojourn.migrate.raw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.migrate.MigrationState;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.leak.LeakCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What late, replayed, forged and reflected segments do to a real connection: protocol.md 2.4, 2.6, 3.1, 5.3. */
@ExtendWith(LeakCheck.class)
class RawAttackTest {

    private static final IpAddress HERE = IpAddress.parse("198.51.100.1");
    private static final String THERE = "192.0.2.7";
    private static final String AWAY = "203.0.113.5";
    private static final String MALLORY = "203.0.113.66";
    private static final int NEW_PORT = 50_505;

    private static Bench bench(Profile profile) {
        return new Bench(MigrateSettings.classic().withProfile(profile), "198.51.100.1");
    }

    private static RawPeer connected(Bench bench) {
        return RawPeer.connected(bench, Profile.EXID, HERE);
    }

    /** 2.4: an unknown token: RST that acknowledges S + 1, at a listening port too; the connection goes on. */
    @ParameterizedTest
    @EnumSource(Profile.class)
    void unknownTokenIsReset(Profile profile) {
        try (Bench bench = bench(profile)) {
            RawPeer peer = RawPeer.connected(bench, profile, HERE);
            RawPeer mallory = RawPeer.offering(bench, profile, HERE);
            mallory.moveAway(MALLORY, 6_666);
            bench.arrives(mallory.migrateSyn(777, 1));
            RawSegment reset = bench.next();
            assertEquals(RawSegment.RST | RawSegment.ACK, reset.flags());
            assertEquals(0, reset.seq());
            assertEquals(778, reset.ack());
            assertEquals(IpAddress.parse(MALLORY), reset.destination());
            assertEquals(6_666, reset.destinationPort());
            assertEquals(1, bench.connections());
            peer.assertStreamGoesOn("untouched");
        }
    }

    /** 2.1, 2.4: token right, request wrong: RST; the connection goes on at its old place and still moves. */
    @ParameterizedTest
    @ValueSource(strings = {"request", "S", "ReqNo", "preload"})
    void wrongRequestIsReset(String what) {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            int s = peer.sndNxt - 1;
            byte[] request = peer.request(s, 1);
            request[7] ^= what.equals("request") ? 1 : 0;
            int number = what.equals("ReqNo") ? 2 : what.equals("preload") ? 0x81 : 1;
            peer.moveAway(MALLORY, 6_666);
            byte[] options = RawPeer.options(peer.migrate(number, peer.token(), request));
            int seq = what.equals("S") ? s + 1 : s;
            bench.arrives(peer.segment(seq, 0, RawSegment.SYN, options));
            RawSegment reset = bench.next();
            assertEquals(RawSegment.RST | RawSegment.ACK, reset.flags());
            assertEquals(seq + 1, reset.ack());
            peer.moveAway(THERE, 33_333);
            peer.assertStreamGoesOn("untouched");
            peer.moveTo(AWAY, NEW_PORT);
            peer.assertStreamGoesOn("moved");
        }
    }

    /** 2.4: a smaller ReqNo, genuine or not: silence. */
    @Test
    void earlierRequestIsDropped() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            RawSegment recorded = peer.migrateSyn(peer.sndNxt - 1, 1);
            peer.reqNo = 4;
            peer.moveTo(AWAY, NEW_PORT);
            bench.arrives(recorded);
            peer.moveAway(MALLORY, 6_666);
            bench.arrives(peer.migrateSyn(peer.sndNxt - 1, 4));
            byte[] wrong = RawPeer.options(peer.migrate(3, peer.token(), new byte[8]));
            bench.arrives(peer.segment(1, 0, RawSegment.SYN, wrong));
            bench.assertSilent();
            peer.moveAway(AWAY, NEW_PORT);
            peer.assertStreamGoesOn("here");
        }
    }

    /** 2.1: ReqNo counts in a circle: 127, then 0; 64 apart is earlier. */
    @Test
    void requestNumbersWrap() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            peer.reqNo = 126;
            peer.moveTo(AWAY, NEW_PORT);
            peer.reqNo = -1;
            peer.moveTo(MALLORY, NEW_PORT);
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSyn(peer.sndNxt - 1, 64));
            bench.assertSilent();
            peer.reqNo = 62;
            peer.moveTo(AWAY, NEW_PORT);
            peer.assertStreamGoesOn("around");
        }
    }

    /** 2.6: a genuine request whose S is a window and more away from the stream is a recording. */
    @ParameterizedTest
    @ValueSource(ints = {0x2000_0000, -0x2000_0000, Integer.MIN_VALUE})
    void recordingIsBetrayedByItsSequenceNumber(int distance) {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSyn(peer.sndNxt + distance, 1));
            bench.assertSilent();
        }
    }

    /** A2: our own Migrate SYN comes back from its destination, and from elsewhere: silence, nothing moves. */
    @Test
    void reflectionIsDropped() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = RawPeer.accepted(bench, Profile.EXID, HERE);
            bench.moves(IpAddress.parse("203.0.113.9"));
            RawSegment syn = peer.migrateSynArrives(bench.next(), "203.0.113.9", 1);
            reflect(bench, syn, THERE, Bench.PORT);
            reflect(bench, syn, MALLORY, 6_666);
            bench.assertSilent();
            bench.arrives(peer.migrateSynAck());
            peer.receive(bench.next());
            reflect(bench, syn, MALLORY, 6_666);
            bench.assertSilent();
            peer.assertStreamGoesOn("mine");
        }
    }

    private static void reflect(Bench bench, RawSegment syn, String source, int port) {
        bench.arrives(new RawSegment(
                IpAddress.parse(source),
                port,
                syn.source(),
                syn.sourcePort(),
                syn.seq(),
                0,
                syn.flags(),
                syn.window(),
                syn.options(),
                syn.text()));
    }

    /** A3: a copy from another source comes first: both are answered; the one that has the stream wins. */
    @Test
    void copyDoesNotShutOutTheGenuineOne() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            int s = peer.sndNxt - 1;
            peer.moveAway(MALLORY, 6_666);
            bench.arrives(peer.migrateSyn(s, 1));
            RawSegment toMallory = bench.next();
            assertEquals(IpAddress.parse(MALLORY), toMallory.destination());
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSyn(s, 1));
            peer.assertAnswers(bench.next());
            peer.send(RawSegment.ACK, RawPeer.NOTHING);
            peer.expectAck();
            bench.pass(20 * Bench.SECOND);
            bench.assertSilent();
            peer.assertStreamGoesOn("won");
        }
    }

    /** 2.5: after the move the same request from another source is a duplicate: it moves nothing. */
    @Test
    void copyAfterTheMoveIsDropped() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            int s = peer.sndNxt - 1;
            peer.moveTo(AWAY, NEW_PORT);
            peer.moveAway(MALLORY, 6_666);
            bench.arrives(peer.migrateSyn(s, 1));
            bench.assertSilent();
            peer.moveAway(AWAY, NEW_PORT);
            peer.assertStreamGoesOn("mine");
        }
    }

    /** 3.1, A5: an exact reset in ESTABLISHED: MIGRATE_WAIT, silence to resets and to time; a Migrate SYN ends it. */
    @Test
    void resetLeadsToMigrateWait() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            RawSegment reset = peer.segment(peer.sndNxt, 0, RawSegment.RST, RawPeer.NOTHING);
            bench.arrives(reset);
            assertEquals(MigrationState.WAIT, bench.migration().state());
            bench.arrives(reset);
            bench.write(new byte[30]);
            bench.pass(30 * Bench.SECOND);
            bench.assertSilent();
            peer.moveAway(AWAY, NEW_PORT);
            bench.arrives(peer.migrateSyn(peer.sndNxt - 1, 1));
            peer.assertAnswers(bench.next());
            peer.send(RawSegment.ACK, RawPeer.NOTHING);
            assertEquals(30, peer.receive(bench.next()).text().length);
        }
    }

    /** 3.2, RFC 5961: a reset elsewhere in the window earns a challenge ACK and changes nothing. */
    @Test
    void inexactResetIsChallenged() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            bench.arrives(peer.segment(peer.sndNxt + 1, 0, RawSegment.RST, RawPeer.NOTHING));
            assertEquals(RawSegment.ACK, peer.receive(bench.next()).flags());
            assertEquals(MigrationState.NONE, bench.migration().state());
        }
    }

    /** 3.2: a segment of the stream from the old address ends the wait; it is answered. */
    @Test
    void evidenceOfLifeEndsTheWait() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            bench.arrives(peer.segment(peer.sndNxt, 0, RawSegment.RST, RawPeer.NOTHING));
            bench.pass(Bench.SECOND);
            peer.sendText("alive");
            peer.expectAck();
            assertEquals(5, bench.read().length);
            assertEquals(MigrationState.NONE, bench.migration().state());
            peer.assertStreamGoesOn("on");
        }
    }

    /** 3.1: else the connection ends with the timer, and its user hears of the reset. */
    @Test
    void waitEndsWithTheTimer() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            bench.arrives(peer.segment(peer.sndNxt, 0, RawSegment.RST, RawPeer.NOTHING));
            bench.pass(59 * Bench.SECOND);
            assertEquals(false, bench.isEnded());
            bench.pass(2 * Bench.SECOND);
            assertEquals(ConnectionFailure.RESET, bench.failure());
            bench.drain();
            bench.assertNothingLeft();
        }
    }

    /** Strict: 2 MSL, in which nothing at all is sent. */
    @Test
    void strictWaitIsSilentForTwoMsl() {
        try (Bench bench = new Bench(MigrateSettings.strict(), "198.51.100.1")) {
            RawPeer peer = RawPeer.connected(bench, Profile.PAPER, HERE);
            bench.arrives(peer.segment(peer.sndNxt, 0, RawSegment.RST, RawPeer.NOTHING));
            bench.pass(239 * Bench.SECOND);
            bench.assertSilent();
            assertEquals(false, bench.isEnded());
            bench.pass(2 * Bench.SECOND);
            assertTrue(bench.isEnded());
            bench.assertSilent();
        }
    }

    /** 2.6: answers to strangers have a budget each second. */
    @Test
    void resetsHaveABudget() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer mallory = RawPeer.offering(bench, Profile.EXID, HERE);
            for (int i = 0; i < 500; i++) {
                mallory.moveAway(MALLORY, 1_000 + i);
                bench.arrives(mallory.migrateSyn(i, 1));
            }
            List<RawSegment> resets = bench.drain();
            assertTrue(resets.size() <= 100, resets.size() + " resets");
            bench.pass(Bench.SECOND);
            bench.arrives(mallory.migrateSyn(1, 1));
            assertTrue(bench.next().has(RawSegment.RST));
        }
    }

    /** 3.1, 7.2: a SYN whose option is not well formed, or of the other profile, is a SYN like any other. */
    @ParameterizedTest
    @ValueSource(strings = {"short", "other identifier", "paper"})
    void otherSynsAreOrdinary(String what) {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            byte[] option = peer.migrate(1, peer.token(), peer.request(peer.sndNxt - 1, 1));
            switch (what) {
                case "short" -> {
                    option = java.util.Arrays.copyOf(option, 20);
                    option[1] = 20;
                }
                case "other identifier" -> option[3] = 0x53;
                default -> {
                    option = java.util.Arrays.copyOfRange(option, 2, 21);
                    option[0] = 16;
                    option[1] = 19;
                }
            }
            byte[] options = RawPeer.options(option);
            peer.moveAway(MALLORY, 6_666);
            RawSegment syn = peer.segment(peer.sndNxt - 1, 0, RawSegment.SYN, options);
            bench.arrives(syn);
            RawSegment answer = bench.next();
            assertEquals(RawSegment.SYN | RawSegment.ACK, answer.flags(), "the port is listened to");
            assertEquals(syn.seq() + 1, answer.ack());
            peer.machinePort = 81;
            bench.arrives(peer.segment(peer.sndNxt - 1, 0, RawSegment.SYN, options));
            assertEquals(RawSegment.RST | RawSegment.ACK, bench.next().flags());
            peer.machinePort = Bench.PORT;
            peer.moveAway(THERE, 33_333);
            peer.assertStreamGoesOn("untouched");
        }
    }

    /** A copy of our SYN/ACK's numbers in a reset from the candidate: that candidate is forgotten, nothing else. */
    @Test
    void candidatesResetForgetsIt() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = connected(bench);
            int s = peer.sndNxt - 1;
            peer.moveAway(MALLORY, 6_666);
            bench.arrives(peer.migrateSyn(s, 1));
            RawSegment synAck = bench.next();
            bench.arrives(peer.segment(synAck.ack(), 0, RawSegment.RST, RawPeer.NOTHING));
            bench.pass(20 * Bench.SECOND);
            bench.assertSilent();
            assertEquals(MigrationState.NONE, bench.migration().state());
            peer.moveAway(THERE, 33_333);
            peer.assertStreamGoesOn("untouched");
            assertArrayEquals(new byte[0], bench.read());
        }
    }
}
