package net.sojourn.stack.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.sojourn.stack.machine.Deadlines.Deadline;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Deadlines} against a map from deadline to time. */
class DeadlinesPropertyTest {

    private final Deadlines deadlines = new Deadlines();
    private final Map<Deadline, Long> model = new HashMap<>();
    private final List<Long> ran = new ArrayList<>();

    private final class Recorded extends Deadline {
        @Override
        protected void passes(long nowNanos) {
            assertFalse(isSet());
            Long due = model.remove(this);
            ran.add(due == null ? -1L : due);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void agreesWithAMap(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Deadline> all = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            all.add(new Recorded());
        }
        long now = 0;
        for (int step = 0; step < 5000; step++) {
            Deadline one = all.get(random.nextInt(all.size()));
            String when = "seed " + seed + " step " + step;
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3 -> {
                    long due = now + random.nextInt(1000);
                    deadlines.set(one, due);
                    model.put(one, due);
                }
                case 4, 5 -> {
                    deadlines.cancel(one);
                    model.remove(one);
                }
                default -> {
                    now += random.nextInt(100);
                    runAt(now, when);
                }
            }
            assertEquals(model.size(), deadlines.count(), when);
            assertEquals(model.containsKey(one), one.isSet(), when);
            long next = model.values().stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
            assertEquals(next, deadlines.nextNanos(), when);
        }
    }

    private void runAt(long now, String when) {
        List<Long> due = new ArrayList<>(
                model.values().stream().filter(time -> time <= now).sorted().toList());
        ran.clear();
        deadlines.run(now);
        assertEquals(due, ran, when);
    }
}
