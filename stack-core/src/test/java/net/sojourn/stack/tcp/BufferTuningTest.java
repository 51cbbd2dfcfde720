package net.sojourn.stack.tcp;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.machine.DropReason;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.World;
import net.sojourn.stack.world.WorldApplication;
import net.sojourn.stack.world.WorldHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Buffers that follow the path, and the budget that bounds them all. */
@ExtendWith({LeakCheck.class, ScriptEnd.class})
class BufferTuningTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;
    private static final int INITIAL = 256 * 1024;

    private static long receiveBuffer(Script s) {
        return s.tcb().info(s.nowNanos()).receiveBufferBytes();
    }

    /** A peer that scales; the round trip is 10 ms. Takes {@code perRound} octets a round trip, so many times. */
    private static Script received(int perRound, int rounds, boolean reads) {
        Script s = Script.with().wscale(7).synReceived();
        s.after(10).inject(ack().seq(1).ack(1)).expectNothing();
        for (int round = 0; round < rounds; round++) {
            for (int got = 0; got < perRound; got += 1000) {
                s.feed(data(1000));
            }
            s.takeAll();
            if (reads) {
                s.read(perRound);
            }
            s.takeAll();
            s.pass(10);
            s.takeAll();
        }
        return s;
    }

    @Test
    void windowGrowsToTwiceWhatIsReadInARoundTrip() {
        var s = received(200_000, 3, true);
        assertEquals(400_000, receiveBuffer(s));
    }

    @Test
    void windowStaysForAnApplicationThatReadsLittle() {
        var s = received(20_000, 5, true);
        assertEquals(INITIAL, receiveBuffer(s));
    }

    @Test
    void windowStaysForAnApplicationThatDoesNotRead() {
        var s = received(50_000, 4, false);
        assertEquals(INITIAL, receiveBuffer(s));
    }

    @Test
    void windowThatTheApplicationChoseStays() {
        Script s = Script.with().wscale(7).established();
        UserCalls.receiveBufferBytes(s.tcb(), 300_000, s.nowNanos());
        s.takeAll();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 200; i++) {
                s.feed(data(1000));
            }
            s.takeAll();
            s.read(200_000).takeAll();
            s.pass(10).takeAll();
        }
        assertEquals(300_000, receiveBuffer(s));
    }

    /** 200 Mbit/s at 100 ms are 2.5 MB in flight, ten times what either buffer begins with. */
    @Test
    void bothBuffersGrowUntilALongFatPathIsFull() {
        LinkSettings link = new LinkSettings(50 * MILLI, 0, 0, 0, 0, 200_000_000, 4 << 20, 1500);
        try (World world = World.seed(1).link(link)) {
            WorldHost a = world.host("a", "10.0.0.1", StackSettings.defaults());
            WorldHost b = world.host("b", "10.0.0.2", StackSettings.defaults());
            WorldApplication server = b.accept(80);
            WorldApplication client = a.connect(IpAddress.parse("10.0.0.2"), 80);
            client.send(1L << 40);
            world.run(4 * SECOND);
            long before = server.received();
            world.run(2 * SECOND);
            double megabits = 8 * (server.received() - before) / 1e6 / 2;
            assertTrue(megabits > 170, "goodput " + megabits + " Mbit/s of 200");
            assertTrue(client.tcb().info(world.nowNanos()).sendBufferBytes() > 2_500_000);
            assertTrue(server.tcb().info(world.nowNanos()).receiveBufferBytes() > 2_500_000);
        }
    }

    /** Forty readers that do not read could hold 10 MB; the stack may hold 2, and one that reads is still served. */
    @Test
    void budgetBoundsAllConnectionsTogether() {
        StackSettings tight =
                StackSettings.defaults().toBuilder().memoryBudgetBytes(2 << 20).build();
        try (World world = World.seed(2).link(LinkSettings.delay(5 * MILLI).rate(100_000_000))) {
            WorldHost a = world.host("a", "10.0.0.1", StackSettings.defaults());
            WorldHost b = world.host("b", "10.0.0.2", tight);
            List<WorldApplication> idlers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                WorldApplication server = b.accept(100 + i);
                WorldApplication client = a.connect(IpAddress.parse("10.0.0.2"), 100 + i);
                world.runUntil(server::isEstablished, SECOND);
                server.reading(false);
                client.send(1 << 20);
                idlers.add(server);
            }
            world.run(20 * SECOND);
            long used = b.machine().tcp().memory().usedBytes();
            assertTrue(used <= (2 << 20) + 40 * 16_384, "holds " + used);
            assertTrue(b.machine().counters().of(DropReason.MEMORY_BUDGET) > 0);
            idlers.forEach(idler -> idler.reading(true));
            WorldApplication reader = b.accept(80);
            WorldApplication writer = a.connect(IpAddress.parse("10.0.0.2"), 80);
            writer.send(1 << 20);
            world.runUntil(() -> reader.received() == 1 << 20, 60 * SECOND);
            idlers.forEach(WorldApplication::assertStreamIntact);
        }
    }
}
