package net.sojourn.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * What several rounds measured of one thing.
 *
 * @param values in the order of the rounds; at least one
 */
record Samples(List<Double> values) {

    Samples {
        values = List.copyOf(values);
        if (values.isEmpty()) {
            throw new IllegalArgumentException("no round has measured anything");
        }
    }

    /** The middle one, or the mean of the middle two. */
    double median() {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    double least() {
        return values.stream().min(Double::compare).orElseThrow();
    }

    double most() {
        return values.stream().max(Double::compare).orElseThrow();
    }

    /** Round by round: what was measured close together is compared. */
    Samples dividedBy(Samples other) {
        if (values.size() != other.values.size()) {
            throw new IllegalArgumentException(values.size() + " rounds against " + other.values.size());
        }
        return new Samples(IntStream.range(0, values.size())
                .mapToObj(i -> values.get(i) / other.values.get(i))
                .toList());
    }

    /** Median, least and most, such as {@code 12.3 (11.0–14.9)}. */
    String text(int decimals) {
        String format = "%." + decimals + "f";
        return String.format(Locale.ROOT, format + " (" + format + "–" + format + ")", median(), least(), most());
    }
}
