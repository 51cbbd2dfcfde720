package net.sojourn.benchmarks;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the rounds of a {@link Bench} measured. One thread. */
final class Results {

    private final Map<Figure, Map<Contender, List<Double>>> figures = new EnumMap<>(Figure.class);
    private final Map<Ceiling, List<Double>> ceilings = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();
    private final List<String> disturbances = new ArrayList<>();

    /** In the order of the rounds, for each contender, in the figure's unit. */
    void add(Figure figure, Contender contender, double value) {
        figures.computeIfAbsent(figure, key -> new EnumMap<>(Contender.class))
                .computeIfAbsent(contender, key -> new ArrayList<>())
                .add(value);
    }

    /** @param gigabits a second */
    void add(Ceiling ceiling, double gigabits) {
        ceilings.computeIfAbsent(ceiling, key -> new ArrayList<>()).add(gigabits);
    }

    /** Something that was to be measured and was not; it stands in the report. */
    void failed(String what) {
        failures.add(what);
    }

    /** A figure for which the contender did not have the processors to itself and the driver; it stands in the report. */
    void disturbed(String what) {
        disturbances.add(what);
    }

    Optional<Samples> of(Figure figure, Contender contender) {
        return Optional.ofNullable(figures.getOrDefault(figure, Map.of()).get(contender))
                .map(Samples::new);
    }

    /** Round by round; of the medians, if a round is missing in one of them. */
    Optional<Samples> ratio(Figure figure, Contender contender, Figure overFigure, Contender overContender) {
        Optional<Samples> over = of(overFigure, overContender);
        return of(figure, contender)
                .flatMap(samples -> over.map(
                        other -> samples.values().size() == other.values().size()
                                ? samples.dividedBy(other)
                                : new Samples(List.of(samples.median() / other.median()))));
    }

    Map<Ceiling, Samples> ceilings() {
        Map<Ceiling, Samples> all = new LinkedHashMap<>();
        ceilings.forEach((ceiling, values) -> all.put(ceiling, new Samples(values)));
        return all;
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    List<String> disturbances() {
        return List.copyOf(disturbances);
    }
}
