package net.sojourn.migrate.raw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.sojourn.migrate.MigrateCounter;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.migrate.MigrationEvent;
import net.sojourn.migrate.MigrationState;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.leak.LeakCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Our machine moves, an independent peer follows: protocol.md 2.1 to 2.5, 3.2, 7.4. */
@ExtendWith(LeakCheck.class)
class RawMachineMovesTest {

    private static final IpAddress HERE = IpAddress.parse("198.51.100.1");
    private static final String AWAY = "203.0.113.9";
    private static final String FARTHER = "203.0.113.77";

    private static Bench bench(Profile profile) {
        return new Bench(MigrateSettings.classic().withProfile(profile), "198.51.100.1");
    }

    private static RawPeer accepted(Bench bench) {
        return RawPeer.accepted(bench, Profile.EXID, HERE);
    }

    /** SYN, SYN/ACK, ACK; then the stream, in either original role, several moves, the peer's among them. */
    @ParameterizedTest
    @CsvSource({"EXID, true", "EXID, false", "PAPER, true", "PAPER, false"})
    void peerFollowsTheStream(Profile profile, boolean machineListens) {
        try (Bench bench = bench(profile)) {
            RawPeer peer = RawPeer.inEitherRole(machineListens, bench, profile, HERE);
            peer.assertStreamGoesOn("before");
            moves(bench, peer, AWAY, 1);
            peer.assertStreamGoesOn("after one");
            peer.moveTo("192.0.2.200", peer.port);
            peer.assertStreamGoesOn("its turn");
            moves(bench, peer, FARTHER, 2);
            peer.assertStreamGoesOn("after three");
        }
    }

    private static void moves(Bench bench, RawPeer peer, String to, int number) {
        int port = peer.machinePort;
        bench.moves(IpAddress.parse(to));
        RawSegment syn = peer.migrateSynArrives(bench.next(), to, number);
        assertEquals(peer.rcvNxt - 1, syn.seq(), "2.3: S = SND.UNA - 1");
        if (number <= 2) {
            assertEquals(port, syn.sourcePort(), "2.3: the old port where it is free, and unknown to firewalls");
        }
        bench.assertSilent();
        bench.arrives(peer.migrateSynAck());
        RawSegment third = peer.receive(bench.next());
        assertEquals(RawSegment.ACK, third.flags());
        assertEquals(peer.sndNxt, third.ack());
        bench.assertSilent();
    }

    /** 2.1, 7.1, 7.2, 7.4 (a): the whole SYN, octet by octet in the order of the table. */
    @ParameterizedTest
    @EnumSource(Profile.class)
    void migrateSynToTheOctet(Profile profile) {
        try (Bench bench = bench(profile)) {
            RawPeer peer = RawPeer.accepted(bench, profile, HERE);
            bench.pass(1_234 * Bench.MILLI);
            int clock = peer.tsRecent + 1_234;
            bench.moves(IpAddress.parse(AWAY));
            RawSegment syn = bench.next();
            int s = peer.rcvNxt - 1;
            byte[] expected = join(
                    RawPeer.mss(1_460),
                    new byte[] {4, 2},
                    RawPeer.timestamps(clock, 0),
                    new byte[] {3, 3, syn.option(3)[2]},
                    peer.migrate(1, peer.token(), peer.request(s, 1)));
            assertArrayEquals(Arrays.copyOf(expected, (expected.length + 3) / 4 * 4), syn.options());
            assertEquals(s, syn.seq());
            assertEquals(0, syn.ack());
            assertEquals(65_535, syn.window());
        }
    }

    /** 2.3: to the letter of the draft there is no option but Migrate. */
    @ParameterizedTest
    @EnumSource(Profile.class)
    void strictSynHasOneOption(Profile profile) {
        MigrateSettings settings =
                MigrateSettings.classic().withProfile(profile).withTraversal(false);
        try (Bench bench = new Bench(settings, "198.51.100.1")) {
            RawPeer peer = RawPeer.accepted(bench, profile, HERE);
            bench.moves(IpAddress.parse(AWAY));
            byte[] migrate = peer.migrate(1, peer.token(), peer.request(peer.rcvNxt - 1, 1));
            assertArrayEquals(
                    Arrays.copyOf(migrate, (migrate.length + 3) / 4 * 4),
                    bench.next().options());
        }
    }

    /** 2.3, 7.4 (b): 1 s and doubling, six in all; alike, but for a new request with S = SND.MAX - 1 from the third on. */
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void synIsRepeatedAlike(boolean traversal) {
        try (Bench bench = new Bench(MigrateSettings.classic().withTraversal(traversal), "198.51.100.1")) {
            RawPeer peer = accepted(bench);
            bench.write(new byte[100]); // never acknowledged
            bench.drain();
            bench.movesTo(bench.migration().tuple().withLocal(IpAddress.parse(AWAY), 44_444));
            RawSegment first = migrateSyn(bench);
            assertEquals(peer.rcvNxt - 1, first.seq());
            for (int i = 1; i < 6; i++) {
                bench.pass((1L << i - 1) * Bench.SECOND);
                RawSegment again = migrateSyn(bench);
                int s = traversal && i >= 2 ? peer.rcvNxt + 99 : peer.rcvNxt - 1;
                int number = traversal && i >= 2 ? 2 : 1;
                assertEquals(s, again.seq());
                byte[] migrate = peer.migrate(number, peer.token(), peer.request(s, number));
                assertArrayEquals(migrate, again.option(253));
            }
            assertEquals(MigrationState.SYN_SENT, bench.migration().state());
        }
    }

    private static RawSegment migrateSyn(Bench bench) {
        // Beside it the old path is still tried.
        return bench.drain().stream()
                .filter(s -> s.source().equals(IpAddress.parse(AWAY)))
                .findFirst()
                .orElseThrow();
    }

    /** 2.4, 7.4 (d): the SYN/ACK's ACK counts for the text; what it does not cover comes again from there. */
    @Test
    void synAckAcknowledgesText() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = accepted(bench);
            bench.write(new byte[100]);
            bench.drain();
            bench.moves(IpAddress.parse(AWAY));
            peer.migrateSynArrives(bench.next(), AWAY, 1);
            peer.rcvNxt += 60; // more of it arrived than the machine knows
            bench.arrives(peer.migrateSynAck());
            assertEquals(40, peer.receive(bench.next()).text().length);
            bench.assertSilent();
        }
    }

    /** 2.4: an ACK outside of [SND.UNA, SND.MAX] is no answer. */
    @ParameterizedTest
    @CsvSource({"101", "-1", "1000000", "-1000000"})
    void forgedSynAckIsNoAnswer(int distance) {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = accepted(bench);
            bench.write(new byte[100]);
            bench.drain();
            bench.moves(IpAddress.parse(AWAY));
            peer.migrateSynArrives(bench.next(), AWAY, 1);
            bench.arrives(peer.segment(
                    peer.sndNxt - 1, peer.rcvNxt + distance, RawSegment.SYN | RawSegment.ACK, RawPeer.NOTHING));
            bench.assertSilent();
            assertEquals(1, bench.extension.count(MigrateCounter.SYN_ACKS_OUT_OF_RANGE));
            bench.arrives(peer.migrateSynAck());
            peer.receive(bench.next());
        }
    }

    /** 2.5: our ACK was lost: the peer's SYN/ACK comes again and is acknowledged again. */
    @Test
    void repeatedSynAckIsAcknowledged() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = accepted(bench);
            bench.moves(IpAddress.parse(AWAY));
            peer.migrateSynArrives(bench.next(), AWAY, 1);
            RawSegment synAck = peer.migrateSynAck();
            bench.arrives(synAck);
            bench.drain();
            bench.pass(Bench.SECOND);
            bench.arrives(synAck);
            RawSegment again = bench.next();
            assertEquals(RawSegment.ACK, again.flags());
            assertEquals(peer.rcvNxt, again.seq());
            assertEquals(peer.sndNxt, again.ack());
        }
    }

    /** The same where the peer repeats the options of the SYN in its answer, its clock among them. */
    @Test
    void repeatedSynAckWithOptionsIsAcknowledged() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = accepted(bench);
            bench.moves(IpAddress.parse(AWAY));
            RawSegment syn = peer.migrateSynArrives(bench.next(), AWAY, 1);
            byte[] options = RawPeer.options(
                    RawPeer.mss(1_400), new byte[] {4, 2}, RawPeer.timestamps(peer.tsNow(), syn.tsVal()), new byte[] {
                        3, 3, 7
                    });
            RawSegment synAck = peer.segment(peer.sndNxt - 1, peer.rcvNxt, RawSegment.SYN | RawSegment.ACK, options);
            bench.arrives(synAck);
            RawSegment third = peer.receive(bench.next());
            assertEquals(synAck.tsVal(), third.tsEcr());
            bench.pass(Bench.SECOND);
            bench.arrives(synAck);
            assertEquals(peer.sndNxt, peer.receive(bench.next()).ack());
            peer.assertStreamGoesOn("once more");
        }
    }

    /** 3.2: a reset that acknowledges S + 1 neither closes nor stops: counted, and asked again. */
    @Test
    void resetToTheRequestIsCounted() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = accepted(bench);
            bench.moves(IpAddress.parse(AWAY));
            RawSegment syn = peer.migrateSynArrives(bench.next(), AWAY, 1);
            bench.arrives(peer.segment(0, syn.seq() + 1, RawSegment.RST | RawSegment.ACK, RawPeer.NOTHING));
            assertEquals(1, bench.extension.count(MigrateCounter.RESETS_TO_REQUESTS));
            bench.assertSilent();
            bench.pass(Bench.SECOND);
            peer.migrateSynArrives(bench.next(), AWAY, 1);
            bench.arrives(peer.migrateSynAck());
            peer.receive(bench.next());
            peer.assertStreamGoesOn("still here");
        }
    }

    /** 15.4: without an address nothing is sent; with one again, the move; text written meanwhile follows. */
    @Test
    void suspensionIsSilent() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = accepted(bench);
            bench.addresses();
            bench.migration().localAddressLost(bench.nowNanos());
            bench.write(new byte[50]);
            bench.pass(600 * Bench.SECOND);
            bench.assertSilent();
            bench.moves(IpAddress.parse(AWAY));
            peer.migrateSynArrives(bench.next(), AWAY, 1);
            bench.arrives(peer.migrateSynAck());
            assertEquals(50, peer.receive(bench.next()).text().length);
        }
    }

    /** 3.2: a self-move: from the unchanged address, after three time-outs without an answer. */
    @Test
    void silentPeerIsAskedFromTheUnchangedAddress() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = accepted(bench);
            bench.write(new byte[50]);
            bench.pass(10 * Bench.SECOND);
            RawSegment syn = bench.drain().stream()
                    .filter(s -> s.has(RawSegment.SYN))
                    .findFirst()
                    .orElseThrow();
            peer.migrateSynArrives(syn, "198.51.100.1", 1);
            bench.arrives(peer.migrateSynAck());
            assertEquals(50, peer.receive(bench.next()).text().length);
            assertEquals(MigrationState.NONE, bench.migration().state());
        }
    }

    /** 4: one round trip of the handshake is the path's first sample: lost text comes again after about three of it. */
    @Test
    void handshakeGivesTheFirstSample() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = accepted(bench);
            bench.moves(IpAddress.parse(AWAY));
            peer.migrateSynArrives(bench.next(), AWAY, 1);
            bench.pass(100 * Bench.MILLI);
            bench.arrives(peer.migrateSynAck());
            peer.receive(bench.next());
            bench.write(new byte[50]);
            bench.next();
            bench.pass(299 * Bench.MILLI);
            bench.assertSilent();
            bench.pass(2 * Bench.MILLI);
            assertEquals(50, peer.receive(bench.next()).text().length);
        }
    }

    /** 2.6, 11: 64 requests, and no more; 65 would let recordings come true. */
    @Test
    void sixtyFourMovesAndNoMore() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = accepted(bench);
            for (int i = 1; i <= 64; i++) {
                moves(bench, peer, i % 2 == 0 ? AWAY : FARTHER, i);
                bench.pass(5 * Bench.SECOND);
            }
            bench.addresses(IpAddress.parse(AWAY), IpAddress.parse(FARTHER));
            bench.movesTo(bench.migration().tuple().withLocal(IpAddress.parse(FARTHER), 44_444));
            bench.assertSilent();
            assertTrue(bench.events.contains(new MigrationEvent.Refused(MigrationEvent.Reason.TOO_MANY_MOVES)));
            peer.assertStreamGoesOn("still");
        }
    }

    private static byte[] join(byte[]... parts) {
        var out = new java.io.ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
