package net.sojourn.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What was measured, in milliseconds, and what could not be. */
final class MoveResults {

    /** What is measured of a move. */
    enum Figure {
        TO_SERVER("after a break, mobile → fixed"),
        TO_LAPTOP("after a break, fixed → mobile"),
        GAP_TO_SERVER("before the break, longest silence mobile → fixed"),
        GAP_TO_LAPTOP("before the break, longest silence fixed → mobile");

        final String title;

        Figure(String title) {
            this.title = title;
        }
    }

    private record Key(Figure figure, Mobility mobility, int rttMillis) {}

    private final Map<Key, List<Double>> values = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();

    void add(Figure figure, Mobility mobility, int rttMillis, double millis) {
        values.computeIfAbsent(new Key(figure, mobility, rttMillis), key -> new ArrayList<>())
                .add(millis);
    }

    void failed(String what) {
        failures.add(what);
    }

    Optional<List<Double>> of(Figure figure, Mobility mobility, int rttMillis) {
        return Optional.ofNullable(values.get(new Key(figure, mobility, rttMillis)))
                .map(List::copyOf);
    }

    List<String> failures() {
        return List.copyOf(failures);
    }
}
