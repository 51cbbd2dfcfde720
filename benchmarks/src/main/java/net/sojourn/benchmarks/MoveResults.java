package net.sojourn.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What was measured, in milliseconds, and what could not be. */
final class MoveResults {

    /** What is measured of a move. */
    enum Figure {
        TO_SERVER("after a break, mobile → fixed", 0.5),
        TO_LAPTOP("after a break, fixed → mobile", 1),
        GAP_TO_SERVER("before the break, longest silence mobile → fixed", 0),
        GAP_TO_LAPTOP("before the break, longest silence fixed → mobile", 0);

        final String title;

        /** What the emulated link alone takes: nobody is faster. */
        final double leastRoundTrips;

        Figure(String title, double leastRoundTrips) {
            this.title = title;
            this.leastRoundTrips = leastRoundTrips;
        }
    }

    private record Key(Figure figure, Mobility mobility, int rttMillis) {}

    private final Map<Key, List<Double>> values = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();

    /** One sample; if the links cannot be that fast, the clock was started late, and it is no figure but a failure. */
    void add(Figure figure, Mobility mobility, int rttMillis, double millis) {
        if (millis < figure.leastRoundTrips * rttMillis) {
            failed(String.format(
                    Locale.ROOT,
                    "%s, RTT %d ms, %s: %.1f ms is less than the links take; the clock was started late",
                    mobility.title,
                    rttMillis,
                    figure.title,
                    millis));
            return;
        }
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
