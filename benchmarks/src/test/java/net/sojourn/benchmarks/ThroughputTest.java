package net.sojourn.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.sojourn.benchmarks.Throughput.Options;
import net.sojourn.benchmarks.ThroughputTable.Course;
import org.junit.jupiter.api.Test;

class ThroughputTest {

    @Test
    void medianAndSpread() {
        assertEquals("3.0 (1.0–9.0)", new Samples(List.of(9.0, 1.0, 3.0)).text(1));
        assertEquals(2.5, new Samples(List.of(4.0, 1.0, 3.0, 2.0)).median());
        assertThrows(IllegalArgumentException.class, () -> new Samples(List.of()));
    }

    /** A machine that was half as fast in the second round changes no ratio. */
    @Test
    void ratioIsTakenRoundByRound() {
        Samples fast = new Samples(List.of(10.0, 5.0));
        Samples slow = new Samples(List.of(5.0, 2.5));
        assertEquals("2.00 (2.00–2.00)", fast.dividedBy(slow).text(2));
        assertThrows(IllegalArgumentException.class, () -> fast.dividedBy(new Samples(List.of(1.0))));
    }

    @Test
    void tableHasARowForEachCourse() {
        ThroughputTable table = new ThroughputTable();
        for (Way way : Way.values()) {
            for (boolean offload : new boolean[] {true, false}) {
                table.add(new Course(way, offload), Contender.SOJOURN, offload ? 4000 : 400);
                table.add(new Course(way, offload), Contender.KERNEL, 8000);
            }
        }
        List<String> lines = table.markdown().lines().toList();
        assertEquals(6, lines.size());
        assertEquals("| plain packets | send | 400 (400–400) | 8000 (8000–8000) | 0.05 (0.05–0.05) |", lines.get(5));
    }

    @Test
    void optionsAreReadOrExplained() {
        assertEquals(new Options(3, 4, ""), Options.parse());
        assertEquals(
                new Options(5, 0.5, "t.md"), Options.parse("--rounds", "5", "--seconds", "0.5", "--output", "t.md"));
        for (String[] wrong : new String[][] {{"--rounds"}, {"--rounds", "0"}, {"--rounds", "x"}, {"--turns", "1"}}) {
            assertThrows(IllegalArgumentException.class, () -> Options.parse(wrong));
        }
        IllegalArgumentException unknown =
                assertThrows(IllegalArgumentException.class, () -> Options.parse("--x", "1"));
        assertTrue(("" + unknown.getMessage()).contains(Options.USAGE), unknown::toString);
    }
}
