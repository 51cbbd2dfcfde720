package net.sojourn.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import net.sojourn.benchmarks.MoveResults.Whole;
import net.sojourn.daemon.HostParts;
import net.sojourn.daemon.config.ConfigException;
import net.sojourn.daemon.config.ConfigFile;
import net.sojourn.daemon.config.DaemonSettings;
import net.sojourn.daemon.mobility.HostAddresses;
import net.sojourn.daemon.rehearsal.Rehearsal;
import net.sojourn.stack.ConnectionEvents;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.testbed.TestbedException;
import net.sojourn.testbed.link.LinkSettings;

/** Idle connections that all move at once, and how long it takes until an octet of each has arrived on the new path. */
final class ManyMoves {

    static final int CONNECTIONS = 10_000;
    static final int RTT_MILLIS = 50;

    /** As often as Java's compiler needs to have seen all of it. */
    private static final int MOVES_UNTIL_COMPILED = 10;

    private static final int MOVES = MOVES_UNTIL_COMPILED + 1;
    private static final int AT_ONCE = 100;
    private static final int PATIENCE_MILLIS = 60_000;

    private volatile CountDownLatch arrivals = new CountDownLatch(CONNECTIONS);
    private final AtomicLong lastNanos = new AtomicLong();

    /** Prints what the first move of all costs, and one after ten. */
    public static void main(String[] arguments) throws IOException {
        LinkSettings link = LinkSettings.delay(Duration.ofMillis(RTT_MILLIS).dividedBy(2));
        rehearse();
        try (MoveBed bed = new MoveBed(link)) {
            new ManyMoves().measure(bed);
        }
        System.exit(0);
    }

    /** As a daemon does when it starts. */
    private static void rehearse() throws IOException {
        DaemonSettings settings = defaults();
        try (HostParts parts = HostParts.here();
                HostAddresses host = parts.addresses(settings)) {
            Rehearsal.run(settings.migrate(), settings.move(), host);
        }
    }

    private static DaemonSettings defaults() {
        try {
            return ConfigFile.parse("", "no file");
        } catch (ConfigException e) {
            throw new IllegalStateException("the defaults are no configuration", e);
        }
    }

    private void measure(MoveBed bed) throws IOException {
        List<TcpConnection> connections = open(bed);
        for (long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L; bed.migratable() < CONNECTIONS; ) {
            if (System.nanoTime() > end) {
                throw new TestbedException(bed.migratable() + " of " + CONNECTIONS + " connections agreed to move");
            }
            pause(200);
        }
        Cost first = move(bed, connections);
        MovesBench.print(Whole.MANY, first.millis());
        MovesBench.print(Whole.MANY_CPU, first.cpuMicros());
        for (int i = 1; i < MOVES_UNTIL_COMPILED; i++) {
            move(bed, connections);
        }
        Cost compiled = move(bed, connections);
        MovesBench.print(Whole.MANY_COMPILED, compiled.millis());
        MovesBench.print(Whole.MANY_COMPILED_CPU, compiled.cpuMicros());
    }

    /**
     * Of one move of all.
     *
     * @param millis from the loss of the old address to the last first octet at the peer
     * @param cpuMicros of this process, for each connection
     */
    private record Cost(double millis, double cpuMicros) {}

    private Cost move(MoveBed bed, List<TcpConnection> connections) throws IOException {
        arrivals = new CountDownLatch(CONNECTIONS);
        System.gc();
        pause(2_000);
        byte[] octet = new byte[1];
        long startCpuNanos = processCpuNanos();
        long startNanos = System.nanoTime();
        bed.move();
        bed.laptop().onLoop(now -> {
            for (TcpConnection connection : connections) {
                connection.tryWrite(ByteBuffer.wrap(octet));
            }
            return now;
        });
        if (!awaitArrivals()) {
            throw new TestbedException(arrivals.getCount() + " of " + CONNECTIONS
                    + " connections have not spoken a minute after the move");
        }
        long cpuNanos = processCpuNanos() - startCpuNanos;
        return new Cost((lastNanos.get() - startNanos) / 1e6, cpuNanos / 1e3 / CONNECTIONS);
    }

    private static long processCpuNanos() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
            return system.getProcessCpuTime();
        }
        throw new TestbedException("this Java does not say what CPU it has used");
    }

    private List<TcpConnection> open(MoveBed bed) throws IOException {
        List<TcpConnection> opened = new ArrayList<>(CONNECTIONS);
        InetSocketAddress peer = new InetSocketAddress(MoveBed.SERVER.toInetAddress(), MoveBed.PORT);
        try (TcpListener listener = bed.server().listen(null, MoveBed.PORT, CONNECTIONS)) {
            while (opened.size() < CONNECTIONS) {
                List<TcpConnection> some = new ArrayList<>(AT_ONCE);
                for (int i = 0; i < AT_ONCE; i++) {
                    some.add(bed.laptop().open(peer, null, connection -> {}));
                }
                for (TcpConnection connection : some) {
                    connection.awaitEstablished(PATIENCE_MILLIS);
                    TcpConnection accepted = listener.accept(PATIENCE_MILLIS);
                    accepted.events(new Arrival(accepted));
                }
                opened.addAll(some);
            }
        }
        return opened;
    }

    /** Counts a connection whose one octet is here. */
    private final class Arrival implements ConnectionEvents {

        private final TcpConnection connection;
        private final ByteBuffer octet = ByteBuffer.allocate(MOVES);

        Arrival(TcpConnection connection) {
            this.connection = connection;
        }

        @Override
        public void readable() {
            try {
                if (octet.hasRemaining() && connection.tryRead(octet) == 1) {
                    lastNanos.set(System.nanoTime());
                    arrivals.countDown();
                }
            } catch (IOException e) {
                System.out.println("a connection that moved ended: " + e.getMessage());
            }
        }
    }

    private boolean awaitArrivals() {
        try {
            return arrivals.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TestbedException("interrupted while moves were measured", e);
        }
    }
}
