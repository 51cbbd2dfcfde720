package net.sojourn.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import net.sojourn.benchmarks.MoveArena.Silence;
import net.sojourn.benchmarks.MoveResults.Figure;
import net.sojourn.benchmarks.MoveResults.Whole;
import net.sojourn.testbed.TestbedException;
import net.sojourn.testbed.netns.JavaProgram;

/**
 * How soon text flows again when a laptop changes its network: Sojourn's daemons, kernel MPTCP, QUIC and an application
 * that reconnects, on the same emulated links, in rounds that alternate their order. Writes {@code moves-report.md} and drawings.
 * Needs root.
 */
public final class MovesBench {

    /** What may be chosen. */
    public enum Part {
        /** How long one conversation is silent, beside its peers. */
        SILENCE,
        /** How long it takes until all of 10,000 connections have moved. */
        MANY,
        /** What a move takes from a download. */
        GOODPUT
    }

    private static final int MOVES_A_ROUND = 3;
    private static final String RESULT = "result ";
    private static final int MINUTES_FOR_A_PART = 4;
    private static final List<String> JVM_FLAGS = List.of(
            "-XX:+UseSerialGC",
            "-Xms768m",
            "-Xmx1g",
            "-Xmn256m",
            "-XX:MaxDirectMemorySize=1g",
            "--enable-native-access=ALL-UNNAMED");

    private final List<Mobility> mobilities;
    private final List<Integer> rttMillis;
    private final int rounds;
    private final MoveResults results = new MoveResults();

    private MovesBench(Set<Mobility> mobilities, List<Integer> rttMillis, int rounds) {
        this.mobilities = List.copyOf(mobilities);
        this.rttMillis = List.copyOf(rttMillis);
        this.rounds = rounds;
    }

    /**
     * @param only of these alone; of all if there is none
     * @throws IOException if the report cannot be written
     */
    public static void run(Set<Part> parts, Set<Mobility> only, List<Integer> rttMillis, int rounds, Path folder)
            throws IOException {
        Files.createDirectories(folder);
        Set<Mobility> mobilities = only.isEmpty() ? EnumSet.allOf(Mobility.class) : EnumSet.copyOf(only);
        MovesBench bench = new MovesBench(mobilities, rttMillis, rounds);
        for (int round = 1; round <= rounds; round++) {
            if (parts.contains(Part.MANY)) {
                bench.apart(ManyMoves.class, round);
            }
            if (parts.contains(Part.GOODPUT)) {
                bench.apart(GoodputOverMove.class, round);
            }
            if (parts.contains(Part.SILENCE)) {
                bench.round(round);
            }
        }
        MoveReport report = new MoveReport(bench.header(), bench.rttMillis, bench.results);
        Files.writeString(folder.resolve("moves-report.md"), report.markdown());
        for (Map.Entry<String, String> drawing : report.drawings().entrySet()) {
            Files.writeString(folder.resolve(drawing.getKey()), drawing.getValue());
        }
        System.out.println("\n" + report.markdown());
    }

    /** For a program that measures: how it tells {@link #apart}. */
    static void print(Whole figure, double value) {
        System.out.println(RESULT + figure + " " + value);
    }

    /** In a Java of its own, which has met none of this before. */
    private void apart(Class<?> program, int round) throws IOException {
        Process process = new ProcessBuilder(JavaProgram.command(JVM_FLAGS, program))
                .redirectErrorStream(true)
                .start();
        List<String> said = new ArrayList<>();
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                said.add(line);
                if (line.startsWith(RESULT)) {
                    System.out.println(line.substring(RESULT.length()));
                    String[] words = line.split(" ");
                    results.add(Whole.valueOf(words[1]), Double.parseDouble(words[2]));
                }
            }
            if (!process.waitFor(MINUTES_FOR_A_PART, TimeUnit.MINUTES) || process.exitValue() != 0) {
                results.failed(program.getSimpleName() + ", round " + round + ": "
                        + String.join(" ", said.subList(Math.max(0, said.size() - 3), said.size())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroy();
        }
    }

    private void round(int round) {
        List<Mobility> order = new ArrayList<>(mobilities);
        if (round % 2 == 0) {
            Collections.reverse(order);
        }
        for (int rtt : rttMillis) {
            for (Mobility mobility : order) {
                try {
                    moves(mobility, rtt);
                } catch (IOException | TestbedException e) {
                    String what = mobility.title + ", RTT " + rtt + " ms, round " + round + ": " + e.getMessage();
                    results.failed(what.replace('\n', ' '));
                    System.out.println(what);
                }
            }
        }
    }

    private void moves(Mobility mobility, int rtt) throws IOException {
        int moves = mobility.movesOnlyOnce() ? 1 : MOVES_A_ROUND;
        for (int done = 0; done < MOVES_A_ROUND; done += moves) {
            try (MoveArena arena = new MoveArena(mobility, rtt)) {
                for (int i = 0; i < moves; i++) {
                    record(mobility, rtt, arena.afterBreak(), Figure.TO_SERVER, Figure.TO_LAPTOP);
                }
                if (!mobility.movesOnlyOnce()) {
                    for (int i = 0; i < moves; i++) {
                        record(mobility, rtt, arena.beforeBreak(), Figure.GAP_TO_SERVER, Figure.GAP_TO_LAPTOP);
                    }
                }
            }
            if (mobility.movesOnlyOnce()) {
                try (MoveArena arena = new MoveArena(mobility, rtt)) {
                    record(mobility, rtt, arena.beforeBreak(), Figure.GAP_TO_SERVER, Figure.GAP_TO_LAPTOP);
                }
            }
        }
    }

    private void record(Mobility mobility, int rtt, Silence silence, Figure toServer, Figure toLaptop) {
        results.add(toServer, mobility, rtt, silence.toServerMillis());
        results.add(toLaptop, mobility, rtt, silence.toLaptopMillis());
        System.out.printf(
                Locale.ROOT,
                "%s, RTT %d ms, %s %.1f ms, %s %.1f ms%n",
                mobility.title,
                rtt,
                toServer.title,
                silence.toServerMillis(),
                toLaptop.title,
                silence.toLaptopMillis());
    }

    private String header() {
        return String.format(
                Locale.ROOT,
                "A laptop with two networks and a server; both networks have the same round-trip time and 100 Mbit/s. Both"
                        + " ends write 16 octets each millisecond. After a break: the old network has been gone for half a"
                        + " second; from the moment when the command that sets address and route of the new one has ended to the first"
                        + " arrival."
                        + " Before the break: the new network comes first, the old one goes five round trips later; the"
                        + " longest time without an arrival. Sojourn's daemons see a break in the kernel and decide; before it"
                        + " the laptop's is asked to move, as a person may;"
                        + " for MPTCP the clock starts when its endpoint has been announced; the reconnecting application"
                        + " is told at once. QUIC's client has a socket without an address and does not ask for a migration, which"
                        + " its library cannot; it has a new connection for each move. %d rounds of %d moves, order alternating."
                        + " %d processors, Linux %s, Java %s. For 10,000 connections and for goodput both ends are stacks in one"
                        + " process, over one link of 50 ms, without a rate and with 50 Mbit/s and a queue of 50 ms; the devices"
                        + " hold 20,000 packets; of the 10,000 the process has rehearsed moves, as a daemon does when it starts.",
                rounds,
                MOVES_A_ROUND,
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.version").replaceFirst("^(\\d+\\.\\d+).*", "$1"),
                System.getProperty("java.version"));
    }
}
