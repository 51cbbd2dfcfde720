package net.sojourn.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The Markdown and the drawings of a {@link Bench}. */
final class Report {

    private static final String NOT_MEASURED = "–";

    private final String header;
    private final Results results;

    /** @param header how and where it was measured, as Markdown */
    Report(String header, Results results) {
        this.header = header;
        this.results = results;
    }

    String markdown() {
        StringBuilder text = new StringBuilder("# Sojourn beside its peers\n\n" + header + "\n");
        text.append("\n## Goals\n\n").append(goals());
        text.append("\n## Figures\n\nMedian, in brackets the least and the most.\n\n")
                .append(figures());
        if (!results.ceilings().isEmpty()) {
            text.append("\n## What the TUN itself allows\n\nOne system call for each packet and nothing else.\n\n");
            text.append("| program | Gbit/s |\n| --- | ---: |\n");
            results.ceilings()
                    .forEach((ceiling, samples) -> text.append(row(List.of(ceiling.toString(), samples.text(2)))));
        }
        list(text, "Disturbed", results.disturbances());
        list(text, "Not measured", results.failures());
        text.append("\n## Plots\n\n");
        drawings().keySet().forEach(file -> text.append("![](").append(file).append(")\n"));
        return text.toString();
    }

    private static void list(StringBuilder text, String title, List<String> items) {
        if (!items.isEmpty()) {
            text.append("\n## ").append(title).append("\n\n");
            items.forEach(item -> text.append("- ").append(item).append('\n'));
        }
    }

    private String goals() {
        StringBuilder text = new StringBuilder(
                "The ratio is round by round.\n\n| goal | bound | reached | |\n| --- | ---: | ---: | --- |\n");
        for (Goal goal : Goal.ALL) {
            Optional<Samples> reached = goal.reached(results);
            String verdict = reached.map(samples -> goal.met(samples) ? "met" : "**missed**: " + goal.reason())
                    .orElse("not measured");
            String title = goal.title()
                    + (goal.over().isPresent() && goal.contender() != Contender.SOJOURN
                            ? " (× " + goal.contender().title + ")"
                            : "");
            text.append(row(List.of(
                    title,
                    goal.boundText(),
                    reached.map(samples -> samples.text(2)).orElse(NOT_MEASURED),
                    verdict)));
        }
        return text.toString();
    }

    private String figures() {
        List<String> head = new ArrayList<>(List.of("figure", "unit"));
        Arrays.stream(Contender.values()).forEach(contender -> head.add(contender.title));
        StringBuilder text = new StringBuilder(row(head));
        text.append("| --- | --- |")
                .append(" ---: |".repeat(Contender.values().length))
                .append('\n');
        for (Figure figure : Figure.values()) {
            List<String> cells = new ArrayList<>(List.of(figure.title, figure.unit));
            for (Contender contender : Contender.values()) {
                cells.add(results.of(figure, contender)
                        .map(samples -> samples.text(figure.decimals))
                        .orElse(NOT_MEASURED));
            }
            if (cells.stream().skip(2).anyMatch(cell -> !cell.equals(NOT_MEASURED))) {
                text.append(row(cells));
            }
        }
        return text.toString();
    }

    /** File name to SVG, one for each figure that at least two contenders have. */
    Map<String, String> drawings() {
        Map<String, String> drawings = new LinkedHashMap<>();
        for (Figure figure : Figure.values()) {
            List<BarChart.Bar> bars = new ArrayList<>();
            for (Contender contender : Contender.values()) {
                results.of(figure, contender)
                        .ifPresent(samples ->
                                bars.add(new BarChart.Bar(contender.title, samples, contender == Contender.SOJOURN)));
            }
            if (bars.size() > 1) {
                String file = "bench-" + figure.name().toLowerCase(Locale.ROOT).replace('_', '-') + ".svg";
                drawings.put(file, BarChart.svg(figure.title, figure.unit, figure.decimals, bars));
            }
        }
        return drawings;
    }

    private static String row(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |\n";
    }
}
