package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.sojourn.migrate.m2.M2Keys;
import net.sojourn.migrate.m2.M2Option;
import net.sojourn.migrate.m2.M2Option.Accept;
import net.sojourn.migrate.m2.M2Option.Migrate;
import net.sojourn.migrate.m2.M2Option.Prove;
import net.sojourn.migrate.m2.M2Option.Reject;
import net.sojourn.migrate.m2.M2Option.Reject.Occasion;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.tcp.UserCalls;
import net.sojourn.stack.world.LinkSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * REJECT: a proved no (docs/protocol.md, "M2: refusals"). Ends that keep to the protocol say it seldom, so somebody with the
 * keys, a malicious peer, rewrites what is under way.
 */
@ExtendWith(LeakCheck.class)
class M2RefusalTest {

    private static final int MIGRATE = 3;
    private static final int ACCEPT = 4;
    private static final int PROVE = 5;
    private static final int REJECT = 7;
    private static final IpAddress HOME = IpAddress.parse("10.1.0.1");
    private static final IpAddress AWAY = IpAddress.parse("10.2.0.1");

    private static MovingWorld world(long seed, MigrateSettings settings) {
        MovingWorld w = new MovingWorld(seed, LinkSettings.delay(20 * MILLI), settings).established();
        w.world.run(SECOND);
        return w;
    }

    private static MovingWorld world(long seed) {
        return world(seed, MigrateSettings.defaults());
    }

    private static M2Keys keys(MovingWorld.End end) {
        return ((M2Exchange) end.migration().exchange()).keys();
    }

    private static void finish(MovingWorld w) {
        w.world.fate((from, packet) -> 1);
        w.mobile.application.sendThenClose(5_000 - w.fixed.application.received());
        w.fixed.application.sendThenClose(5_000 - w.mobile.application.received());
        w.finish(5_000, 120 * SECOND);
    }

    private static M2Option option(ByteBuf packet, int sub) {
        int at = Packets.optionAt(packet, sub);
        byte[] octets = new byte[packet.getUnsignedByte(at + 1)];
        packet.getBytes(at, octets);
        return M2Option.decode(octets).orElseThrow();
    }

    private static void replace(ByteBuf packet, int sub, M2Option option) {
        packet.setBytes(Packets.optionAt(packet, sub), option.encode());
        Packets.seal(packet);
    }

    private static int seq(ByteBuf packet) {
        return packet.getInt(packet.readerIndex() + 24);
    }

    private static int ack(ByteBuf packet) {
        return packet.getInt(packet.readerIndex() + 28);
    }

    private static List<ByteBuf> refusals(MovingWorld w, MovingWorld.End by) {
        List<ByteBuf> seen = new ArrayList<>();
        w.world.fate((from, packet) -> {
            if (from == by.host && Packets.optionAt(packet, REJECT) >= 0) {
                seen.add(Unpooled.copiedBuffer(packet));
            }
            return 1;
        });
        return seen;
    }

    /** Too many unfinished moves: the mover is told, goes on asking, and comes through when there is room. */
    @Test
    void busyHostSaysSo() {
        MigrateSettings.Limits one = new MigrateSettings.Limits(64, 10, 10, 1, 10);
        try (MovingWorld w = world(81, MigrateSettings.defaults().withLimits(one))) {
            List<ByteBuf> refusals = refusals(w, w.fixed);
            w.fixed.extension.answerBegun(); // another connection's
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(500 * MILLI);
            assertEquals(1, refusals.size());
            assertEquals(Reject.BUSY, ((Reject) option(refusals.get(0), REJECT)).reason());
            assertTrue(w.mobile
                    .events(MigrationEvent.Refused.class)
                    .contains(new MigrationEvent.Refused(MigrationEvent.Reason.PEER_IS_BUSY)));
            w.fixed.extension.answerEnded();
            w.world.run(2 * SECOND);
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            finish(w);
        }
    }

    /** Refusals have the budget of resets: a recording of a genuine request does not make us a reflector. */
    @Test
    void refusalsHaveABudget() {
        MigrateSettings.Limits one = new MigrateSettings.Limits(64, 10, 10, 1, 10);
        List<ByteBuf> requests = new ArrayList<>();
        int[] sent = new int[1];
        try (MovingWorld w = world(82, MigrateSettings.defaults().withLimits(one))) {
            w.world.fate((from, packet) -> {
                sent[0] += from == w.fixed.host && Packets.optionAt(packet, REJECT) >= 0 ? 1 : 0;
                if (Packets.optionAt(packet, MIGRATE) >= 0) {
                    requests.add(Unpooled.copiedBuffer(packet));
                }
                return 1;
            });
            w.fixed.extension.answerBegun();
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(100 * MILLI);
            for (int i = 0; i < 1_000; i++) {
                ByteBuf copy = requests.get(0).copy();
                copy.setInt(copy.readerIndex() + 12, 0x0A42_0001);
                Packets.inject(w, w.fixed.host, copy);
            }
            assertEquals(10, sent[0]);
            w.fixed.extension.answerEnded();
            finish(w);
        }
    }

    /** The mover's text cannot begin beyond the window: the early form is refused, the other one serves. */
    @Test
    void earlyOffsetThatCannotBe() {
        refusesEarlyForm(83, 1 << 28, 0);
    }

    /** Nor can the mover have what was never sent. */
    @Test
    void earlyReceptionThatCannotBe() {
        refusesEarlyForm(85, 0, 77);
    }

    private static void refusesEarlyForm(long seed, int offsetAhead, int receptionAhead) {
        try (MovingWorld w = world(seed)) {
            M2Keys keys = keys(w.mobile);
            int[] requests = new int[2];
            w.world.fate((from, packet) -> {
                if (Packets.optionAt(packet, MIGRATE) >= 0 && option(packet, MIGRATE) instanceof Migrate migrate) {
                    requests[migrate.early() ? 0 : 1]++;
                    if (migrate.early()) {
                        int head = packet.readerIndex() + 80;
                        int received = packet.getInt(head) + receptionAhead;
                        packet.setInt(head, received);
                        Migrate ahead = Migrate.of(true, migrate.token(), migrate.offset() + offsetAhead, new byte[6]);
                        replace(packet, MIGRATE, ahead.tagged(keys.requestTag(true, ahead, 1, seq(packet), received)));
                    }
                }
                return 1;
            });
            long start = w.world.nowNanos();
            w.moves(w.mobile, "10.2.0.1");
            w.world.runUntil(() -> w.fixed.migration().moves() == 1, SECOND);
            assertEquals(1, requests[0]);
            assertEquals(1, requests[1]);
            assertTrue(w.world.nowNanos() - start < 200 * MILLI, "it waited for the timer");
            assertEquals(1, w.mobile.extension.count(MigrateCounter.REFUSALS_RECEIVED));
            finish(w);
        }
    }

    /** An ACCEPT with an impossible offset: the mover refuses, stays, and the fixed host forgets that attempt. */
    @Test
    void acceptThatCannotBe() {
        try (MovingWorld w = world(84, MigrateSettings.defaults().withEarly(false))) {
            M2Keys keys = keys(w.mobile);
            int[] refusals = new int[1];
            w.world.fate((from, packet) -> {
                if (Packets.optionAt(packet, ACCEPT) >= 0 && option(packet, ACCEPT) instanceof Accept accept) {
                    Accept wrong = new Accept(false, accept.rcvOffset() + 5, accept.nonceOrOffset(), new byte[8]);
                    byte[] tag = keys.answerTag(true, wrong, 1, 0, 0, 0);
                    replace(packet, ACCEPT, new Accept(false, wrong.rcvOffset(), wrong.nonceOrOffset(), tag));
                }
                refusals[0] += Packets.optionAt(packet, REJECT) >= 0 ? 1 : 0;
                return 1;
            });
            w.movesMakeBeforeBreak(w.mobile, "10.2.0.1");
            w.world.run(200 * MILLI);
            assertEquals(1, refusals[0]);
            assertEquals(HOME, w.mobile.migration().tuple().localAddress());
            assertEquals(0, w.fixed.extension.pendingHandshakes());
            finish(w);
        }
    }

    /** A PROVE with an impossible offset: the fixed host refuses and stays; the mover, which has switched, asks again. */
    @Test
    void proofThatCannotBe() {
        try (MovingWorld w = world(85, MigrateSettings.defaults().withEarly(false))) {
            M2Keys keys = keys(w.mobile);
            List<Accept> accepts = new ArrayList<>();
            int[] spoilt = new int[1];
            w.world.fate((from, packet) -> {
                if (Packets.optionAt(packet, ACCEPT) >= 0 && option(packet, ACCEPT) instanceof Accept accept) {
                    accepts.add(accept);
                }
                if (Packets.optionAt(packet, PROVE) >= 0 && accepts.size() == 1) {
                    spoilt[0]++;
                    byte[] tag = keys.proofTag(true, 99_999, accepts.get(0), 1, 0, 0);
                    replace(packet, PROVE, new Prove(false, 99_999, tag));
                }
                return 1;
            });
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(500 * MILLI);
            assertTrue(spoilt[0] > 0);
            assertEquals(2, accepts.size());
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            assertEquals(1, w.fixed.migration().moves());
            finish(w);
        }
    }

    /** A no without the keys is nothing: the move goes on as if it had not come. */
    @Test
    void forgedRefusalIsNothing() {
        try (MovingWorld w = world(86)) {
            w.world.fate((from, packet) -> {
                if (Packets.optionAt(packet, MIGRATE) >= 0) {
                    for (Occasion occasion : Occasion.values()) {
                        Packets.inject(w, w.mobile.host, resetTo(packet, new Reject(occasion, 1, new byte[8])));
                    }
                }
                return 1;
            });
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(SECOND);
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            assertEquals(0, w.mobile.extension.count(MigrateCounter.REFUSALS_RECEIVED));
            assertEquals(1, w.mobile.migration().reqNo());
            finish(w);
        }
    }

    private static ByteBuf resetTo(ByteBuf syn, Reject option) {
        byte[] encoded = option.encode();
        ByteBuf reset = Unpooled.buffer(60);
        reset.writeBytes(syn, syn.readerIndex(), 40).writeBytes(encoded).writeZero(16 - encoded.length);
        reset.setShort(2, 56);
        reset.setInt(12, syn.getInt(syn.readerIndex() + 16));
        reset.setInt(16, syn.getInt(syn.readerIndex() + 12));
        reset.setShort(20, Packets.port(syn, 22));
        reset.setShort(22, Packets.port(syn, 20));
        reset.setInt(24, 0);
        reset.setInt(28, seq(syn) + 1);
        reset.setByte(32, 9 << 4);
        reset.setByte(33, 4 | 16);
        return reset;
    }

    /** Resets without proof to what a mover is offered: nobody without keys keeps an answer from being proved. */
    @Test
    void forgedResetDoesNotEndTheAnswer() {
        try (MovingWorld w = world(87, MigrateSettings.defaults().withEarly(false))) {
            w.world.fate((from, packet) -> {
                if (Packets.optionAt(packet, ACCEPT) >= 0) {
                    ByteBuf reset = resetTo(packet, new Reject(Occasion.ANSWER, 1, new byte[8]));
                    reset.setInt(24, ack(packet));
                    Packets.inject(w, w.fixed.host, reset);
                }
                return 1;
            });
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(SECOND);
            assertEquals(AWAY, w.fixed.migration().tuple().peerAddress());
            finish(w);
        }
    }

    /** An application aborts: the peer knows beyond doubt, and does not wait for somebody who will not come. */
    @Test
    void abortIsBelievedAtOnce() {
        try (MovingWorld w = world(88)) {
            UserCalls.abort(w.mobile.application.tcb());
            w.world.run(100 * MILLI);
            assertEquals(ConnectionFailure.RESET, w.fixed.application.failure());
            assertTrue(w.fixed.extension.connections().isEmpty());
            w.world.run(SECOND);
            w.world.assertNothingPending();
        }
    }

    /** The same after moves by both ends, and with what is in flight lost, so that the reset's number is not the next. */
    @Test
    void abortIsBelievedWhereverItsNumberLies() {
        try (MovingWorld w = world(89)) {
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(SECOND);
            w.moves(w.fixed, "10.8.0.1");
            w.world.run(SECOND);
            w.world.fate((from, packet) -> (Packets.flags(packet) & 4) == 0 ? 0 : 1);
            w.mobile.application.send(5_000);
            w.world.run(10 * MILLI);
            UserCalls.abort(w.mobile.application.tcb());
            w.world.run(100 * MILLI);
            assertEquals(ConnectionFailure.RESET, w.fixed.application.failure());
        }
    }

    /** Somebody strips the proof: an ordinary reset, and an ordinary wait. */
    @Test
    void abortWithoutProofIsWaitedOut() {
        try (MovingWorld w = world(90)) {
            w.world.fate((from, packet) -> {
                Packets.strip(packet, REJECT);
                return 1;
            });
            UserCalls.abort(w.mobile.application.tcb());
            w.world.run(10 * SECOND);
            assertFalse(w.fixed.application.isEnded());
            assertEquals(
                    SuspensionCause.RESET, w.fixed.migration().suspensionCause().orElseThrow());
            w.world.run(60 * SECOND);
            assertEquals(ConnectionFailure.RESET, w.fixed.application.failure());
        }
    }

    /** Another connection's end, and our own sent back, are no proof. */
    @Test
    void anotherConnectionsEndIsNoProof() {
        try (MovingWorld other = world(91);
                MovingWorld w = world(92)) {
            byte[] theirs = ((M2Exchange) other.mobile.migration().exchange()).resetOption();
            byte[] own = ((M2Exchange) w.fixed.migration().exchange()).resetOption();
            for (byte[] end : List.of(theirs, own)) {
                TestSegment reset = TestSegment.of(4, 1, 1).withOptions(end);
                assertFalse(w.fixed.migration().exchange().isProvedReset(reset), Arrays.toString(end));
            }
            TestSegment genuine = TestSegment.of(4, 1, 1)
                    .withOptions(((M2Exchange) w.mobile.migration().exchange()).resetOption());
            assertTrue(w.fixed.migration().exchange().isProvedReset(genuine));
            finish(w);
            finish(other);
        }
    }
}
