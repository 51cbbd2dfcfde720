package net.sojourn.stack.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/**
 * All that decides a run: who there is, how their links behave, who sends what to whom, what changes meanwhile, and what
 * befalls which packet. Its text is the script that a failed run prints; {@link #parse} reads it again.
 *
 * @param seed of the hosts' randomness, and of the links' where {@code fixed} is false
 * @param fixed whether just the {@code misfortunes} befall packets, and nothing by chance
 */
record Scenario(
        long seed,
        boolean fixed,
        List<HostPart> hosts,
        List<Transfer> transfers,
        List<Change> changes,
        List<Misfortune> misfortunes) {

    /** One host and the link between it and the router, alike in both directions. */
    record HostPart(
            boolean ipv6,
            boolean sack,
            boolean timestamps,
            boolean scaling,
            int receiveBytes,
            String congestion,
            long delayMicros,
            long bitsPerSecond,
            int queueBytes,
            double loss,
            double becomesBad,
            double becomesGood,
            double badLoss,
            double duplication,
            double corruption,
            double reordering,
            long reorderMicros) {

        private String text() {
            StringJoiner words = new StringJoiner(" ");
            words.add("host").add(ipv6 ? "ipv6" : "ipv4").add("sack=" + sack).add("timestamps=" + timestamps);
            words.add("scaling=" + scaling).add("receive=" + receiveBytes).add("congestion=" + congestion);
            words.add("delay=" + delayMicros).add("rate=" + bitsPerSecond).add("queue=" + queueBytes);
            words.add("loss=" + loss)
                    .add("bad=" + becomesBad)
                    .add("good=" + becomesGood)
                    .add("badloss=" + badLoss);
            words.add("double=" + duplication).add("corrupt=" + corruption);
            words.add("reorder=" + reordering).add("by=" + reorderMicros);
            return words.toString();
        }

        private static HostPart parse(Words w) {
            return new HostPart(
                    w.word().equals("ipv6"),
                    w.flag("sack"),
                    w.flag("timestamps"),
                    w.flag("scaling"),
                    (int) w.number("receive"),
                    w.value("congestion"),
                    w.number("delay"),
                    w.number("rate"),
                    (int) w.number("queue"),
                    w.fraction("loss"),
                    w.fraction("bad"),
                    w.fraction("good"),
                    w.fraction("badloss"),
                    w.fraction("double"),
                    w.fraction("corrupt"),
                    w.fraction("reorder"),
                    w.number("by"));
        }
    }

    /** One connection; each end sends, then closes. The server does not read from {@code pauseMicros} on for a while. */
    record Transfer(
            int client, int server, long atMicros, int upBytes, int downBytes, long pauseMicros, long pauseForMicros) {

        private String text() {
            return "transfer from=" + client + " to=" + server + " at=" + atMicros + " up=" + upBytes + " down="
                    + downBytes + " pause=" + pauseMicros + " for=" + pauseForMicros;
        }

        private static Transfer parse(Words w) {
            return new Transfer(
                    (int) w.number("from"),
                    (int) w.number("to"),
                    w.number("at"),
                    (int) w.number("up"),
                    (int) w.number("down"),
                    w.number("pause"),
                    w.number("for"));
        }
    }

    enum Kind {
        /** The link's MTU is {@code value} from now on. */
        MTU,
        /** The router says nothing of packets that are too big, for {@code value} microseconds: an ICMP black hole. */
        SILENCE,
        /** Nothing passes for {@code value} microseconds. */
        CUT,
        /** The link's rate is {@code value} bit/s from now on. */
        RATE,
        /** The link's delay is {@code value} microseconds from now on. */
        DELAY
    }

    /** What happens to one host's link at some time. */
    record Change(long atMicros, int host, Kind kind, long value) {

        private String text() {
            return "change at=" + atMicros + " host=" + host + " " + kind.name().toLowerCase(Locale.ROOT) + "=" + value;
        }

        private static Change parse(Words w) {
            long at = w.number("at");
            int host = (int) w.number("host");
            String[] keyAndValue = w.word().split("=");
            return new Change(
                    at, host, Kind.valueOf(keyAndValue[0].toUpperCase(Locale.ROOT)), Long.parseLong(keyAndValue[1]));
        }
    }

    enum Fate {
        LOSE,
        DOUBLE,
        /** The bit {@code value} is flipped. */
        CORRUPT,
        /** It comes {@code value} microseconds late. */
        LATE
    }

    /** What befalls the packet with that number in that direction of a link; the first is 0. */
    record Misfortune(int host, boolean up, long packet, Fate fate, long value) {

        private String text() {
            return fate.name().toLowerCase(Locale.ROOT) + " host=" + host + " up=" + up + " packet=" + packet
                    + " value=" + value;
        }

        private static Misfortune parse(Fate fate, Words w) {
            return new Misfortune((int) w.number("host"), w.flag("up"), w.number("packet"), fate, w.number("value"));
        }
    }

    // ---- as text

    private static final class Words {

        private final String[] all;
        private int next = 1;

        Words(String line) {
            all = line.trim().split(" +");
        }

        String word() {
            return all[next++];
        }

        String value(String key) {
            String word = word();
            if (!word.startsWith(key + "=")) {
                throw new IllegalArgumentException(key + "= expected, not " + word);
            }
            return word.substring(key.length() + 1);
        }

        boolean flag(String key) {
            return Boolean.parseBoolean(value(key));
        }

        long number(String key) {
            return Long.parseLong(value(key));
        }

        double fraction(String key) {
            return Double.parseDouble(value(key));
        }
    }

    @Override
    public String toString() {
        List<String> lines = new ArrayList<>();
        lines.add((fixed ? "fixed seed=" : "chance seed=") + seed);
        hosts.forEach(part -> lines.add(part.text()));
        transfers.forEach(part -> lines.add(part.text()));
        changes.forEach(part -> lines.add(part.text()));
        misfortunes.forEach(part -> lines.add(part.text()));
        return lines.stream().collect(Collectors.joining("\n", "", "\n"));
    }

    static Scenario parse(String text) {
        Scenario all =
                new Scenario(0, false, new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        long seed = 0;
        boolean fixed = false;
        for (String line : text.split("\n")) {
            Words words = new Words(line);
            String kind = line.trim().split(" ")[0];
            switch (kind) {
                case "", "#" -> {}
                case "fixed", "chance" -> {
                    fixed = kind.equals("fixed");
                    seed = words.number("seed");
                }
                case "host" -> all.hosts.add(HostPart.parse(words));
                case "transfer" -> all.transfers.add(Transfer.parse(words));
                case "change" -> all.changes.add(Change.parse(words));
                default -> all.misfortunes.add(Misfortune.parse(Fate.valueOf(kind.toUpperCase(Locale.ROOT)), words));
            }
        }
        return new Scenario(seed, fixed, all.hosts, all.transfers, all.changes, all.misfortunes);
    }

    // ---- variations

    Scenario hosts(List<HostPart> value) {
        return new Scenario(seed, fixed, value, transfers, changes, misfortunes);
    }

    Scenario transfers(List<Transfer> value) {
        return new Scenario(seed, fixed, hosts, value, changes, misfortunes);
    }

    Scenario changes(List<Change> value) {
        return new Scenario(seed, fixed, hosts, transfers, value, misfortunes);
    }

    /** Just these from now on, and nothing by chance. */
    Scenario misfortunes(List<Misfortune> value) {
        return new Scenario(seed, true, hosts, transfers, changes, value);
    }
}
