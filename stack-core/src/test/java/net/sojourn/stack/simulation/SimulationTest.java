package net.sojourn.stack.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import net.sojourn.stack.leak.LeakCheck;
import net.sojourn.stack.simulation.Scenario.Change;
import net.sojourn.stack.simulation.Scenario.Fate;
import net.sojourn.stack.simulation.Scenario.Kind;
import net.sojourn.stack.simulation.Scenario.Misfortune;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two to fifty hosts on bad networks, 1,000 seeds or as many as {@code sojourn.simulation.seeds} says. */
@ExtendWith(LeakCheck.class)
class SimulationTest {

    private static final long FIRST_SEED = Long.getLong("sojourn.simulation.first", 1);
    private static final int SEEDS = Integer.getInteger("sojourn.simulation.seeds", 1000);
    private static final int SHRINKING_RUNS = 600;

    @Test
    void everyOctetOnceAndInOrderAndNothingLeft() {
        Optional<Long> failed = LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS)
                .parallel()
                .filter(seed -> ScenarioRun.of(Scenarios.of(seed)).failure().isPresent())
                .boxed()
                .findAny();
        failed.ifPresent(seed -> {
            throw new AssertionError(report(seed));
        });
    }

    /** What a person needs who has to mend it: a small script that fails, and its last packets. */
    private static String report(long seed) {
        Scenario scenario = Scenarios.of(seed);
        ScenarioRun first = ScenarioRun.of(scenario);
        Scenario written = scenario.misfortunes(first.befell());
        Scenario smallest = new Shrinker(SimulationTest::fails, SHRINKING_RUNS).shrink(written);
        return "seed " + seed + " fails: "
                + first.failure().map(SimulationTest::firstLine).orElse("")
                + "\nSmall script that fails (put it into src/test/resources/scenarios):\n" + smallest
                + ScenarioRun.of(smallest, true).failure().orElse("");
    }

    private static boolean fails(Scenario scenario) {
        return ScenarioRun.of(scenario).failure().isPresent();
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    // ---- what once failed

    static Stream<Path> scripts() throws IOException {
        return Files.list(Path.of("src/test/resources/scenarios")).sorted();
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void scriptsPass(Path script) throws IOException {
        assertEquals(
                Optional.empty(),
                ScenarioRun.of(Scenario.parse(Files.readString(script)), true).failure());
    }

    // ---- the instrument itself

    @Test
    void aScenarioIsWhatItsTextSays() {
        for (long seed = 1; seed <= 50; seed++) {
            Scenario scenario = Scenarios.of(seed);
            Scenario written = scenario.misfortunes(ScenarioRun.of(scenario).befell());
            assertEquals(written, Scenario.parse(written.toString()));
            assertEquals(scenario, Scenario.parse(scenario.toString()));
        }
    }

    /** Chance that was written down comes out the same when it is read. */
    @Test
    void writtenMisfortunesMakeTheSameRun() {
        for (long seed = 1; seed <= 20; seed++) {
            Scenario scenario = Scenarios.of(seed);
            List<Misfortune> befell = ScenarioRun.of(scenario).befell();
            Scenario written = scenario.misfortunes(befell);
            assertEquals(
                    ScenarioRun.trace(scenario),
                    ScenarioRun.trace(written),
                    "seed " + seed + " with " + befell.size() + " misfortunes");
        }
    }

    /** So that a thousand seeds mean what the class says. */
    @Test
    void seedsHoldEveryKindOfTrouble() {
        Set<Fate> fates = EnumSet.noneOf(Fate.class);
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        int most = 0;
        boolean bursts = false;
        boolean ipv6 = false;
        for (long seed = 1; seed <= 200; seed++) {
            Scenario scenario = Scenarios.of(seed);
            scenario.changes().forEach(change -> kinds.add(change.kind()));
            most = Math.max(most, scenario.hosts().size());
            bursts |= scenario.hosts().stream().anyMatch(host -> host.becomesBad() > 0);
            ipv6 |= scenario.hosts().stream().filter(Scenario.HostPart::ipv6).count() > 1;
            if (seed <= 20) {
                ScenarioRun.of(scenario).befell().forEach(misfortune -> fates.add(misfortune.fate()));
            }
        }
        assertEquals(EnumSet.allOf(Fate.class), fates);
        assertEquals(EnumSet.allOf(Kind.class), kinds);
        assertTrue(most > 40 && bursts && ipv6);
    }

    /** A link that is cut for good is a failure whose cause is one line. */
    @Test
    void failureIsMadeSmall() {
        Scenario scenario = Scenarios.of(7);
        List<Change> changes = new ArrayList<>(scenario.changes());
        int host = scenario.transfers().get(0).client();
        changes.add(new Change(50_000, host, Kind.CUT, Long.MAX_VALUE / 1_000_000));
        Scenario broken = scenario.changes(changes);
        ScenarioRun run = ScenarioRun.of(broken);
        assertTrue(run.failure().isPresent());
        Scenario small = new Shrinker(SimulationTest::fails, SHRINKING_RUNS).shrink(broken.misfortunes(run.befell()));
        assertTrue(fails(small));
        assertEquals(1, small.transfers().size(), small::toString);
        assertEquals(2, small.hosts().size(), small::toString);
        assertEquals(1, small.changes().size(), small::toString);
        assertEquals(List.of(), small.misfortunes(), small::toString);
        assertEquals(Kind.CUT, small.changes().get(0).kind());
    }

    /** Of many misfortunes the two that matter are found, wherever they are. */
    @Test
    void theMisfortunesThatMatterAreFound() {
        Scenario scenario = Scenarios.of(3);
        Scenario written = scenario.misfortunes(ScenarioRun.of(scenario).befell());
        List<Misfortune> all = written.misfortunes();
        assertTrue(all.size() > 10, "too lucky a seed: " + all.size());
        List<Misfortune> both = List.of(all.get(3), all.get(all.size() - 2));
        Scenario small = new Shrinker(s -> s.misfortunes().containsAll(both), 10_000).shrink(written);
        assertEquals(both, small.misfortunes());
    }
}
