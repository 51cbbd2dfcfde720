package net.sojourn.migrate.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.migrate.MovingWorld;
import net.sojourn.migrate.Suite;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.world.LinkSettings;
import net.sojourn.stack.world.WorldHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Every fate of the first segments that make the moves of every short sequence of moves, over the real machines: a state is
 * reached again by replaying its list of decisions. Within the bounds the search leaves nothing out. After the last decision
 * network and names are right; then both ends must agree on one path, and every octet must arrive once (docs/protocol.md,
 * "Model check"). Wider bounds: profile {@code nightly}.
 */
@ExtendWith(LeakCheck.class)
class PathSwitchModelTest {

    private static final int PACKETS = Integer.getInteger("sojourn.model.packets", 3);
    private static final int MOVES = Integer.getInteger("sojourn.model.moves", 2);
    private static final long BYTES = 4_000;

    /** What can become of a segment: lost, as usual, doubled, overtaken by all that goes within two round trips. */
    private static final int FATES = 4;

    private static final int LATE = 3;
    private static final long LATE_NANOS = 45 * MovingWorld.MILLI;

    /** What can happen at a step: the mobile end moves, the fixed one, both at once; and the step's length. */
    private static final int STEPS = 6;

    private static final int SYN = 2;
    private static final int RST = 4;

    private static final long SHORT_NANOS = 7 * MovingWorld.MILLI;
    private static final long LONG_NANOS = 33 * MovingWorld.MILLI;

    private record Story(Suite suite, List<Integer> steps, List<Integer> fates) {}

    @Test
    void everyShortLifeEndsWell() {
        int stories = 0;
        for (Suite suite : List.of(Suite.M2, Suite.CLASSIC)) {
            for (List<Integer> steps : words(STEPS, MOVES)) {
                for (List<Integer> fates : words(FATES, PACKETS)) {
                    live(new Story(suite, steps, fates));
                    stories++;
                }
            }
        }
        long expected = 2L * Math.round(Math.pow(STEPS, MOVES)) * Math.round(Math.pow(FATES, PACKETS));
        assertTrue(stories == expected, stories + " of " + expected);
    }

    private static List<List<Integer>> words(int letters, int length) {
        List<List<Integer>> words = List.of(List.of());
        for (int i = 0; i < length; i++) {
            List<List<Integer>> longer = new ArrayList<>();
            for (List<Integer> word : words) {
                for (int letter = 0; letter < letters; letter++) {
                    List<Integer> next = new ArrayList<>(word);
                    next.add(letter);
                    longer.add(next);
                }
            }
            words = longer;
        }
        return words;
    }

    /** A SYN or SYN/ACK of a move, a reset, or a bare acknowledgement: what proves a move, in either suite, is one. */
    private static boolean movesSomething(ByteBuf packet) {
        int tcp = packet.readerIndex() + 20;
        int flags = packet.getUnsignedByte(tcp + 13);
        int textBytes = packet.readableBytes() - 20 - (packet.getUnsignedByte(tcp + 12) >> 4) * 4;
        return (flags & (SYN | RST)) != 0 || textBytes == 0;
    }

    private static void live(Story story) {
        LinkSettings link = LinkSettings.delay(10 * MovingWorld.MILLI).jitter(4 * MovingWorld.MILLI);
        MigrateSettings settings = MigrateSettings.defaults().withSuite(story.suite());
        try (MovingWorld w = new MovingWorld(5, link, settings).established().withNames(MovingWorld.MILLI)) {
            int[] decided = new int[1];
            w.world.fate((from, packet) -> {
                if (decided[0] == story.fates().size() || !movesSomething(packet)) {
                    return 1;
                }
                int fate = story.fates().get(decided[0]++);
                if (fate != LATE) {
                    return fate;
                }
                ByteBuf late = packet.copy();
                WorldHost to = from == w.mobile.host ? w.fixed.host : w.mobile.host;
                w.world.carryFor(LATE_NANOS, () -> w.world.deliver(to, late));
                return 0;
            });
            w.mobile.application.send(BYTES - 1);
            w.fixed.application.send(BYTES - 1);
            for (int i = 0; i < story.steps().size(); i++) {
                int step = story.steps().get(i);
                if (step / 2 != 1) {
                    w.moves(w.mobile, "10.2.0." + (1 + i));
                }
                if (step / 2 != 0) {
                    w.moves(w.fixed, "10.8.0." + (1 + i));
                }
                w.world.run(step % 2 == 0 ? SHORT_NANOS : LONG_NANOS);
            }
            w.world.runUntil(() -> w.agrees(), 300 * MovingWorld.SECOND);
            w.mobile.application.sendThenClose(1);
            w.fixed.application.sendThenClose(1);
            w.finish(BYTES, 300 * MovingWorld.SECOND);
        } catch (AssertionError failure) {
            throw new AssertionError("in the life " + story, failure);
        }
    }
}
