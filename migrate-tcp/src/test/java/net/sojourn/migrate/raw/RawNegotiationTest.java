package net.sojourn.migrate.raw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.migrate.classic.Profile;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.leak.LeakCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Migrate-Permitted and the key on the wire, against an independent peer: protocol.md 1, 6. */
@ExtendWith(LeakCheck.class)
class RawNegotiationTest {

    private static final IpAddress HERE = IpAddress.parse("198.51.100.1");

    private static Bench bench(Profile profile) {
        return new Bench(MigrateSettings.classic().withProfile(profile), "198.51.100.1");
    }

    /** Section 12, V1: the double's own arithmetic is right. */
    @Test
    void doubleComputesTheVectors() {
        HexFormat hex = HexFormat.of();
        byte[] ki = RawCurve.publicKey(RawPeer.X_I);
        byte[] kj = RawCurve.publicKey(RawPeer.X_J);
        assertEquals("03a9e1739f5fa87adc5a8fea2c9d9f2dcf0c0fc30156c67ecb", hex.formatHex(ki));
        assertEquals("02c2266cf0421bd72f8096754fa2972a626acd3e9a42e83d89", hex.formatHex(kj));
        String k = "009941da76630f001b62e0857a34f501f32b65289aeb62d7ac";
        assertEquals(k, hex.formatHex(RawCurve.agree(RawPeer.X_I, kj)));
        assertEquals(k, hex.formatHex(RawCurve.agree(RawPeer.X_J, ki)));
    }

    /** 1.1, 1.3, 7.1, 7.2: option, key and order in SYN or SYN/ACK, no echo of a key; then an ordinary stream. */
    @ParameterizedTest
    @CsvSource({"EXID, true", "EXID, false", "PAPER, true", "PAPER, false"})
    void bothEndsAgree(Profile profile, boolean machineListens) {
        try (Bench bench = bench(profile)) {
            RawPeer peer = RawPeer.inEitherRole(machineListens, bench, profile, HERE);
            assertTrue(bench.migration().isMigratable());
            assertEquals(1, bench.timesEstablished());
            peer.assertStreamGoesOn("first");
            peer.assertStreamGoesOn("second");
        }
    }

    /** 1.1, 2.3: a SYN/ACK that is sent again carries identical values. */
    @ParameterizedTest
    @EnumSource(Profile.class)
    void synAckIsRepeatedToTheOctet(Profile profile) {
        try (Bench bench = bench(profile)) {
            bench.listen();
            RawPeer peer = RawPeer.offering(bench, profile, HERE);
            bench.arrives(peer.offer());
            RawSegment first = bench.next();
            bench.pass(Bench.SECOND);
            assertEquals(
                    HexFormat.of().formatHex(first.packet()),
                    HexFormat.of().formatHex(bench.next().packet()));
            bench.arrives(peer.offer());
            assertArrayEquals(first.options(), bench.next().options());
        }
    }

    /** 6: the clock goes on from the key in the SYN, also with a peer that knows no Migrate. */
    @Test
    void clockGoesOnFromTheKeyWithALegacyPeer() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = RawPeer.offering(bench, Profile.EXID, HERE);
            peer.port = Bench.PORT;
            peer.machinePort = 44_444;
            bench.connect(HERE, 44_444, peer.address);
            RawSegment syn = bench.next();
            byte[] options = RawPeer.options(
                    RawPeer.mss(1_460), new byte[] {1, 1}, RawPeer.timestamps(9, syn.tsVal()), new byte[] {3, 3, 7});
            peer.sndNxt = peer.iss + 1;
            peer.rcvNxt = syn.seq() + 1;
            bench.arrives(peer.segment(peer.iss, peer.rcvNxt, RawSegment.SYN | RawSegment.ACK, options));
            assertFalse(bench.migration().isMigratable());
            RawSegment third = bench.next();
            assertEquals(syn.tsVal(), third.tsVal());
            bench.pass(700 * Bench.MILLI);
            bench.write(new byte[] {1});
            assertEquals(syn.tsVal() + 700, bench.next().tsVal());
        }
    }

    /** 6: a legacy client's SYN gets an ordinary SYN/ACK, which echoes its clock. */
    @Test
    void legacyClientGetsAnOrdinarySynAck() {
        try (Bench bench = bench(Profile.EXID)) {
            bench.listen();
            RawPeer peer = RawPeer.offering(bench, Profile.EXID, HERE);
            byte[] options = RawPeer.options(RawPeer.mss(1_460), RawPeer.timestamps(4_711, 0));
            bench.arrives(peer.segment(peer.iss, 0, RawSegment.SYN, options));
            RawSegment synAck = bench.next();
            assertEquals(0, synAck.option(253).length);
            assertEquals(4_711, synAck.tsEcr());
        }
    }

    /** 6, third rule: the SYN that timed out goes again without the option and with ordinary timestamps. */
    @ParameterizedTest
    @EnumSource(Profile.class)
    void secondSynHasNoOption(Profile profile) {
        try (Bench bench = bench(profile)) {
            bench.connect(HERE, 44_444, IpAddress.parse("192.0.2.7"));
            RawSegment first = bench.next();
            bench.pass(Bench.SECOND);
            RawSegment second = bench.next();
            assertEquals(first.seq(), second.seq());
            assertEquals(0, second.option(253).length + second.option(15).length);
            assertEquals(0, second.tsEcr());
            assertEquals(first.tsVal() + 1_000, second.tsVal());
        }
    }

    /** 1.3: what we make of offers that are flawed: the SYN/ACK goes without the option and echoes like any other. */
    @ParameterizedTest
    @ValueSource(strings = {"unknown curve", "no point", "short", "long", "no timestamps"})
    void flawedOfferIsNoOffer(String flaw) {
        try (Bench bench = bench(Profile.PAPER)) {
            bench.listen();
            RawPeer peer = RawPeer.offering(bench, Profile.PAPER, HERE);
            byte[] option = peer.permitted();
            switch (flaw) {
                case "unknown curve" -> option[2] = 9;
                case "no point" -> option[3] = 7;
                case "short" -> {
                    option = Arrays.copyOf(option, 19);
                    option[1] = 19;
                }
                case "long" -> {
                    option = Arrays.copyOf(option, 21);
                    option[1] = 21;
                }
                default -> {}
            }
            byte[] key = RawCurve.publicKey(RawPeer.X_I);
            byte[] timestamps = flaw.equals("no timestamps")
                    ? new byte[0]
                    : RawPeer.timestamps(
                            ByteBuffer.wrap(key).getInt(17),
                            ByteBuffer.wrap(key).getInt(21));
            byte[] options = RawPeer.options(RawPeer.mss(1_460), timestamps, option);
            bench.arrives(peer.segment(peer.iss, 0, RawSegment.SYN, options));
            RawSegment synAck = bench.next();
            assertEquals(RawSegment.SYN | RawSegment.ACK, synAck.flags());
            assertEquals(0, synAck.option(15).length);
            if (timestamps.length > 0) {
                assertEquals(ByteBuffer.wrap(key).getInt(17), synAck.tsEcr());
            }
        }
    }

    /** 1.3: an acceptor that answers with another curve is reset. */
    @Test
    void otherCurveInTheAnswerAborts() {
        try (Bench bench = bench(Profile.PAPER)) {
            RawPeer peer = RawPeer.offering(bench, Profile.PAPER, HERE);
            peer.port = Bench.PORT;
            peer.machinePort = 44_444;
            bench.connect(HERE, 44_444, peer.address);
            RawSegment syn = bench.next();
            byte[] permitted = peer.permitted();
            permitted[2] = 2;
            byte[] options = RawPeer.options(RawPeer.mss(1_460), RawPeer.timestamps(1, 2), permitted);
            int flags = RawSegment.SYN | RawSegment.ACK;
            bench.arrives(peer.segment(peer.iss, syn.seq() + 1, flags, options));
            assertTrue(bench.next().has(RawSegment.RST));
            assertEquals(ConnectionFailure.RESET, bench.failure());
        }
    }

    /**
     * 1.3: "RFC 1323 as usual" after the SYNs: a peer that goes on with its own clock, which its key is ahead of or behind,
     * is understood; from then on PAWS holds.
     */
    @ParameterizedTest
    @CsvSource({"true, 1", "true, -2000000000", "false, 1", "false, -2000000000"})
    void peerMayGoOnWithItsOwnClock(boolean machineListens, int clock) {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = RawPeer.withOwnClock(machineListens, bench, Profile.EXID, HERE, clock);
            peer.assertStreamGoesOn("clock");
            peer.setClock(peer.tsNow() - 100_000);
            peer.sendText("stale");
            assertEquals(0, bench.read().length);
            bench.drain();
        }
    }

    /** The same where nothing but the SYN/ACK was heard of the peer before we move. */
    @Test
    void silentPeerWithItsOwnClockCanBeMovedAwayFrom() {
        try (Bench bench = bench(Profile.EXID)) {
            RawPeer peer = RawPeer.withOwnClock(false, bench, Profile.EXID, HERE, 1);
            peer.setClock(peer.tsRecent - 1_000_000_000);
            bench.moves(IpAddress.parse("203.0.113.9"));
            peer.migrateSynArrives(bench.next(), "203.0.113.9", 1);
            byte[] options = RawPeer.options(RawPeer.timestamps(
                    ByteBuffer.wrap(RawCurve.publicKey(RawPeer.X_J)).getInt(17) - 1_000_000_000, 0));
            bench.arrives(peer.segment(peer.sndNxt - 1, peer.rcvNxt, RawSegment.SYN | RawSegment.ACK, options));
            assertEquals(RawSegment.ACK, peer.receive(bench.next()).flags());
        }
    }
}
