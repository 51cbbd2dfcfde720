package net.sojourn.benchmarks;

import java.time.Duration;
import java.util.List;
import net.sojourn.stack.IpAddress;
import net.sojourn.testbed.netns.Cidr;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.HostProcess;
import net.sojourn.testbed.netns.JavaProgram;
import net.sojourn.testbed.netns.TestNetwork;

/**
 * One contender and the kernel socket that drives it, each in a fresh process, their namespaces removed at the end:
 *
 * <pre>
 * Sojourn:     driver's kernel TCP - TUN - Sojourn
 * kernel TCP:  driver's kernel TCP - TUN - {@link TunCable} - TUN - kernel TCP
 * </pre>
 */
final class Arena implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(20);
    private static final IpAddress DRIVER = IpAddress.parse("10.7.0.1");
    private static final IpAddress MEASURED = IpAddress.parse("10.7.0.2");
    private static final String DEVICE = "bench0";

    private final TestNetwork network;
    private final Host driver;

    /** @param offload whether the devices carry segments above their MTU of 1,500 (virtio_net_hdr) */
    Arena(Contender contender, boolean offload) {
        network = TestNetwork.create();
        try {
            driver = network.host("driver");
            if (contender == Contender.SOJOURN) {
                start(driver, BulkServices.class, "sojourn", DEVICE, MEASURED.toString(), Boolean.toString(offload));
            } else {
                Host measured = network.host("measured");
                start(
                        driver,
                        TunCable.class,
                        driver.namespaceFile().toString(),
                        DEVICE,
                        measured.namespaceFile().toString(),
                        DEVICE,
                        Boolean.toString(offload));
                attach(measured, MEASURED, DRIVER);
                start(measured, BulkServices.class, "kernel");
            }
            attach(driver, DRIVER, MEASURED);
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private static void attach(Host host, IpAddress own, IpAddress other) {
        // A whole window of packets of 1,500 octets must fit the queue. CUBIC at both ends, which is Sojourn's too.
        host.ip("link set " + DEVICE + " txqueuelen 4096 up");
        host.address(DEVICE, Cidr.parse(own + "/24"));
        host.ip("route add " + other + " dev " + DEVICE + " congctl cubic");
    }

    private static void start(Host host, Class<?> program, String... arguments) {
        host.start(command(program, arguments)).awaitOutput(BulkServices.READY, START);
    }

    private static List<String> command(Class<?> program, String... arguments) {
        return JavaProgram.command(List.of("-Xmx512m", "-XX:+UseParallelGC"), program, arguments);
    }

    /** Mbit/s of text over one connection. */
    double measure(Way way, double warmUpSeconds, double seconds) {
        try (HostProcess run = driver.start(command(
                BulkDriver.class,
                way.name(),
                MEASURED.toString(),
                Double.toString(warmUpSeconds),
                Double.toString(seconds)))) {
            Duration timeout = START.plusMillis((long) (1000 * (warmUpSeconds + seconds)));
            String output = run.awaitOutput(
                    BulkDriver.RESULT,
                    text -> text.lines().anyMatch(line -> line.startsWith(BulkDriver.RESULT)) && text.endsWith("\n"),
                    timeout);
            return output.lines()
                    .filter(line -> line.startsWith(BulkDriver.RESULT))
                    .mapToDouble(line -> Double.parseDouble(line.substring(BulkDriver.RESULT.length())))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Override
    public void close() {
        network.close();
    }
}
