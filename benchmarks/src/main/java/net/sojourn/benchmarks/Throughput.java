package net.sojourn.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import net.sojourn.benchmarks.ThroughputTable.Course;
import net.sojourn.testbed.TestbedException;

/**
 * Bulk text over one connection, Sojourn against kernel TCP, in rounds that alternate between them. Only the ratio within
 * one run means anything: both share the machine's processors with the driver. Options: {@code --rounds N} (3), {@code
 * --seconds S} for each figure (4), {@code --output FILE} for the table as Markdown, which is printed in any case.
 * Needs root.
 */
public final class Throughput {

    private static final double WARM_UP_SECONDS = 2;

    private Throughput() {}

    /** What was asked for. */
    record Options(int rounds, double seconds, String output) {

        static final String USAGE = "usage: throughput [--rounds N] [--seconds S] [--output FILE]";

        /** @throws IllegalArgumentException with the usage */
        static Options parse(String... arguments) {
            int rounds = 3;
            double seconds = 4;
            String output = "";
            for (int i = 0; i < arguments.length; i += 2) {
                if (i + 1 == arguments.length) {
                    throw new IllegalArgumentException(arguments[i] + " without a value; " + USAGE);
                }
                String value = arguments[i + 1];
                switch (arguments[i]) {
                    case "--rounds" -> rounds = Integer.parseInt(value);
                    case "--seconds" -> seconds = Double.parseDouble(value);
                    case "--output" -> output = value;
                    default -> throw new IllegalArgumentException("unknown option " + arguments[i] + "; " + USAGE);
                }
            }
            if (rounds < 1 || !(seconds > 0)) {
                throw new IllegalArgumentException("at least one round and some time are needed; " + USAGE);
            }
            return new Options(rounds, seconds, output);
        }
    }

    public static void main(String[] arguments) throws IOException {
        Options options;
        try {
            options = Options.parse(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        try {
            String markdown = describe(options) + "\n" + run(options).markdown();
            System.out.println("\n" + markdown);
            if (!options.output().isEmpty()) {
                Files.writeString(Path.of(options.output()), markdown);
            }
        } catch (TestbedException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    private static ThroughputTable run(Options options) {
        ThroughputTable table = new ThroughputTable();
        for (int round = 1; round <= options.rounds(); round++) {
            List<Contender> order = new ArrayList<>(List.of(Contender.values()));
            if (round % 2 == 0) {
                Collections.reverse(order);
            }
            for (boolean offload : new boolean[] {true, false}) {
                for (Contender contender : order) {
                    measure(table, round, contender, offload, options.seconds());
                }
            }
        }
        return table;
    }

    private static void measure(
            ThroughputTable table, int round, Contender contender, boolean offload, double seconds) {
        try (Arena arena = new Arena(contender, offload)) {
            for (Way way : Way.values()) {
                double megabits = arena.measure(way, WARM_UP_SECONDS, seconds);
                table.add(new Course(way, offload), contender, megabits);
                System.out.printf(
                        Locale.ROOT,
                        "round %d, %s, %s, %s: %.1f Mbit/s%n",
                        round,
                        contender.title,
                        offload ? "vnet header" : "plain packets",
                        way.name().toLowerCase(Locale.ROOT),
                        megabits);
            }
        }
    }

    private static String describe(Options options) {
        return String.format(
                Locale.ROOT,
                "One connection, text only; medians of %d alternating rounds of %.0f s after %.0f s of warm-up, in brackets"
                        + " the least and the most; the ratio is round by round. %d processors for everything, Linux %s,"
                        + " Java %s.%n",
                options.rounds(),
                options.seconds(),
                WARM_UP_SECONDS,
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.version").replaceFirst("^(\\d+\\.\\d+).*", "$1"),
                System.getProperty("java.version"));
    }
}
