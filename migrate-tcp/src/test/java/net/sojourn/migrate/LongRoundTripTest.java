package net.sojourn.migrate;

import static net.sojourn.migrate.MovingWorld.MILLI;
import static net.sojourn.migrate.MovingWorld.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.sojourn.migrate.MovingWorld.End;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Round trips that are longer than the first time-out of a Migrate SYN: the answer to any of its transmissions completes the
 * move (docs/protocol.md, "M2: a move").
 */
@ExtendWith(LeakCheck.class)
class LongRoundTripTest {

    private static final int OCTETS = 400;
    private static final int SYN = 2;

    static Stream<Arguments> cases() {
        return Stream.of(
                        MigrateSettings.defaults(),
                        MigrateSettings.defaults().withEarly(false),
                        MigrateSettings.classic())
                .flatMap(settings -> Stream.of(1_200, 2_000, 5_000).map(rtt -> Arguments.of(settings, rtt)));
    }

    /** One round trip from when the first request arrives to when the fixed host has moved, and no second move after it. */
    @ParameterizedTest
    @MethodSource("cases")
    void theFirstAnswerCompletesTheMove(MigrateSettings settings, int rttMillis) {
        try (MovingWorld w = world(settings, rttMillis)) {
            w.losesItsAddress(w.mobile);
            w.world.run(SECOND / 2);
            long startNanos = w.world.nowNanos();
            w.mobile.application.send(OCTETS);
            w.moves(w.mobile, "10.2.0.1");
            w.world.runUntil(() -> w.fixed.migration().moves() > 0, 60 * SECOND);
            long nanos = w.world.nowNanos() - startNanos;
            long boundNanos = (rttMillis + rttMillis / 2 + 5) * MILLI;
            assertTrue(nanos <= boundNanos, nanos + " ns, the bound is " + boundNanos);
            assertOneMove(w);
            finish(w, OCTETS);
        }
    }

    /** As above; the old network is still there, and the mover would go back to it. */
    @ParameterizedTest
    @MethodSource("cases")
    void madeBeforeTheBreak(MigrateSettings settings, int rttMillis) {
        try (MovingWorld w = world(settings, rttMillis)) {
            w.mobile.application.send(OCTETS);
            w.movesMakeBeforeBreak(w.mobile, "10.2.0.1");
            assertOneMove(w);
            finish(w, OCTETS);
        }
    }

    /** The fixed host is upgraded when it has answered both forms, of which the mover takes the first. */
    @Test
    void answersOutliveARestart() {
        try (MovingWorld w = world(MigrateSettings.defaults(), 2_000)) {
            w.losesItsAddress(w.mobile);
            w.world.run(SECOND / 2);
            w.mobile.application.send(OCTETS);
            w.moves(w.mobile, "10.2.0.1");
            w.world.run(2 * SECOND + 200 * MILLI);
            assertEquals(1, w.mobile.migration().moves());
            assertEquals(MigrationState.SYN_RCVD, w.fixed.migration().state());
            w.fixed.restarts(100 * MILLI);
            w.world.run(SECOND);
            assertEquals(1, w.fixed.migration().moves());
            assertOneMove(w);
            finish(w, OCTETS);
        }
    }

    /** The second form of a request that has won by its first is of no use: not to who copied it, nor when it comes late. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theOtherFormIsSpent(boolean seen) {
        try (MovingWorld w = world(MigrateSettings.defaults(), 1_200)) {
            List<ByteBuf> requests = new ArrayList<>();
            w.world.fate((from, packet) -> {
                boolean request = from == w.mobile.host && Packets.flags(packet) == SYN;
                if (request) {
                    requests.add(Unpooled.copiedBuffer(packet));
                }
                return request && requests.size() > 1 && !seen ? 0 : 1;
            });
            w.losesItsAddress(w.mobile);
            w.world.run(SECOND / 2);
            w.moves(w.mobile, "10.2.0.1");
            assertOneMove(w);
            assertEquals(2, requests.size());
            Packets.inject(w, w.fixed.host, requests.get(1));
            assertEquals(0, w.fixed.extension.pendingHandshakes());
            w.world.run(60 * SECOND);
            assertTrue(w.agrees());
            finish(w, 0);
        }
    }

    private static void assertOneMove(MovingWorld w) {
        w.world.run(60 * SECOND);
        assertTrue(w.agrees());
        assertEquals(1, w.mobile.migration().moves());
        assertEquals(1, w.fixed.migration().moves());
    }

    private static MovingWorld world(MigrateSettings settings, int rttMillis) {
        MovingWorld w = new MovingWorld(43, LinkSettings.delay(rttMillis * MILLI / 2), settings).established();
        assertTrue(w.mobile.migration().isMigratable(), w.mobile.events.toString());
        w.world.run(60 * SECOND);
        return w;
    }

    private static void finish(MovingWorld w, long byMobile) {
        close(w.mobile, 1);
        close(w.fixed, 1 + byMobile);
        w.finish(byMobile + 1, 300 * SECOND);
    }

    private static void close(End end, long octets) {
        end.application.sendThenClose(octets);
    }
}
