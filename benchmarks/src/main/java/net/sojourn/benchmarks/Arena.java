package net.sojourn.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.sojourn.stack.IpAddress;
import net.sojourn.testbed.TestbedException;
import net.sojourn.testbed.link.LinkSettings;
import net.sojourn.testbed.netns.Cidr;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.HostProcess;
import net.sojourn.testbed.netns.JavaProgram;
import net.sojourn.testbed.netns.TestNetwork;
import net.sojourn.testbed.peers.PeerProgram;

/**
 * One contender and the kernel socket that drives it, each in a fresh process, their namespaces removed at the end:
 *
 * <pre>
 * Sojourn, lwIP, gVisor:     driver's kernel TCP - TUN - contender
 * kernel TCP:                driver's kernel TCP - TUN - {@link TunCable} - TUN - kernel TCP
 * over a lossy link:         driver's kernel TCP - emulated link - router - one of the above
 * </pre>
 */
final class Arena implements AutoCloseable {

    /** What the figures of a program of ours stand behind. */
    static final String RESULT = "result ";

    private static final Duration START = Duration.ofSeconds(20);
    private static final Duration SLOWEST = Duration.ofMinutes(4);
    private static final IpAddress ROUTER = IpAddress.parse("10.7.0.1");
    private static final IpAddress MEASURED = IpAddress.parse("10.7.0.2");
    private static final String DEVICE = "bench0";
    private static final List<String> JVM_FLAGS = List.of("-Xmx1g", "-XX:+UseParallelGC");
    private static final Duration ONE_WAY = Duration.ofMillis(10);
    private static final double LOSS = 0.01;

    private final TestNetwork network;
    private final Host driver;
    private final List<HostProcess> measured = new ArrayList<>();

    /**
     * Where it is measured.
     *
     * @param offload whether the devices carry segments above their MTU (virtio_net_hdr)
     * @param lossy whether 10 ms and a loss of 1 % lie in each direction
     * @param seed of the loss
     * @param busyPollMicros for Sojourn, which then echoes and ends connections on the stack's own thread, as over kernel TCP
     *     one thread with a selector does; below 0 by a thread for each connection
     */
    record Place(boolean offload, int mtuBytes, boolean lossy, long seed, int busyPollMicros) {

        static final int ETHERNET_MTU_BYTES = 1500;

        static Place direct(boolean offload) {
            return new Place(offload, ETHERNET_MTU_BYTES, false, 0, -1);
        }

        static Place onTheLoop(boolean offload, int busyPollMicros) {
            return new Place(offload, ETHERNET_MTU_BYTES, false, 0, busyPollMicros);
        }
    }

    /** @param offload whether the devices carry segments above their MTU of 1,500 (virtio_net_hdr) */
    Arena(Contender contender, boolean offload) {
        this(contender, Place.direct(offload));
    }

    Arena(Contender contender, Place place) {
        network = TestNetwork.create();
        try {
            Host router = tuned(network.host("router"));
            switch (contender) {
                case SOJOURN -> startSojourn(router, place);
                case KERNEL -> startKernel(router, place);
                case LWIP -> start(router, PeerProgram.LWIP.command(DEVICE, MEASURED, place.mtuBytes()));
                case GVISOR -> {
                    PeerProgram program = place.offload() ? PeerProgram.GVISOR : PeerProgram.GVISOR_PLAIN;
                    start(router, program.command(DEVICE, MEASURED, place.mtuBytes()));
                }
            }
            attach(router, ROUTER, MEASURED, place);
            driver = place.lossy() ? behindLossyLink(router, place.seed()) : withSources(router);
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private void startSojourn(Host router, Place place) {
        List<String> arguments = new ArrayList<>(
                List.of("sojourn", DEVICE, MEASURED.toString(), "" + place.offload(), "" + place.mtuBytes()));
        if (place.busyPollMicros() >= 0) {
            arguments.add("" + place.busyPollMicros());
        }
        start(router, java(BulkServices.class, arguments.toArray(String[]::new)));
    }

    private void startKernel(Host router, Place place) {
        Host host = tuned(network.host("measured"));
        start(
                router,
                java(
                        TunCable.class,
                        router.namespaceFile().toString(),
                        DEVICE,
                        host.namespaceFile().toString(),
                        DEVICE,
                        "" + place.offload()));
        attach(host, MEASURED, ROUTER, place);
        host.ip("route replace default via " + ROUTER + " dev " + DEVICE + " congctl cubic");
        start(host, java(BulkServices.class, "kernel", "" + (place.busyPollMicros() >= 0)));
    }

    private Host behindLossyLink(Host router, long seed) {
        Host far = tuned(network.host("driver"));
        router.forwarding();
        LinkSettings settings = LinkSettings.delay(ONE_WAY).withLoss(LOSS);
        network.linkInProcess(far, "link0", router, "link1", settings, settings, seed);
        far.address("link0", Cidr.parse("10.8.0.1/24"));
        router.address("link1", Cidr.parse("10.8.0.2/24"));
        far.defaultRoute(IpAddress.parse("10.8.0.2"), "link0");
        return far;
    }

    /** With so many addresses that the driver does not run out of ports. */
    private static Host withSources(Host host) {
        host.ip("route add local 10.7.1.0/24 dev lo");
        return host;
    }

    /** Room for windows, ports and bursts of connections. */
    private static Host tuned(Host host) {
        return host.sysctl("net.ipv4.tcp_rmem", "4096 131072 8388608")
                .sysctl("net.ipv4.tcp_wmem", "4096 65536 4194304")
                .sysctl("net.ipv4.ip_local_port_range", "1024 65535")
                .sysctl("net.ipv4.tcp_no_metrics_save", "1")
                .sysctl("net.ipv4.tcp_max_syn_backlog", "8192")
                .sysctl("net.core.somaxconn", "8192");
    }

    private static void attach(Host host, IpAddress own, IpAddress other, Place place) {
        // A whole window of packets of 1,500 octets must fit the queue. CUBIC at both ends, which is Sojourn's too.
        host.ip("link set " + DEVICE + " mtu " + place.mtuBytes() + " txqueuelen 4096 up");
        host.address(DEVICE, Cidr.parse(own + "/24"));
        host.ip("route add " + other + " dev " + DEVICE + " congctl cubic");
    }

    private void start(Host host, List<String> command) {
        HostProcess process = host.start(command);
        process.awaitOutput(BulkServices.READY, START);
        measured.add(process);
    }

    private static List<String> java(Class<?> program, String... arguments) {
        return JavaProgram.command(JVM_FLAGS, program, arguments);
    }

    /** Mbit/s of text over one connection, driven by a Java program. */
    double measure(Way way, double warmUpSeconds, double seconds) {
        return run(java(BulkDriver.class, way.name(), MEASURED.toString(), "" + warmUpSeconds, "" + seconds))[0];
    }

    /**
     * Bits/s of text over one connection, CPU seconds of the contender for 10^9 octets, and which part of all processors
     * went to others than contender and driver.
     */
    double[] bulk(Way way, double warmUpSeconds, double seconds) {
        String mode = way == Way.RECEIVE ? "receive" : "send";
        List<String> command =
                new ArrayList<>(List.of(Peers.driver(), mode, "" + MEASURED, "" + warmUpSeconds, "" + seconds));
        command.addAll(processIds());
        return run(command);
    }

    /** Microseconds of one octet there and back: median and 99th percentile. */
    double[] echo(int rounds) {
        return run(List.of(Peers.driver(), "echo", "" + MEASURED, "" + rounds));
    }

    /** Connections opened and closed a second, eight at once. */
    double connections(double warmUpSeconds, double seconds) {
        return run(List.of(Peers.driver(), "accept", "" + MEASURED, "" + warmUpSeconds, "" + seconds, "8"))[0];
    }

    /** Packets that the driver's host has handed to the stack so far. */
    long packetsToStack() {
        return driver.run("cat", "/proc/net/dev")
                .output()
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith(DEVICE + ":"))
                .mapToLong(line -> Long.parseLong(line.split("[:\\s]+")[10]))
                .findFirst()
                .orElseThrow();
    }

    /** Many connections to one service, idle until {@link #segmentMicros}; closed by closing it. */
    final class Crowd implements AutoCloseable {

        /** A process may often open no more than 20,000 files. */
        private static final int MOST_FOR_A_PROCESS = 15_000;

        private final List<HostProcess> processes = new ArrayList<>();
        private int answers;

        Crowd(PeerProgram.Service service, int count) {
            for (int held = 0; held < count; held += MOST_FOR_A_PROCESS) {
                int share = Math.min(MOST_FOR_A_PROCESS, count - held);
                List<String> command =
                        new ArrayList<>(List.of(Peers.driver(), "hold", "" + MEASURED, "" + service.port, "" + share));
                command.addAll(processIds());
                HostProcess process = driver.start(command);
                processes.add(process);
                process.awaitOutput("held", text -> text.contains("held") || text.contains("failed"), SLOWEST);
                if (!process.output().contains("held")) {
                    close();
                    throw new TestbedException(process.output().strip());
                }
            }
        }

        /** Microseconds of the contender's CPU for one octet there and back on each connection in turn, and of that in user mode. */
        double[] segmentMicros(int octets) {
            answers++;
            double[] micros = new double[2];
            for (HostProcess process : processes) {
                say(process, octets / processes.size() + "\n");
                double[] answer = numbers(process, answers);
                micros[0] += answer[0] / processes.size();
                micros[1] += answer[1] / processes.size();
            }
            return micros;
        }

        @Override
        public void close() {
            processes.forEach(HostProcess::close);
        }
    }

    /**
     * Octets that the contender uses: of a Java program what is alive after a collection, in the heap and direct; of
     * others the resident set.
     */
    double memoryBytes(Contender contender) {
        HostProcess services = measured.get(measured.size() - 1);
        if (contender == Contender.SOJOURN) {
            long before = services.output().lines().count();
            say(services, "m");
            return services.awaitOutput(
                            "its memory", text -> text.lines().count() > before && text.endsWith("\n"), SLOWEST)
                    .lines()
                    .filter(line -> line.startsWith(BulkServices.MEMORY))
                    .reduce((first, last) -> last)
                    .map(line -> Double.parseDouble(line.substring(BulkServices.MEMORY.length())))
                    .orElseThrow();
        }
        try {
            return Files.readAllLines(Path.of("/proc/" + services.pid() + "/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new TestbedException("cannot read the memory of " + contender.title, e);
        }
    }

    /** Bits/s that a program which only reads or writes makes of a TUN; in namespaces of its own. */
    static double ceiling(Ceiling ceiling, double seconds) {
        try (TestNetwork network = TestNetwork.create()) {
            Host host = network.host("ceiling");
            String mode = ceiling.reading() ? "read" : "write";
            String[] arguments = {mode, DEVICE, "" + ceiling.packetBytes(), "" + seconds};
            List<String> command = new ArrayList<>(List.of(Peers.ceiling()));
            command.addAll(List.of(arguments));
            HostProcess program =
                    host.start(ceiling.language().equals("C") ? command : java(TunCeiling.class, arguments));
            program.awaitOutput(BulkServices.READY, START);
            attach(host, ROUTER, MEASURED, new Place(false, Math.max(1500, ceiling.packetBytes()), false, 0, -1));
            if (ceiling.reading()) {
                // Longer than the program reads; ended with the network.
                host.start(Peers.driver(), "flood", "" + MEASURED, "" + (ceiling.packetBytes() - 28), "" + seconds * 3);
            } else {
                host.ip("route add 192.0.2.0/24 dev " + DEVICE);
            }
            return numbers(program, 1)[0];
        }
    }

    private List<String> processIds() {
        return measured.stream().map(process -> "" + process.pid()).toList();
    }

    private double[] run(List<String> command) {
        try (HostProcess process = driver.start(command)) {
            return numbers(process, 1);
        }
    }

    /** Of the {@code n}th result. */
    private static double[] numbers(HostProcess process, int n) {
        String output = process.awaitOutput(
                RESULT,
                text -> text.startsWith("failed")
                        || text.endsWith("\n")
                                && text.lines()
                                                .filter(line -> line.startsWith(RESULT))
                                                .count()
                                        >= n,
                SLOWEST);
        List<String> results =
                output.lines().filter(line -> line.startsWith(RESULT)).toList();
        if (results.size() < n) {
            throw new TestbedException("the driver " + output.strip());
        }
        return Arrays.stream(results.get(n - 1).substring(RESULT.length()).split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    private static void say(HostProcess process, String text) {
        try {
            OutputStream in = process.standardInput();
            in.write(text.getBytes(StandardCharsets.US_ASCII));
            in.flush();
        } catch (IOException e) {
            throw new TestbedException(
                    "a measured program has ended: " + process.output().strip(), e);
        }
    }

    @Override
    public void close() {
        network.close();
    }
}
