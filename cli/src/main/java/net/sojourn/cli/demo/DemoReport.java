package net.sojourn.cli.demo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a demo has shown. Immutable.
 *
 * @param moves each change of network under a running transfer
 * @param copies each file that was copied
 * @param checks what else had to be true
 * @param captures a pcap file a host
 */
record DemoReport(List<MoveReport> moves, List<Copy> copies, List<Check> checks, List<Path> captures) {

    DemoReport {
        moves = List.copyOf(moves);
        copies = List.copyOf(copies);
        checks = List.copyOf(checks);
        captures = List.copyOf(captures);
    }

    /**
     * Milliseconds since the new address appeared; below 0 when it did not happen.
     *
     * @param roundTripMillis of the path after the move
     */
    record MoveReport(
            String title,
            double roundTripMillis,
            double switchedMillis,
            double firstOctetMillis,
            double recordSeenMillis) {

        boolean moved() {
            return switchedMillis >= 0 && firstOctetMillis >= 0;
        }

        boolean nameFollowed() {
            return recordSeenMillis >= 0;
        }
    }

    /** @param problem empty if it was complete and equal */
    record Copy(String title, long octets, double seconds, String expectedSha256, String sha256, String problem) {

        boolean equal() {
            return problem.isEmpty() && expectedSha256.equals(sha256);
        }
    }

    /** @param detail what was seen */
    record Check(String title, boolean holds, String detail) {}

    boolean allTrue() {
        return moves.stream().allMatch(move -> move.moved() && move.nameFollowed())
                && copies.stream().allMatch(Copy::equal)
                && checks.stream().allMatch(Check::holds);
    }

    /** For people: one line a fact. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (Copy copy : copies) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%-4s %s: %.1f MB in %.1f s, SHA-256 %s%s",
                    word(copy.equal()),
                    copy.title(),
                    copy.octets() / 1e6,
                    copy.seconds(),
                    copy.equal() ? "equal at both ends " + copy.sha256().substring(0, 16) + "..." : "DIFFERENT",
                    copy.problem().isEmpty() ? "" : " (" + copy.problem() + ")"));
        }
        for (MoveReport move : moves) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%-4s %s: path switched after %s, first new octet after %s, record seen after %s",
                    word(move.moved() && move.nameFollowed()),
                    move.title(),
                    after(move.switchedMillis(), move),
                    after(move.firstOctetMillis(), move),
                    move.recordSeenMillis() < 0
                            ? "NEVER"
                            : String.format(Locale.ROOT, "%.1f ms", move.recordSeenMillis())));
        }
        for (Check check : checks) {
            lines.add(word(check.holds()) + "   " + check.title()
                    + (check.detail().isEmpty() ? "" : ": " + check.detail()));
        }
        lines.add("connections moved "
                + moves.stream().filter(MoveReport::moved).count() + " of " + moves.size() + ", DNS right "
                + moves.stream().filter(MoveReport::nameFollowed).count() + " of " + moves.size());
        captures.forEach(file -> lines.add("packets: " + file));
        return lines;
    }

    private static String word(boolean good) {
        return good ? "ok" : "FAIL";
    }

    private static String after(double millis, MoveReport move) {
        return millis < 0
                ? "NEVER"
                : String.format(Locale.ROOT, "%.1f ms = %.1f RTT", millis, millis / move.roundTripMillis());
    }
}
