package net.sojourn.benchmarks;

import java.util.List;
import java.util.Locale;

/** A drawing of medians as bars, with a line from the least to the most: a whole SVG file that needs no font or style. */
final class BarChart {

    private static final int LABEL_WIDTH = 170;
    private static final int BAR_WIDTH = 420;
    private static final int VALUE_WIDTH = 110;
    private static final int ROW_HEIGHT = 30;
    private static final int TOP = 44;
    private static final String OURS = "#1f6f8b";
    private static final String OTHERS = "#b5bec6";

    private BarChart() {}

    /** One bar; {@code ours} has a colour of its own. */
    record Bar(String label, Samples samples, boolean ours) {}

    /** @param bars at least one */
    static String svg(String title, String unit, int decimals, List<Bar> bars) {
        double scale =
                bars.stream().mapToDouble(bar -> bar.samples().most()).max().orElseThrow();
        int width = LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH;
        int height = TOP + bars.size() * ROW_HEIGHT + 10;
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                        + " font-size=\"13\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n"
                        + "<text x=\"10\" y=\"24\" font-size=\"15\">%s (%s)</text>%n",
                width,
                height,
                escape(title),
                escape(unit)));
        int y = TOP;
        for (Bar bar : bars) {
            svg.append(row(bar, y, scale > 0 ? BAR_WIDTH / scale : 0, decimals));
            y += ROW_HEIGHT;
        }
        return svg.append("</svg>\n").toString();
    }

    private static String row(Bar bar, int y, double pixelsEach, int decimals) {
        Samples samples = bar.samples();
        double end = LABEL_WIDTH + samples.most() * pixelsEach;
        return String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n"
                        + "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"18\" fill=\"%s\"/>%n"
                        + "<path d=\"M%.1f %d H%.1f\" stroke=\"black\"/>%n"
                        + "<text x=\"%.1f\" y=\"%d\">%." + decimals + "f</text>%n",
                LABEL_WIDTH - 8,
                y + 14,
                escape(bar.label()),
                LABEL_WIDTH,
                y,
                samples.median() * pixelsEach,
                bar.ours() ? OURS : OTHERS,
                LABEL_WIDTH + samples.least() * pixelsEach,
                y + 9,
                end,
                end + 6,
                y + 14,
                samples.median());
    }

    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }
}
