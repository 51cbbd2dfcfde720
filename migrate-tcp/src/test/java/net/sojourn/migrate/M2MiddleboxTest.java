package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static net.sojourn.migrate.Packets.address;
import static net.sojourn.migrate.Packets.flags;
import static net.sojourn.migrate.Packets.inject;
import static net.sojourn.migrate.Packets.optionAt;
import static net.sojourn.migrate.Packets.seal;
import static net.sojourn.migrate.Packets.strip;
import static net.sojourn.migrate.Packets.textBytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** M2 with somebody in the path who rewrites, strips, copies or repeats raw segments (docs/threat-model.md). */
@ExtendWith(LeakCheck.class)
class M2MiddleboxTest {

    private static final int SYN = 2;
    private static final int ACK = 16;
    private static final int KEY = 1;
    private static final int CAPABLE = 2;
    private static final int MIGRATE = 3;
    private static final int PROVE = 5;
    private static final IpAddress AWAY = IpAddress.parse("10.2.0.1");
    private static final IpAddress STRANGER = IpAddress.parse("10.66.0.1");

    private static MovingWorld world(long seed) {
        return new MovingWorld(seed, LinkSettings.delay(20 * MILLI), MigrateSettings.defaults());
    }

    private static void finish(MovingWorld w) {
        w.mobile.application.sendThenClose(50_000);
        w.fixed.application.sendThenClose(50_000);
        w.finish(50_000, 120 * SECOND);
    }

    /** Downgrade: who strips the capability gets plain TCP, and both ends know. */
    @Test
    void strippedCapabilityIsPlainTcp() {
        try (MovingWorld w = world(1)) {
            w.world.fate((from, packet) -> {
                strip(packet, CAPABLE);
                return 1;
            });
            w.established();
            assertEquals(Suite.OFF, w.mobile.migration().suite());
            assertEquals(
                    MigrationEvent.Reason.PEER_WITHOUT_MIGRATE,
                    w.mobile.events(MigrationEvent.Refused.class).get(0).reason());
            finish(w);
        }
    }

    /** Key-exchange corruption: the confirmation fails, nothing is migratable, the stream goes on. */
    @Test
    void alteredKeyIsNoticed() {
        try (MovingWorld w = world(2)) {
            w.world.fate((from, packet) -> {
                int at = from == w.mobile.host ? optionAt(packet, KEY) : -1;
                if (at >= 0) {
                    packet.setByte(at + 9, packet.getByte(at + 9) ^ 1);
                    seal(packet);
                }
                return 1;
            });
            w.established();
            w.world.run(5 * SECOND);
            assertFalse(
                    w.mobile.migration().isMigratable() && w.fixed.migration().isMigratable());
            assertTrue(w.mobile.events(MigrationEvent.Negotiated.class).isEmpty());
            assertTrue(w.fixed.events(MigrationEvent.Negotiated.class).isEmpty());
            finish(w);
        }
    }

    /** A firewall that rewrites sequence numbers on the new path: the early form fails, the ordinary one does not. */
    @Test
    void rewrittenSequenceNumbersDoNotMatter() {
        int delta = 0x1234_5678;
        try (MovingWorld w = world(3).established()) {
            w.world.fate((from, packet) -> {
                boolean there = address(packet, 12).equals(AWAY);
                boolean back = address(packet, 16).equals(AWAY);
                int at = packet.readerIndex() + (there ? 24 : 28);
                if (there || back && (flags(packet) & ACK) != 0) {
                    packet.setInt(at, packet.getInt(at) + (there ? delta : -delta));
                    seal(packet);
                }
                return 1;
            });
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(5 * SECOND);
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            finish(w);
        }
    }

    /** Somebody on the new path lets SYNs pass and takes their text away: the ordinary form follows, nothing is altered. */
    @Test
    void textTakenOffTheSyn() {
        try (MovingWorld w = world(6).established()) {
            int[] emptied = new int[1];
            w.world.fate((from, packet) -> {
                if ((flags(packet) & SYN) != 0 && textBytes(packet) > 0) {
                    packet.writerIndex(packet.writerIndex() - textBytes(packet));
                    packet.setShort(packet.readerIndex() + 2, packet.readableBytes());
                    seal(packet);
                    emptied[0]++;
                }
                return 1;
            });
            w.losesItsAddress(w.mobile);
            w.mobile.application.send(5_000);
            w.world.run(SECOND);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(SECOND + 100 * MILLI);
            assertTrue(emptied[0] > 0);
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            assertEquals(5_000, w.fixed.application.received());
            w.mobile.application.sendThenClose(1_000);
            w.fixed.application.sendThenClose(6_000);
            w.finish(6_000, 120 * SECOND);
        }
    }

    /** A translator on the new path: the fixed host sees its address, and the stream goes on through it. */
    @Test
    void translatorOnTheNewPath() {
        IpAddress outside = IpAddress.parse("10.77.0.1");
        try (MovingWorld w = world(4).established()) {
            w.world.fate((from, packet) -> {
                int ip = packet.readerIndex();
                if (address(packet, 12).equals(AWAY)) {
                    packet.setInt(ip + 12, 0x0A4D_0001);
                    packet.setShort(ip + 20, packet.getUnsignedShort(ip + 20) ^ 0x0101);
                    seal(packet);
                } else if (address(packet, 16).equals(outside)) {
                    packet.setInt(ip + 16, 0x0A02_0001);
                    packet.setShort(ip + 22, packet.getUnsignedShort(ip + 22) ^ 0x0101);
                    seal(packet);
                }
                return 1;
            });
            w.moves(w.mobile, "10.2.0.1");
            w.mobile.host.addresses(AWAY, outside); // the world brings it what is sent to the translator
            w.world.run(5 * SECOND);
            assertEquals(outside, w.fixed.migration().tuple().peerAddress());
            finish(w);
        }
    }

    /** A stripped MIGRATE is refused by silence or reset; the old path, which lives, is used on. */
    @Test
    void strippedRequestLeavesTheOldPath() {
        try (MovingWorld w = world(5).established()) {
            w.world.fate((from, packet) -> {
                strip(packet, MIGRATE);
                return 1;
            });
            w.movesMakeBeforeBreak(w.mobile, "10.2.0.1");
            w.world.run(100 * SECOND);
            assertEquals(1, w.mobile.events(MigrationEvent.MoveAbandoned.class).size());
            assertEquals(0, w.fixed.events(MigrationEvent.PathSwitched.class).size());
            finish(w);
        }
    }

    /** Hijack and redirection: a copied request from elsewhere moves nothing and earns at most three times its size. */
    @Test
    void copiedRequestMovesNothing() {
        List<ByteBuf> requests = new ArrayList<>();
        long[] toStranger = new long[1];
        try (MovingWorld w = world(6).established()) {
            w.world.fate((from, packet) -> {
                toStranger[0] += address(packet, 16).equals(STRANGER) ? packet.readableBytes() : 0;
                if (from == w.mobile.host && optionAt(packet, MIGRATE) >= 0) {
                    requests.add(Unpooled.copiedBuffer(packet));
                    return requests.size() > 1 ? 1 : 0;
                }
                return 1;
            });
            w.fixed.application.send(40_000);
            w.moves(w.mobile, "10.2.0.1");
            ByteBuf copy = requests.get(0).copy();
            copy.setInt(copy.readerIndex() + 12, 0x0A42_0001);
            int copiedBytes = copy.readableBytes();
            inject(w, w.fixed.host, copy);
            w.world.run(900 * MILLI);
            assertTrue(toStranger[0] > 0 && toStranger[0] <= 3L * copiedBytes, "sent " + toStranger[0]);
            assertEquals(
                    IpAddress.parse("10.1.0.1"), w.fixed.migration().tuple().peerAddress());
            w.world.run(20 * SECOND); // the genuine one comes again and wins
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            assertTrue(toStranger[0] <= 3L * copiedBytes, "sent " + toStranger[0]);
            w.mobile.application.sendThenClose(50_000);
            w.fixed.application.sendThenClose(10_000);
            w.finish(50_000, 120 * SECOND);
        }
    }

    /** Replay after a later move, and reflection: neither request nor proof is worth anything any more. */
    @Test
    void replayedAndReflectedSegmentsChangeNothing() {
        List<ByteBuf> heard = new ArrayList<>();
        try (MovingWorld w = world(7).established()) {
            w.world.fate((from, packet) -> {
                if (from == w.mobile.host && (optionAt(packet, MIGRATE) >= 0 || optionAt(packet, PROVE) >= 0)) {
                    heard.add(Unpooled.copiedBuffer(packet));
                }
                return 1;
            });
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(SECOND);
            w.moves(w.mobile, "10.3.0.1");
            w.world.run(SECOND);
            FourTuple now = w.fixed.migration().tuple();
            assertTrue(heard.size() >= 4);
            long switched = w.fixed.extension.count(MigrateCounter.PATHS_SWITCHED);
            for (ByteBuf old : heard) {
                inject(w, w.fixed.host, old.copy());
                ByteBuf reflected = old.copy();
                int ip = reflected.readerIndex();
                reflected.setInt(ip + 16, 0x0A03_0001);
                reflected.setInt(ip + 12, 0x0A42_0001);
                inject(w, w.mobile.host, reflected);
                w.world.run(SECOND);
            }
            assertEquals(now, w.fixed.migration().tuple());
            assertEquals(MigrationState.NONE, w.fixed.migration().state());
            assertEquals(MigrationState.NONE, w.mobile.migration().state());
            assertEquals(switched, w.fixed.extension.count(MigrateCounter.PATHS_SWITCHED));
            finish(w);
        }
    }

    /** Guessing: tokens and macs by chance earn silence, cost no state, and stall nothing. */
    @Test
    void guessesEarnSilence() {
        Random random = new Random(8);
        List<ByteBuf> requests = new ArrayList<>();
        long[] toStranger = new long[1];
        try (MovingWorld w = world(8).established()) {
            w.world.fate((from, packet) -> {
                toStranger[0] += address(packet, 16).equals(STRANGER) ? 1 : 0;
                if (from == w.mobile.host && optionAt(packet, MIGRATE) >= 0 && requests.isEmpty()) {
                    requests.add(Unpooled.copiedBuffer(packet));
                    return 0; // its token is known, its mac is not
                }
                return 1;
            });
            w.movesMakeBeforeBreak(w.mobile, "10.2.0.1");
            for (int i = 0; i < 20_000; i++) {
                ByteBuf guess = requests.get(0).copy();
                guess.setInt(guess.readerIndex() + 12, 0x0A42_0001);
                int at = optionAt(guess, MIGRATE);
                if (i % 2 == 0) {
                    guess.setInt(at + 5, random.nextInt());
                }
                guess.setInt(at + 17, random.nextInt());
                guess.setInt(guess.readerIndex() + 24, random.nextInt());
                inject(w, w.fixed.host, guess);
            }
            assertEquals(0, toStranger[0]);
            assertEquals(0, w.fixed.extension.pendingHandshakes());
            w.world.run(10 * SECOND);
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            finish(w);
        }
    }

    /** Cross-connection splicing: one connection's proof does not complete another's move. */
    @Test
    void anotherConnectionsProofIsWorthNothing() {
        List<ByteBuf> proofs = new ArrayList<>();
        try (MovingWorld other = world(9).established();
                MovingWorld w = world(10).established()) {
            other.world.fate((from, packet) -> {
                if (optionAt(packet, PROVE) >= 0) {
                    proofs.add(Unpooled.copiedBuffer(packet));
                }
                return 1;
            });
            other.moves(other.mobile, "10.2.0.1");
            other.world.run(SECOND);
            int[] answers = new int[2];
            w.world.fate((from, packet) -> {
                if (optionAt(packet, PROVE) >= 0) {
                    return 0;
                }
                if ((flags(packet) & (SYN | ACK)) == (SYN | ACK)) {
                    answers[0] = packet.getInt(packet.readerIndex() + 24);
                    answers[1] = packet.getInt(packet.readerIndex() + 28);
                }
                return 1;
            });
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(100 * MILLI);
            ByteBuf spliced = proofs.get(0).copy();
            int ip = spliced.readerIndex();
            spliced.setShort(ip + 20, w.mobile.migration().tuple().localPort());
            spliced.setInt(ip + 24, answers[1]);
            spliced.setInt(ip + 28, answers[0] + 1);
            inject(w, w.fixed.host, spliced);
            assertEquals(
                    IpAddress.parse("10.1.0.1"), w.fixed.migration().tuple().peerAddress());
            w.world.fate((from, packet) -> 1);
            finish(w);
            finish(other);
        }
    }
}
