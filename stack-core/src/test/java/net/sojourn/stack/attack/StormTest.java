package net.sojourn.stack.attack;

import static net.sojourn.stack.script.Segment.ack;
import static net.sojourn.stack.script.Segment.data;
import static net.sojourn.stack.script.Segment.rst;
import static net.sojourn.stack.script.Segment.syn;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.script.Script;
import net.sojourn.stack.script.ScriptEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Storms of segments against one established connection: it lives, answers little, and holds no more than it may. */
@ExtendWith(ScriptEnd.class)
class StormTest {

    private static final int SEGMENTS = 5000;
    private static final int WINDOW_BYTES = 65_536;
    /** Buffers come in pieces, and pieces have what describes them. */
    private static final long MOST_HELD_BYTES = 4 * WINDOW_BYTES;

    private static final long MOST_CRUMBS = 2048;
    private static final long CRUMB_BYTES = 2048;

    private static Script small() {
        return Script.with()
                .sack()
                .settings(b -> b.receiveBufferBytes(WINDOW_BYTES))
                .established();
    }

    private static void assertHeld(Script s) {
        assertTrue(s.heldBytes() <= MOST_HELD_BYTES, "holds " + s.heldBytes());
    }

    @Test
    void blindStormIsAnsweredLittleAndTheConnectionLives() {
        SplittableRandom random = new SplittableRandom(1);
        var s = small();
        int answers = 0;
        for (int i = 0; i < SEGMENTS; i++) {
            long seq = random.nextInt(2, Integer.MAX_VALUE);
            s.feed(
                    switch (random.nextInt(3)) {
                        case 0 -> rst().seq(seq);
                        case 1 -> syn().seq(seq);
                        default -> ack().seq(seq).ack(random.nextInt());
                    });
            answers += s.takeAll().size();
        }
        assertTrue(answers <= 10, answers + " answers in no time");
        assertHeld(s);
        s.state(TcpState.ESTABLISHED).after(1000);
        s.inject(data(10).seq(1).ack(1)).expect(ack().ack(11));
    }

    /** Text in every overlapping shape, with a hole at the front so that none of it can be delivered. */
    @Test
    void overlappingSegmentsAreHeldOnce() {
        SplittableRandom random = new SplittableRandom(2);
        var s = small();
        for (int i = 0; i < SEGMENTS; i++) {
            int from = 2 + random.nextInt(WINDOW_BYTES - 1500);
            s.feed(data(1 + random.nextInt(1400)).seq(from).ack(1));
            s.takeAll();
            assertHeld(s);
        }
        s.readable(0).after(1000);
        s.takeAll();
        // The hole is closed, and every octet is the right one.
        s.inject(data(1400).seq(1).ack(1));
        s.takeAll();
        s.read((int) s.tcb().receiveBuffer().size());
        s.takeAll();
    }

    /** One octet here and there: each takes a whole piece of buffer, and there are 2,048 pieces at most. */
    @Test
    void crumbsStayInsideTheBudget() {
        var s = small();
        for (int i = 0; i < WINDOW_BYTES / 2 - 1; i++) {
            s.feed(data(1).seq(3 + 2L * i).ack(1));
            s.takeAll();
        }
        assertTrue(s.heldBytes() <= MOST_CRUMBS * CRUMB_BYTES, "holds " + s.heldBytes());
        long counted = s.machine().tcp().memory().usedBytes();
        assertTrue(counted >= s.heldBytes(), "holds " + s.heldBytes() + ", the budget says " + counted);
        s.readable(0);
    }

    @Test
    void sackFloodingNeitherMovesNorGrowsAnything() {
        SplittableRandom random = new SplittableRandom(3);
        var s = small();
        s.write(100_000);
        s.takeAll();
        long began = s.heldBytes();
        for (int i = 0; i < SEGMENTS; i++) {
            long left = random.nextInt(-100_000, 300_000);
            long next = random.nextInt(1, 14_600);
            s.feed(ack().seq(1).ack(1).sack(left, left + random.nextInt(3000), next, next + 1));
            s.takeAll();
        }
        assertTrue(s.heldBytes() <= began + WINDOW_BYTES, s.heldBytes() + " held, " + began + " before");
        s.state(TcpState.ESTABLISHED);
    }

    /** A peer that reads nothing for a day costs a probe a minute and no more memory. */
    @Test
    void windowHeldAtZeroCostsAProbeNowAndThen() {
        var s = small();
        s.inject(ack().seq(1).ack(1).win(0)).expectNothing();
        s.write(50_000);
        s.takeAll();
        long held = s.heldBytes();
        int probes = 0;
        for (int second = 0; second < 24 * 3600; second++) {
            s.pass(1000);
            int sent = s.takeAll().size();
            probes += sent;
            if (sent > 0) {
                s.feed(ack().seq(1).ack(1).win(0));
                s.takeAll();
            }
        }
        assertTrue(probes >= 24 * 60 && probes < 24 * 65 + 20, probes + " probes in a day");
        assertTrue(s.heldBytes() <= held, s.heldBytes() + " held, " + held + " before");
        s.state(TcpState.ESTABLISHED);
        s.feed(ack().seq(1).ack(1).win(60_000));
        assertTrue(!s.takeAll().isEmpty(), "nothing sent when the window opened");
    }
}
