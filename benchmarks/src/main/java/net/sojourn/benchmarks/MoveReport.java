package net.sojourn.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import net.sojourn.benchmarks.MoveResults.Figure;
import net.sojourn.benchmarks.MoveResults.Whole;

/** The Markdown and the drawings of a {@link MovesBench}. */
final class MoveReport {

    private static final String NOT_MEASURED = "–";
    private static final double SLACK_MILLIS = 2;
    private static final double TO_SERVER_RTT = 0.6;
    private static final double TO_LAPTOP_RTT = 1.1;

    private final String header;
    private final List<Integer> rttMillis;
    private final MoveResults results;

    MoveReport(String header, List<Integer> rttMillis, MoveResults results) {
        this.header = header;
        this.rttMillis = List.copyOf(rttMillis);
        this.results = results;
    }

    String markdown() {
        StringBuilder text = new StringBuilder("# Moves beside peers\n\n" + header + "\n\n## Goals\n\n");
        text.append("| goal | bound | reached | |\n| --- | ---: | ---: | --- |\n");
        for (int rtt : rttMillis) {
            text.append(goal(Figure.TO_SERVER, rtt, TO_SERVER_RTT)).append(goal(Figure.TO_LAPTOP, rtt, TO_LAPTOP_RTT));
            text.append(ahead(Figure.TO_SERVER, rtt)).append(ahead(Figure.TO_LAPTOP, rtt));
            text.append(notBehind(Figure.TO_SERVER, rtt)).append(notBehind(Figure.TO_LAPTOP, rtt));
        }
        for (Whole figure : Whole.values()) {
            text.append(whole(figure));
        }
        for (Figure figure : Figure.values()) {
            if (!isMeasured(figure)) {
                continue;
            }
            text.append("\n## ")
                    .append(figure.title)
                    .append("\n\nMedian in ms, in brackets the least and the most; then the")
                    .append(" median in round trips.\n\n| RTT |");
            for (Mobility mobility : Mobility.values()) {
                text.append(' ').append(mobility.title).append(" |");
            }
            text.append("\n| ---: |")
                    .append(" ---: |".repeat(Mobility.values().length))
                    .append('\n');
            for (int rtt : rttMillis) {
                text.append("| ").append(rtt).append(" ms |");
                for (Mobility mobility : Mobility.values()) {
                    text.append(' ').append(cell(figure, mobility, rtt)).append(" |");
                }
                text.append('\n');
            }
        }
        if (!results.failures().isEmpty()) {
            text.append("\n## Not measured\n\n");
            results.failures()
                    .forEach(failure -> text.append("- ").append(failure).append('\n'));
        }
        text.append("\n## Plots\n\n");
        drawings().keySet().forEach(file -> text.append("![](").append(file).append(")\n"));
        return text.toString();
    }

    private String cell(Figure figure, Mobility mobility, int rtt) {
        return samples(figure, mobility, rtt)
                .map(found -> String.format(Locale.ROOT, "%s, %.2f", found.text(1), found.median() / rtt))
                .orElse(NOT_MEASURED);
    }

    private Optional<Samples> samples(Figure figure, Mobility mobility, int rtt) {
        return results.of(figure, mobility, rtt).map(Samples::new);
    }

    private String goal(Figure figure, int rtt, double roundTrips) {
        double bound = roundTrips * rtt + SLACK_MILLIS;
        Optional<Samples> reached = samples(figure, Mobility.M2, rtt);
        String verdict = reached.map(found -> found.median() <= bound ? "met" : "**missed**")
                .orElse("not measured");
        return row(
                String.format(Locale.ROOT, "%s, %d ms: ≤ %.1f RTT + 2 ms", figure.title, rtt, roundTrips),
                String.format(Locale.ROOT, "%.1f", bound),
                reached.map(found -> found.text(1)).orElse(NOT_MEASURED),
                verdict);
    }

    private String ahead(Figure figure, int rtt) {
        return beside(figure, rtt, "ahead of", Mobility.MPTCP, (ours, theirs) -> ours < theirs);
    }

    private String notBehind(Figure figure, int rtt) {
        return beside(figure, rtt, "not behind", Mobility.QUIC, (ours, theirs) -> ours <= theirs);
    }

    private interface Judgement {
        boolean met(double ours, double theirs);
    }

    private String beside(Figure figure, int rtt, String relation, Mobility peer, Judgement judgement) {
        Optional<Samples> ours = samples(figure, Mobility.M2, rtt);
        Optional<Samples> theirs = samples(figure, peer, rtt);
        String verdict = ours.isEmpty() || theirs.isEmpty()
                ? "not measured"
                : judgement.met(ours.get().median(), theirs.get().median()) ? "met" : "**missed**";
        return row(
                figure.title + ", " + rtt + " ms: " + relation + " " + peer.title,
                theirs.map(found -> String.format(Locale.ROOT, "%.1f", found.median()))
                        .orElse(NOT_MEASURED),
                ours.map(found -> found.text(1)).orElse(NOT_MEASURED),
                verdict);
    }

    private boolean isMeasured(Figure figure) {
        return Stream.of(Mobility.values()).anyMatch(mobility -> rttMillis.stream()
                .anyMatch(rtt -> results.of(figure, mobility, rtt).isPresent()));
    }

    private String whole(Whole figure) {
        Optional<Samples> reached = results.of(figure).map(Samples::new);
        String format = "%." + figure.decimals + "f";
        String verdict = reached.map(found -> figure.bound == 0
                        ? ""
                        : figure.isMetBy(found.median()) ? "met" : "**missed**: " + figure.reason)
                .orElse("not measured");
        return row(
                figure.title,
                figure.bound == 0 ? NOT_MEASURED : String.format(Locale.ROOT, format, figure.bound),
                reached.map(found -> found.text(figure.decimals)).orElse(NOT_MEASURED),
                verdict);
    }

    private static String row(String... cells) {
        return "| " + String.join(" | ", cells) + " |\n";
    }

    /** File name to SVG. */
    Map<String, String> drawings() {
        Map<String, String> drawings = new LinkedHashMap<>();
        for (Figure figure : Figure.values()) {
            for (int rtt : rttMillis) {
                List<BarChart.Bar> bars = new ArrayList<>();
                for (Mobility mobility : Mobility.values()) {
                    samples(figure, mobility, rtt)
                            .ifPresent(found ->
                                    bars.add(new BarChart.Bar(mobility.title, found, mobility == Mobility.M2)));
                }
                if (bars.size() > 1) {
                    String file =
                            "moves-" + figure.name().toLowerCase(Locale.ROOT).replace('_', '-') + "-" + rtt + ".svg";
                    drawings.put(file, BarChart.svg(figure.title + ", RTT " + rtt + " ms", "ms", 1, bars));
                }
            }
        }
        return drawings;
    }
}
