package net.sojourn.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * A drawing of where time goes: a whole SVG file from collapsed stacks, one a line, such as {@code main;work;read 17}.
 * Roots stand below, widths are shares, names and shares show when pointed at. What is narrower than a pixel is left out.
 * Arguments: the file of stacks, the file to write, a title.
 */
final class FlameGraph {

    private static final int WIDTH = 1200;
    private static final int ROW_HEIGHT = 17;
    private static final int TOP = 40;
    private static final double LEAST_WIDTH = 1.5;
    private static final double CHARACTER_WIDTH = 6.6;
    private static final String KERNEL = "#c8793a";
    private static final String OURS = "#1f6f8b";
    private static final String OTHERS = "#b5bec6";

    private FlameGraph() {}

    public static void main(String[] arguments) throws IOException {
        Path stacks = Path.of(arguments[0]);
        Files.writeString(Path.of(arguments[1]), svg(arguments[2], Files.readAllLines(stacks)));
    }

    /** @throws IllegalArgumentException if a line is no stack with a number behind it */
    static String svg(String title, List<String> stacks) {
        Frame all = new Frame("all");
        for (String line : stacks) {
            int space = line.lastIndexOf(' ');
            if (space < 0) {
                throw new IllegalArgumentException("not a stack and a number: " + line);
            }
            all.add(line.substring(0, space).split(";"), Long.parseLong(line.substring(space + 1)));
        }
        StringBuilder frames = new StringBuilder();
        int depth = all.depth((double) all.samples / WIDTH * LEAST_WIDTH);
        int height = TOP + depth * ROW_HEIGHT + 6;
        draw(frames, all, 0, (double) WIDTH / Math.max(1, all.samples), height - 6 - ROW_HEIGHT, all.samples);
        return String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"monospace\""
                        + " font-size=\"11\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n"
                        + "<text x=\"8\" y=\"24\" font-size=\"15\" font-family=\"sans-serif\">%s</text>%n%s</svg>%n",
                WIDTH,
                height,
                BarChart.escape(title),
                frames);
    }

    private static void draw(StringBuilder out, Frame frame, double x, double pixelsEach, int y, long total) {
        double width = frame.samples * pixelsEach;
        if (width < LEAST_WIDTH) {
            return;
        }
        String name = frame.name.replace('/', '.').replace("net.sojourn.", "");
        int characters = (int) (width / CHARACTER_WIDTH) - 1;
        String shown = characters < 3 ? "" : name.length() <= characters ? name : name.substring(0, characters);
        out.append(String.format(
                Locale.ROOT,
                "<g><title>%s: %.1f %%</title><rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\""
                        + " stroke=\"white\"/><text x=\"%.1f\" y=\"%d\" fill=\"%s\">%s</text></g>%n",
                BarChart.escape(name),
                100.0 * frame.samples / total,
                x,
                y,
                width,
                ROW_HEIGHT,
                colour(frame.name),
                x + 3,
                y + 12,
                colour(frame.name).equals(OTHERS) ? "black" : "white",
                BarChart.escape(shown)));
        double at = x;
        for (Frame child : frame.children.values()) {
            draw(out, child, at, pixelsEach, y - ROW_HEIGHT, total);
            at += child.samples * pixelsEach;
        }
    }

    private static String colour(String name) {
        return name.endsWith("_[k]") ? KERNEL : name.startsWith("net/sojourn") ? OURS : OTHERS;
    }

    private static final class Frame {

        final String name;
        final TreeMap<String, Frame> children = new TreeMap<>();
        long samples;

        Frame(String name) {
            this.name = name;
        }

        void add(String[] stack, long count) {
            Frame frame = this;
            frame.samples += count;
            for (String each : stack) {
                frame = frame.children.computeIfAbsent(each, Frame::new);
                frame.samples += count;
            }
        }

        /** Rows that have something wide enough. */
        int depth(double leastSamples) {
            return 1
                    + children.values().stream()
                            .filter(child -> child.samples >= leastSamples)
                            .mapToInt(child -> child.depth(leastSamples))
                            .max()
                            .orElse(0);
        }
    }
}
