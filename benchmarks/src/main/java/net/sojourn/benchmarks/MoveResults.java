package net.sojourn.benchmarks;

import java.util.ArrayList;
import java.util.EnumMap;
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

    /** What is measured of Sojourn M2 alone. */
    enum Whole {
        MANY(
                "10,000 connections move at once, RTT 50 ms: until the last one's first octet, ms: ≤ 1 s + 1 RTT",
                1_050,
                false,
                1,
                "both ends, the link, Java's compiler and whatever else runs share the processors: compare the CPU"),
        MANY_CPU("the same: CPU of both ends for each connection, the first time, µs", 0, false, 1, ""),
        MANY_COMPILED(
                "the same after ten moves of all, compiled: until the last one's first octet, ms: ≤ 1 s + 1 RTT",
                1_050,
                false,
                1,
                "both ends, the link and whatever else runs share the processors"),
        MANY_COMPILED_CPU("the same: CPU of both ends for each connection, compiled, µs", 0, false, 1, ""),
        GOODPUT(
                "a move at 10 s of 30, 50 Mbit/s, RTT 50 ms: goodput over the undisturbed run's: ≥ 0.9",
                0.9,
                true,
                3,
                "slow start on the new path"),
        GOODPUT_UNDISTURBED("the undisturbed run, Mbit/s", 0, true, 1, "");

        final String title;
        /** The most, or the least; 0 if there is no goal. */
        final double bound;

        final boolean moreIsBetter;
        final int decimals;
        final String reason;

        Whole(String title, double bound, boolean moreIsBetter, int decimals, String reason) {
            this.title = title;
            this.bound = bound;
            this.moreIsBetter = moreIsBetter;
            this.decimals = decimals;
            this.reason = reason;
        }

        boolean isMetBy(double value) {
            return moreIsBetter ? value >= bound : value <= bound;
        }
    }

    private record Key(Figure figure, Mobility mobility, int rttMillis) {}

    private final Map<Key, List<Double>> values = new LinkedHashMap<>();
    private final Map<Whole, List<Double>> wholes = new EnumMap<>(Whole.class);
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

    void add(Whole figure, double value) {
        wholes.computeIfAbsent(figure, key -> new ArrayList<>()).add(value);
    }

    Optional<List<Double>> of(Whole figure) {
        return Optional.ofNullable(wholes.get(figure)).map(List::copyOf);
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
