package net.sojourn.benchmarks;

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
import net.sojourn.benchmarks.Arena.Place;
import net.sojourn.testbed.TestbedException;
import net.sojourn.testbed.peers.PeerBuild;
import net.sojourn.testbed.peers.PeerProgram;

/**
 * The whole comparison of Sojourn with lwIP, gVisor's netstack and kernel TCP, in namespaces that it makes and removes, in
 * rounds that alternate the order of the contenders. Only ratios within one run mean anything: all share the machine's
 * processors with the driver. Writes {@code bench-report.md} and its drawings. Needs root and {@link PeerBuild#PACKAGES}.
 */
public final class Bench {

    /** Long enough for windows and buffers to have grown. */
    private static final double WARM_UP_SECONDS = 3;

    /** Long enough for a Java program to be compiled, beside a driver and its own threads that want all processors. */
    private static final double JAVA_WARM_UP_SECONDS = 6;

    /** What others may have of the processors before a figure of bulk text says more of them than of the contender. */
    private static final double UNDISTURBED = 0.05;

    /** More of its code is in use, and each part of it less often. */
    private static final double CONNECTIONS_WARM_UP_SECONDS = 8;

    private static final int BUSY_POLL_MICROS = 50;
    private static final int FEW_CONNECTIONS = 10;
    /** The kernel counts what is user mode in ticks of some milliseconds: enough for hundreds of them. */
    private static final int SEGMENTS = 200_000;

    private static final int LARGE_MTU_BYTES = 65_535;
    /** Netstack's and lwIP's goodput is not a goal, and 30 s each are long. */
    private static final Set<Contender> LOSS_CONTENDERS = EnumSet.of(Contender.SOJOURN, Contender.KERNEL);

    private final Effort effort;
    private final Peers peers;
    private final Results results = new Results();
    private int round;

    /** Groups of figures that are measured together. */
    public enum Measure {
        BULK,
        PLAIN,
        LARGE,
        ECHO,
        CONNECTIONS,
        IDLE,
        LOSS,
        CEILING
    }

    /**
     * How long and how often.
     *
     * @param seconds for each figure of throughput
     * @param idleConnections how many are held open to count their memory
     */
    public record Effort(
            int rounds, double seconds, double lossSeconds, int idleConnections, int echoes, Set<Measure> measures) {

        public static final Effort QUICK =
                new Effort(1, 1.5, 8, 2_000, 10_000, EnumSet.complementOf(EnumSet.of(Measure.LARGE)));
        public static final Effort USUAL = new Effort(3, 3, 30, 10_000, 30_000, EnumSet.allOf(Measure.class));
        public static final Effort FULL = new Effort(5, 5, 30, 100_000, 100_000, EnumSet.allOf(Measure.class));

        public Effort {
            measures = Set.copyOf(measures);
        }

        public Effort only(Set<Measure> chosen) {
            return new Effort(rounds, seconds, lossSeconds, idleConnections, echoes, chosen);
        }

        public Effort withRounds(int count) {
            return new Effort(count, seconds, lossSeconds, idleConnections, echoes, measures);
        }

        public Effort withoutOffload() {
            Set<Measure> left = EnumSet.noneOf(Measure.class);
            left.addAll(measures);
            left.remove(Measure.BULK);
            left.add(Measure.PLAIN);
            return only(left);
        }

        /** Whether the other measures' devices carry a virtio-net header. */
        boolean offload() {
            return measures.contains(Measure.BULK) || !measures.contains(Measure.PLAIN);
        }
    }

    private Bench(Effort effort, Peers peers) {
        this.effort = effort;
        this.peers = peers;
    }

    /**
     * Measures, printing each figure, and writes the report into {@code folder}.
     *
     * @throws IOException if the driver cannot be built or the report not be written, with the remedy
     */
    public static void run(Effort effort, Path folder) throws IOException {
        Files.createDirectories(folder);
        String loadBefore = loadAverage();
        Bench bench = new Bench(effort, Peers.build());
        bench.peers.failures().forEach(bench.results::failed);
        while (bench.round < effort.rounds()) {
            bench.round++;
            bench.measureRound();
        }
        Report report = new Report(bench.header(loadBefore), bench.results);
        Files.writeString(folder.resolve("bench-report.md"), report.markdown());
        for (Map.Entry<String, String> drawing : report.drawings().entrySet()) {
            Files.writeString(folder.resolve(drawing.getKey()), drawing.getValue());
        }
        System.out.println("\n" + report.markdown());
    }

    private void measureRound() {
        List<Contender> order = new ArrayList<>(List.of(Contender.values()));
        order.removeIf(contender -> !peers.has(contender));
        if (round % 2 == 0) {
            Collections.reverse(order);
        }
        if (!Collections.disjoint(effort.measures(), EnumSet.of(Measure.BULK, Measure.ECHO, Measure.CONNECTIONS))) {
            order.forEach(contender -> attempt(contender, Place.direct(effort.offload()), this::directly));
        }
        if (wants(Measure.ECHO)) {
            // In places of their own: what ran before decides on which processors the two ends are.
            if (peers.has(Contender.LWIP)) {
                attempt(Contender.LWIP, Place.direct(effort.offload()), echoInto(Figure.ECHO_LOOP));
            }
            attempt(Contender.SOJOURN, Place.onTheLoop(effort.offload(), 0), echoInto(Figure.ECHO_LOOP));
            attempt(Contender.SOJOURN, Place.onTheLoop(effort.offload(), BUSY_POLL_MICROS), echoInto(Figure.ECHO_BUSY));
        }
        if (wants(Measure.CONNECTIONS)) {
            attempt(
                    Contender.SOJOURN,
                    Place.onTheLoop(effort.offload(), 0),
                    (arena, who) -> add(Figure.CONNECTIONS_LOOP, who, connections(arena)));
        }
        if (wants(Measure.PLAIN)) {
            order.forEach(contender -> attempt(
                    contender,
                    Place.direct(false),
                    (arena, who) -> bulk(
                            arena,
                            who,
                            Figure.RECEIVE_PLAIN,
                            Figure.RECEIVE_PLAIN_CPU,
                            Figure.SEND_PLAIN,
                            Figure.SEND_PLAIN_CPU)));
        }
        if (wants(Measure.LARGE)) {
            order.forEach(contender -> attempt(
                    contender,
                    new Place(effort.offload(), LARGE_MTU_BYTES, false, 0, -1),
                    (arena, who) -> bulk(
                            arena,
                            who,
                            Figure.RECEIVE_LARGE,
                            Figure.RECEIVE_LARGE_CPU,
                            Figure.SEND_LARGE,
                            Figure.SEND_LARGE_CPU)));
        }
        if (wants(Measure.IDLE)) {
            order.stream()
                    .filter(contender -> contender != Contender.KERNEL)
                    .forEach(contender -> attempt(contender, Place.direct(effort.offload()), this::idle));
            order.forEach(contender -> attempt(contender, Place.onTheLoop(effort.offload(), 0), this::segments));
        }
        if (wants(Measure.LOSS)) {
            order.stream()
                    .filter(LOSS_CONTENDERS::contains)
                    .forEach(contender -> attempt(
                            contender,
                            new Place(false, Place.ETHERNET_MTU_BYTES, true, round, -1),
                            (arena, who) -> lossy(arena, who)));
        }
        if (wants(Measure.CEILING)) {
            ceilings();
        }
    }

    private boolean wants(Measure measure) {
        return effort.measures().contains(measure);
    }

    private interface Visit {
        void measure(Arena arena, Contender contender);
    }

    private void attempt(Contender contender, Place place, Visit visit) {
        try (Arena arena = new Arena(contender, place)) {
            visit.measure(arena, contender);
        } catch (TestbedException e) {
            results.failed(contender.title + ", " + place + ": " + ("" + e.getMessage()).replace('\n', ' '));
            System.out.println(contender.title + " failed: " + e.getMessage());
        }
    }

    private void directly(Arena arena, Contender contender) {
        if (wants(Measure.BULK)) {
            bulk(arena, contender, Figure.RECEIVE, Figure.RECEIVE_CPU, Figure.SEND, Figure.SEND_CPU);
        }
        if (wants(Measure.ECHO)) {
            double[] micros = arena.echo(effort.echoes());
            add(Figure.ECHO_MEDIAN, contender, micros[0]);
            add(Figure.ECHO_P99, contender, micros[1]);
        }
        if (wants(Measure.CONNECTIONS)) {
            add(Figure.CONNECTIONS, contender, connections(arena));
        }
    }

    private double connections(Arena arena) {
        return arena.connections(CONNECTIONS_WARM_UP_SECONDS, effort.seconds());
    }

    private Visit echoInto(Figure median) {
        return (arena, contender) -> add(median, contender, arena.echo(effort.echoes())[0]);
    }

    private void bulk(
            Arena arena, Contender contender, Figure receive, Figure receiveCpu, Figure send, Figure sendCpu) {
        bulk(arena, contender, Way.RECEIVE, receive, receiveCpu);
        bulk(arena, contender, Way.SEND, send, sendCpu);
    }

    private void bulk(Arena arena, Contender contender, Way way, Figure rate, Figure cpu) {
        boolean java = contender == Contender.SOJOURN || contender == Contender.KERNEL;
        double[] moved = arena.bulk(way, java ? JAVA_WARM_UP_SECONDS : WARM_UP_SECONDS, effort.seconds());
        add(rate, contender, moved[0] / 1e9);
        add(cpu, contender, moved[1]);
        if (moved[2] > UNDISTURBED) {
            String disturbed = String.format(
                    Locale.ROOT,
                    "%s, %s, round %d: %.2f %s while others had %.0f %% of the processors",
                    contender.title,
                    rate.title,
                    round,
                    moved[0] / 1e9,
                    rate.unit,
                    moved[2] * 100);
            results.disturbed(disturbed);
            System.out.println(disturbed);
        }
    }

    private void idle(Arena arena, Contender contender) {
        try (Arena.Crowd few = arena.new Crowd(PeerProgram.Service.HOLD, FEW_CONNECTIONS)) {
            // What the first connections leave for good is not the others'.
        }
        double before = arena.memoryBytes(contender);
        try (Arena.Crowd many = arena.new Crowd(PeerProgram.Service.HOLD, effort.idleConnections())) {
            add(
                    Figure.IDLE_MEMORY,
                    contender,
                    (arena.memoryBytes(contender) - before) / 1024 / effort.idleConnections());
        }
    }

    private void segments(Arena arena, Contender contender) {
        try (Arena.Crowd few = arena.new Crowd(PeerProgram.Service.ECHO, FEW_CONNECTIONS)) {
            few.segmentMicros(SEGMENTS); // Warms up.
            addSegments(Figure.SEGMENT_FEW, Figure.SEGMENT_FEW_OWN, contender, few.segmentMicros(SEGMENTS));
        }
        try (Arena.Crowd many = arena.new Crowd(PeerProgram.Service.ECHO, effort.idleConnections())) {
            many.segmentMicros(SEGMENTS); // Many connections let a JVM compile once more.
            addSegments(Figure.SEGMENT_MANY, Figure.SEGMENT_MANY_OWN, contender, many.segmentMicros(SEGMENTS));
        }
    }

    private void addSegments(Figure all, Figure own, Contender contender, double[] micros) {
        add(all, contender, micros[0]);
        if (contender != Contender.KERNEL) { // There it is the application's.
            add(own, contender, micros[1]);
        }
    }

    private void lossy(Arena arena, Contender contender) {
        add(Figure.LOSS_RECEIVE, contender, arena.bulk(Way.RECEIVE, WARM_UP_SECONDS, effort.lossSeconds())[0] / 1e6);
        add(Figure.LOSS_SEND, contender, arena.bulk(Way.SEND, WARM_UP_SECONDS, effort.lossSeconds())[0] / 1e6);
    }

    private void ceilings() {
        for (int packetBytes : new int[] {1_500, 65_000}) {
            for (boolean reading : new boolean[] {true, false}) {
                for (String language : List.of("C", "Java")) {
                    Ceiling ceiling = new Ceiling(language, reading, packetBytes);
                    double gigabits = Arena.ceiling(ceiling, effort.seconds()) / 1e9;
                    results.add(ceiling, gigabits);
                    System.out.printf(Locale.ROOT, "%s: %.2f Gbit/s%n", ceiling, gigabits);
                }
            }
        }
    }

    private void add(Figure figure, Contender contender, double value) {
        results.add(figure, contender, value);
        System.out.printf(
                Locale.ROOT,
                "%s, %s: %." + figure.decimals + "f %s%n",
                contender.title,
                figure.title,
                value,
                figure.unit);
    }

    private String header(String loadBefore) throws IOException {
        return String.format(
                Locale.ROOT,
                "%d alternating rounds; %.1f s for each figure after %.0f s of warm-up (%.0f s for bulk text through a JVM, %.0f s for connections), %.0f s with"
                        + " loss; %d idle"
                        + " connections. %d processors for driver, stack and application together, Linux %s, Java %s."
                        + " Load average before %s, after %s: with more than the bench itself at work, only the ratios"
                        + " mean anything. lwIP knows no virtio-net header, so it stands in each bulk row as it is.%n",
                effort.rounds(),
                effort.seconds(),
                WARM_UP_SECONDS,
                JAVA_WARM_UP_SECONDS,
                CONNECTIONS_WARM_UP_SECONDS,
                effort.lossSeconds(),
                effort.idleConnections(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.version").replaceFirst("^(\\d+\\.\\d+).*", "$1"),
                System.getProperty("java.version"),
                loadBefore,
                loadAverage());
    }

    /** Of the last one, five and fifteen minutes. */
    private static String loadAverage() throws IOException {
        String[] fields = Files.readString(Path.of("/proc/loadavg")).split(" ", 4);
        return String.join(", ", fields[0], fields[1], fields[2]);
    }
}
