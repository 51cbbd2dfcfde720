package net.sojourn.stack.freeze;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import net.sojourn.stack.ConnectionInfo;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.machine.Counter;
import net.sojourn.stack.tcp.Tcb;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.SeededRandom;
import net.sojourn.stack.world.World;
import net.sojourn.stack.world.WorldApplication;
import net.sojourn.stack.world.WorldHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Connections outlive their stack: each octet once and in order, whenever it stops and whatever the network does. */
class FreezeTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Math.min(150, Long.getLong("sojourn.simulation.seeds", 150)));
    }

    /** Both ends stop and start again, several times, at any moment from the first SYN to the last FIN. */
    @ParameterizedTest
    @MethodSource("seeds")
    void everyOctetOnceWheneverAStackStops(long seed) throws FrozenStateException {
        try (World world = World.seed(seed)) {
            SeededRandom random = world.random();
            LinkSettings link = LinkSettings.delay((1 + random.nextInt(60)) * MILLI)
                    .loss(random.nextInt(4) * 0.02)
                    .duplication(random.nextInt(2) * 0.02)
                    .jitter(random.nextInt(3) * 10 * MILLI);
            world.link(link);
            StackSettings settings = StackSettings.defaults().toBuilder()
                    .sack(random.nextInt(4) > 0)
                    .timestamps(random.nextInt(4) > 0)
                    .windowScaling(random.nextInt(4) > 0)
                    .build();
            WorldHost client = world.host("client", "10.0.0.1", settings);
            WorldHost server = world.host("server", "10.0.0.2", settings);
            long forth = random.nextInt(600_000);
            long back = random.nextInt(600_000);
            WorldApplication accepted = server.accept(80).sendThenClose(back);
            WorldApplication connected = client.connect(server.address(), 80).sendThenClose(forth);
            world.runUntil(() -> connected.isEstablished() && accepted.isEstablished(), 120 * SECOND);
            for (int stop = 1 + random.nextInt(4); stop > 0; stop--) {
                world.run(random.nextInt(1500) * MILLI);
                restart(world, random.nextInt(2) == 0 ? client : server, random.nextInt(3000) * MILLI);
            }
            world.runUntil(() -> connected.sawEndOfStream() && accepted.sawEndOfStream(), 600 * SECOND);
            assertEquals(forth, accepted.received());
            assertEquals(back, connected.received());
            accepted.assertStreamIntact();
            connected.assertStreamIntact();
            world.run(600 * SECOND);
            world.assertNothingPending();
        }
    }

    private static void restart(World world, WorldHost host, long downNanos) throws FrozenStateException {
        byte[] state = host.freeze();
        assertEquals(0, host.machine().deadlineCount());
        assertEquals(0, host.machine().tcp().memory().usedBytes());
        world.run(downNanos);
        host.thaw(state, downNanos);
    }

    /** What an application has not read and what no peer has acknowledged is there again, and so is what it chose. */
    @Test
    void aThawedConnectionIsWhatItWas() throws FrozenStateException {
        try (World world = World.seed(7)) {
            world.link(LinkSettings.delay(20 * MILLI));
            WorldHost client = world.host("client", "10.0.0.1", StackSettings.defaults());
            WorldHost server = world.host("server", "10.0.0.2", StackSettings.defaults());
            WorldApplication accepted = server.accept(80);
            WorldApplication connected = client.connect(server.address(), 80);
            world.runUntil(accepted::isEstablished, SECOND);
            connected.reading(false);
            accepted.send(50_000);
            world.run(SECOND);
            connected.send(90_000);
            world.run(MILLI);
            Tcb tcb = connected.tcb();
            ConnectionInfo before = tcb.info(world.nowNanos());
            int tsVal = timestampOf(world, "client");
            assertEquals(50_000, before.receiveQueueBytes());
            assertTrue(before.flightBytes() > 0);

            restart(world, client, 2 * SECOND);

            Tcb again = connected.tcb();
            ConnectionInfo after = again.info(world.nowNanos());
            assertNotSame(tcb, again);
            assertEquals(before.id(), after.id());
            assertEquals(before.tuple(), after.tuple());
            assertEquals(TcpState.ESTABLISHED, after.state());
            assertEquals(50_000, after.receiveQueueBytes());
            assertEquals(before.sendQueueBytes(), after.sendQueueBytes());
            assertEquals(before.octetsAcknowledged(), after.octetsAcknowledged());
            assertEquals(before.ageNanos() + 2 * SECOND, after.ageNanos());
            assertEquals(before.sndWndScale(), after.sndWndScale());
            assertTrue(after.srttNanos() < 0, "the network may be another");

            world.run(5 * SECOND);
            assertTrue(timestampOf(world, "client") - tsVal > 0, "the timestamp clock never goes back");
            assertEquals(90_000, accepted.received());
            accepted.assertStreamIntact();
            connected.reading(true);
            assertEquals(50_000, connected.received());
            connected.assertStreamIntact();
        }
    }

    private static int timestampOf(World world, String host) {
        String last = world.trace().stream()
                .filter(line -> line.contains(" " + host + " ") && line.contains(" ts "))
                .reduce((a, b) -> b)
                .orElseThrow(() -> new AssertionError(world.trace()));
        return Integer.parseUnsignedInt(last.replaceAll(".* ts ([0-9]+)/.*", "$1"));
    }

    /** A peer that only sends is told at once that we are back: it need not wait for its backed-off timer. */
    @Test
    void aThawedReceiverSpeaksAtOnce() throws FrozenStateException {
        try (World world = World.seed(3)) {
            WorldHost client = world.host("client", "10.0.0.1", StackSettings.defaults());
            WorldHost server = world.host("server", "10.0.0.2", StackSettings.defaults());
            WorldApplication accepted = server.accept(80);
            WorldApplication connected = client.connect(server.address(), 80);
            world.runUntil(accepted::isEstablished, SECOND);
            byte[] state = client.freeze();
            world.run(SECOND);
            client.thaw(state, SECOND);
            long before = client.machine().counters().of(Counter.SEGMENTS_OUT);
            client.cycle();
            assertEquals(before + 1, client.machine().counters().of(Counter.SEGMENTS_OUT));
            accepted.sendThenClose(10_000);
            connected.sendThenClose(0);
            world.runUntil(connected::sawEndOfStream, 10 * SECOND);
            assertEquals(10_000, connected.received());
        }
    }

    /** A state that is wrong anywhere changes nothing: no connection is made, no packet leaves. */
    @Test
    void aCutStateIsRefusedAsAWhole() throws FrozenStateException {
        try (World world = World.seed(5)) {
            WorldHost client = world.host("client", "10.0.0.1", StackSettings.defaults());
            WorldHost server = world.host("server", "10.0.0.2", StackSettings.defaults());
            WorldApplication accepted = server.accept(80);
            WorldApplication first = client.connect(server.address(), 80);
            WorldApplication second = client.connect(server.address(), 80);
            world.runUntil(() -> first.isEstablished() && second.isEstablished() && accepted.isEstablished(), SECOND);
            first.send(3000);
            byte[] state = client.freeze();
            for (int length = 0; length < state.length; length += 1 + state.length / 400) {
                byte[] cut = Arrays.copyOf(state, length);
                assertThrows(FrozenStateException.class, () -> client.thaw(cut, 0));
                assertEquals(List.of(), client.machine().tcp().connections());
                assertEquals(0, client.machine().deadlineCount());
                assertEquals(0, client.machine().tcp().memory().usedBytes());
            }
            client.thaw(state, 0);
            assertEquals(2, client.machine().tcp().connections().size());
        }
    }
}
