package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static net.sojourn.migrate.Packets.address;
import static net.sojourn.migrate.Packets.flags;
import static net.sojourn.migrate.Packets.inject;
import static net.sojourn.migrate.Packets.seal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import net.sojourn.migrate.MigrateSettings.Limits;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same attempts on both suites, by raw packets of somebody who sees everything and has no key (docs/threat-model.md). */
@ExtendWith(LeakCheck.class)
class ThreatsTest {

    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;
    private static final IpAddress HOME = IpAddress.parse("10.1.0.1");
    private static final IpAddress AWAY = IpAddress.parse("10.2.0.1");
    private static final long BYTES = 50_000;

    private static MovingWorld world(long seed, Suite suite) {
        return world(seed, MigrateSettings.defaults().withSuite(suite));
    }

    private static MovingWorld world(long seed, MigrateSettings settings) {
        MovingWorld w = new MovingWorld(seed, LinkSettings.delay(20 * MILLI), settings).established();
        w.world.run(SECOND);
        return w;
    }

    private static void finish(MovingWorld w) {
        w.mobile.application.sendThenClose(BYTES);
        w.fixed.application.sendThenClose(BYTES);
        w.finish(BYTES, 120 * SECOND);
    }

    /** A SYN of a move, in either suite. */
    private static boolean isRequest(ByteBuf packet) {
        return (flags(packet) & (SYN | ACK | RST)) == SYN;
    }

    /** Where the suite's option begins: kind 253 with one of its identifiers. */
    private static int optionAt(ByteBuf packet) {
        int tcp = packet.readerIndex() + 20;
        int end = tcp + (packet.getUnsignedByte(tcp + 12) >> 4) * 4;
        for (int at = tcp + 20; at + 4 <= end; at++) {
            if (packet.getUnsignedByte(at) == 253 && packet.getUnsignedByte(at + 2) == 0x4D) {
                return at;
            }
        }
        return -1;
    }

    private static List<ByteBuf> requestsOf(MovingWorld w, boolean lost) {
        List<ByteBuf> heard = new ArrayList<>();
        w.world.fate((from, packet) -> {
            if (from == w.mobile.host && isRequest(packet)) {
                heard.add(Unpooled.copiedBuffer(packet));
                return lost ? 0 : 1;
            }
            return 1;
        });
        return heard;
    }

    private static ByteBuf from(ByteBuf request, int source, int port) {
        ByteBuf copy = request.copy();
        copy.setInt(copy.readerIndex() + 12, source);
        copy.setShort(copy.readerIndex() + 20, port);
        return copy;
    }

    /** Redirection: the request's copy from a victim's address moves nothing there, and costs the victim few packets. */
    @ParameterizedTest
    @EnumSource(names = {"M2", "CLASSIC"})
    void copiedRequestDoesNotFloodAVictim(Suite suite) {
        int[] toVictim = new int[1];
        try (MovingWorld w = world(201, suite)) {
            List<ByteBuf> requests = requestsOf(w, true);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(100 * MILLI);
            w.world.fate((from, packet) -> {
                toVictim[0] += address(packet, 16).equals(IpAddress.parse("10.66.0.1")) ? 1 : 0;
                return 1;
            });
            inject(w, w.fixed.host, from(requests.get(0), 0x0A42_0001, 999));
            w.fixed.application.send(BYTES);
            w.world.run(60 * SECOND);
            assertTrue(toVictim[0] <= 8, toVictim[0] + " packets to the victim");
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            w.mobile.application.sendThenClose(BYTES);
            w.fixed.application.sendThenClose(1);
            w.world.runUntil(
                    () -> w.mobile.application.sawEndOfStream() && w.fixed.application.sawEndOfStream(), 120 * SECOND);
        }
    }

    /** Exhaustion: copies of one request from a thousand places are answered at four, and leave nothing. */
    @ParameterizedTest
    @EnumSource(names = {"M2", "CLASSIC"})
    void copiesFromManyPlaces(Suite suite) {
        try (MovingWorld w = world(202, suite)) {
            List<ByteBuf> requests = requestsOf(w, true);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(100 * MILLI);
            w.world.fate((from, packet) -> 1);
            for (int i = 0; i < 1_000; i++) {
                inject(w, w.fixed.host, from(requests.get(0), 0x0A42_0000 + i, 1_000 + i));
                assertTrue(w.fixed.extension.pendingHandshakes() <= 4);
            }
            w.world.run(90 * SECOND);
            assertEquals(0, w.fixed.extension.pendingHandshakes());
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            finish(w);
        }
    }

    /** Splicing: another connection's request with this one's name in it is nobody's. */
    @ParameterizedTest
    @EnumSource(names = {"M2", "CLASSIC"})
    void anotherConnectionsRequestUnderThisOnesName(Suite suite) {
        try (MovingWorld other = world(203, suite);
                MovingWorld w = world(204, suite)) {
            List<ByteBuf> theirs = requestsOf(other, false);
            other.moves(other.mobile, "10.2.0.1");
            other.world.run(SECOND);
            List<ByteBuf> ours = requestsOf(w, true);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(100 * MILLI);
            FourTuple before = w.fixed.migration().tuple();
            long refused = refused(w);
            ByteBuf spliced = theirs.get(0).copy();
            int nameOctets = 9; // flags or number, and the token
            spliced.setBytes(optionAt(spliced) + 4, ours.get(0), optionAt(ours.get(0)) + 4, nameOctets);
            inject(w, w.fixed.host, spliced);
            assertEquals(before, w.fixed.migration().tuple());
            assertEquals(0, w.fixed.extension.pendingHandshakes());
            assertEquals(refused + 1, refused(w));
            w.world.fate((from, packet) -> 1);
            finish(w);
            finish(other);
        }
    }

    private static long refused(MovingWorld w) {
        return w.fixed.extension.count(MigrateCounter.UNKNOWN_TOKENS)
                + w.fixed.extension.count(MigrateCounter.STALE_REQUESTS)
                + w.fixed.extension.count(MigrateCounter.FORGED_REQUESTS);
    }

    /** Stall: exact resets to both ends, forged every quarter of a second, under a transfer: it arrives all the same. */
    @ParameterizedTest
    @EnumSource(names = {"M2", "CLASSIC"})
    void stormOfExactResets(Suite suite) {
        try (MovingWorld w = world(205, suite)) {
            boolean[] due = new boolean[1];
            boolean[] over = new boolean[1];
            w.world.fate((from, packet) -> {
                if (due[0] && (flags(packet) & (SYN | RST)) == 0) {
                    due[0] = false;
                    MovingWorld.End to = from == w.mobile.host ? w.fixed : w.mobile;
                    ByteBuf reset = packet.copy(packet.readerIndex(), 40);
                    reset.setShort(2, 40);
                    reset.setByte(32, 5 << 4);
                    reset.setByte(33, RST);
                    seal(reset);
                    w.world.carryFor(21 * MILLI, () -> w.world.deliver(to.host, reset));
                }
                return 1;
            });
            storm(w, due, over);
            for (int i = 0; i < 20; i++) {
                w.mobile.application.send(BYTES / 20);
                w.fixed.application.send(BYTES / 20);
                w.world.run(500 * MILLI);
            }
            over[0] = true;
            w.world.run(60 * SECOND);
            assertEquals(BYTES, w.mobile.application.received());
            assertEquals(BYTES, w.fixed.application.received());
            finishEmpty(w);
        }
    }

    private static void storm(MovingWorld w, boolean[] due, boolean[] over) {
        if (!over[0]) {
            due[0] = true;
            w.world.after(250 * MILLI, () -> storm(w, due, over));
        }
    }

    private static void finishEmpty(MovingWorld w) {
        w.mobile.application.sendThenClose(1);
        w.fixed.application.sendThenClose(1);
        w.finish(BYTES + 1, 120 * SECOND);
    }

    private static void stripOffers(MovingWorld w) {
        w.world.fate((from, packet) -> {
            int at = (flags(packet) & SYN) != 0 ? optionAt(packet) : -1;
            if (at >= 0) {
                int length = packet.getUnsignedByte(at + 1);
                for (int i = 0; i < length; i++) {
                    packet.setByte(at + i, 1);
                }
                seal(packet);
            }
            return 1;
        });
    }

    /** Downgrade: who strips the offer gets plain TCP; a host that requires Migrate gets no connection. */
    @ParameterizedTest
    @EnumSource(names = {"M2", "CLASSIC"})
    void strippedOffer(Suite suite) {
        for (boolean require : new boolean[] {false, true}) {
            MigrateSettings settings =
                    MigrateSettings.defaults().withSuite(suite).withRequire(require);
            try (MovingWorld w = new MovingWorld(
                    206,
                    LinkSettings.delay(20 * MILLI),
                    settings,
                    StackSettings.defaults(),
                    ThreatsTest::stripOffers)) {
                w.world.run(5 * SECOND);
                if (require) {
                    assertTrue(w.mobile.application.isEnded());
                } else {
                    assertEquals(Suite.OFF, w.mobile.migration().suite());
                    assertFalse(w.fixed.migration().isMigratable());
                    finish(w);
                }
            }
        }
    }

    /** Replay after later moves, a minute and sixty requests later: nothing comes of it. */
    @ParameterizedTest
    @EnumSource(names = {"M2", "CLASSIC"})
    void replayAfterManyMoves(Suite suite) {
        try (MovingWorld w = world(207, suite)) {
            List<ByteBuf> heard = requestsOf(w, false);
            for (int i = 0; i < 30; i++) {
                w.moves(w.mobile, "10.2.0." + (1 + i % 2));
                w.mobile.application.send(100);
                w.world.run(SECOND);
            }
            FourTuple now = w.fixed.migration().tuple();
            int moves = w.fixed.migration().moves();
            w.world.fate((from, packet) -> 1);
            for (ByteBuf old : List.copyOf(heard)) {
                inject(w, w.fixed.host, old.copy());
                inject(w, w.fixed.host, from(old, 0x0A42_0001, 999));
            }
            w.world.run(60 * SECOND);
            assertEquals(now, w.fixed.migration().tuple());
            assertEquals(moves, w.fixed.migration().moves());
            w.mobile.application.sendThenClose(BYTES - 3_000);
            w.fixed.application.sendThenClose(BYTES);
            w.finish(BYTES, 120 * SECOND);
        }
    }

    /** Guessing: ten thousand a second earn classic's budget of resets, and of M2 nothing at all. */
    @ParameterizedTest
    @EnumSource(names = {"M2", "CLASSIC"})
    void guessesAreRationed(Suite suite) {
        int[] answers = new int[1];
        Limits ten = new Limits(64, 10, 100, 10, 10);
        try (MovingWorld w =
                world(208, MigrateSettings.defaults().withSuite(suite).withLimits(ten))) {
            List<ByteBuf> requests = requestsOf(w, true);
            w.movesMakeBeforeBreak(w.mobile, "10.2.0.1");
            w.world.run(100 * MILLI);
            w.world.fate((from, packet) -> {
                answers[0] += address(packet, 16).equals(IpAddress.parse("10.66.0.1")) ? 1 : 0;
                return 1;
            });
            ByteBuf request = requests.get(0);
            int at = optionAt(request);
            for (int i = 0; i < 10_000; i++) {
                ByteBuf guess = from(request, 0x0A42_0001, 999);
                guess.setInt(at + 17, guess.getInt(at + 17) + 1 + i);
                inject(w, w.fixed.host, guess);
            }
            assertEquals(suite == Suite.M2 ? 0 : 10, answers[0]);
            assertEquals(HOME, w.fixed.migration().tuple().peerAddress());
            finish(w);
        }
    }
}
