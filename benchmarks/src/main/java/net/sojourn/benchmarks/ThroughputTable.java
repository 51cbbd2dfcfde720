package net.sojourn.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the rounds of {@link Throughput} measured, as a Markdown table. */
final class ThroughputTable {

    /** One row: a way through a device with or without offload. */
    record Course(Way way, boolean offload) {}

    private final Map<Course, Map<Contender, List<Double>>> megabits = new LinkedHashMap<>();

    /** In the order of the rounds, for each contender. */
    void add(Course course, Contender contender, double megabitsPerSecond) {
        megabits.computeIfAbsent(course, key -> new LinkedHashMap<>())
                .computeIfAbsent(contender, key -> new ArrayList<>())
                .add(megabitsPerSecond);
    }

    /** Medians, in brackets the least and the most; the ratio is that of each round. */
    String markdown() {
        StringBuilder text = new StringBuilder("""
                | TUN, MTU 1500 | bulk | Sojourn, Mbit/s | kernel TCP behind a TUN pair, Mbit/s | ratio |
                | --- | --- | ---: | ---: | ---: |
                """);
        for (boolean offload : new boolean[] {true, false}) {
            for (Way way : Way.values()) {
                text.append(row(new Course(way, offload)));
            }
        }
        return text.toString();
    }

    private String row(Course course) {
        Samples sojourn = samples(course, Contender.SOJOURN);
        Samples kernel = samples(course, Contender.KERNEL);
        return String.join(
                        " | ",
                        "| " + (course.offload() ? "vnet header (64 KiB segments)" : "plain packets"),
                        course.way() == Way.RECEIVE ? "receive" : "send",
                        sojourn.text(0),
                        kernel.text(0),
                        sojourn.dividedBy(kernel).text(2))
                + " |\n";
    }

    private Samples samples(Course course, Contender contender) {
        return new Samples(megabits.getOrDefault(course, Map.of()).getOrDefault(contender, List.of()));
    }
}
