package net.sojourn.cli.demo;

import java.io.PrintWriter;
import java.util.Locale;

/**
 * What the watcher sees: lines of the timeline as things happen, and below them a progress bar; without a terminal the bar
 * is a line for every tenth. Any thread.
 */
final class Screen {

    private static final int BAR_WIDTH = 30;
    private static final int TENTHS = 10;

    private final PrintWriter out;
    private final boolean terminal;
    private final long startNanos = System.nanoTime();
    private String bar = "";
    private int lastTenth;

    Screen(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    synchronized void heading(String text) {
        line("");
        line(text);
    }

    synchronized void line(String text) {
        if (terminal && !bar.isEmpty()) {
            out.print("\r" + " ".repeat(bar.length()) + "\r");
        }
        out.println(text);
        if (terminal) {
            out.print(bar);
        }
        out.flush();
    }

    /** A line of the timeline. */
    void event(long nanos, String host, String text) {
        line(String.format(Locale.ROOT, "%9.3f s  %-8s %s", (nanos - startNanos) / 1e9, host, text));
    }

    synchronized void progress(long done, long all, double megabitsPerSecond) {
        int percent = (int) (100 * done / all);
        String figures = String.format(
                Locale.ROOT,
                "%3d %%  %5.1f of %.1f MB  %5.1f Mbit/s",
                percent,
                done / 1e6,
                all / 1e6,
                megabitsPerSecond);
        if (terminal) {
            int filled = BAR_WIDTH * percent / 100;
            String next = "[" + "#".repeat(filled) + "-".repeat(BAR_WIDTH - filled) + "] " + figures;
            out.print("\r" + next + " ".repeat(Math.max(0, bar.length() - next.length())));
            bar = next;
            out.flush();
        } else if (percent / TENTHS != lastTenth) {
            lastTenth = percent / TENTHS;
            line("                      copy     " + figures);
        }
    }

    /** The bar has served. */
    synchronized void endProgress() {
        if (terminal && !bar.isEmpty()) {
            out.println();
            out.flush();
        }
        bar = "";
        lastTenth = 0;
    }
}
