package net.sojourn.daemon.rehearsal;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import net.sojourn.daemon.config.MoveSettings;
import net.sojourn.daemon.control.Timeline;
import net.sojourn.daemon.mobility.HostAddresses;
import net.sojourn.daemon.mobility.MigrationTimeline;
import net.sojourn.daemon.mobility.MovePolicy;
import net.sojourn.daemon.mobility.Mover;
import net.sojourn.daemon.mobility.NameKeeper;
import net.sojourn.daemon.mobility.PeerNames;
import net.sojourn.daemon.mobility.RuleBook;
import net.sojourn.migrate.MigrateExtension;
import net.sojourn.migrate.MigrateKeys;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.migrate.Migration;
import net.sojourn.migrate.MigrationEvent;
import net.sojourn.migrate.MigrationListener;
import net.sojourn.migrate.SuspensionCause;
import net.sojourn.stack.FourTuple;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.stack.loop.SecureRandomSource;

/**
 * Two stacks in memory, a {@link Mover} on one of them, and moves of their connections: what a move needs is loaded and
 * compiled afterwards. Without it a virtual machine does that in the midst of its first real moves, which then take ten
 * milliseconds longer, and interprets what happens once a move until it has happened two hundred times. No packet leaves
 * the process.
 */
public final class Rehearsal {

    // Documentation addresses (RFC 5737): these never meet a network.
    private static final IpAddress FIXED = IpAddress.parse("192.0.2.1");
    private static final List<IpAddress> PLACES =
            List.of(IpAddress.parse("198.51.100.1"), IpAddress.parse("198.51.100.2"));
    private static final int PORT = 9;
    private static final int CONNECTIONS = 10;
    private static final int MOVES_OF_EACH = 32;
    private static final int PATIENCE_MILLIS = 2_000;
    private static final Duration SHORT_TIME_WAIT = Duration.ofMillis(1);

    private Rehearsal() {}

    /**
     * Takes some two seconds in a program that has just started, most of it for the compiler; half a second once compiled.
     *
     * @param migrate of the moves to come; nothing is done if they speak no suite
     * @param real is asked what a move asks it; nothing is done with the answers
     * @return how many moves were made
     * @throws IOException if something that is sure to work in memory did not
     */
    public static int run(MigrateSettings migrate, MoveSettings moves, HostAddresses real) throws IOException {
        if (migrate.suites().isEmpty()) {
            return 0;
        }
        MemoryWire[] ends = MemoryWire.ends();
        int made = 0;
        try (End fixed = new End(ends[1], migrate, Set.of(FIXED));
                End mobile = new End(ends[0], migrate, Set.of());
                Walker walker = new Walker(mobile, moves, real);
                TcpListener listener = fixed.stack.listen(null, PORT, 1)) {
            InetSocketAddress peer = new InetSocketAddress(FIXED.toInetAddress(), PORT);
            for (int i = 0; i < CONNECTIONS; i++) {
                try (TcpConnection here = mobile.stack.connect(peer, PATIENCE_MILLIS);
                        TcpConnection there = listener.accept(PATIENCE_MILLIS)) {
                    exchangeUntilMovable(mobile, fixed, here, there);
                    for (int move = 0; move < MOVES_OF_EACH && mobile.mayMove(here); move++) {
                        walker.goesWith(here, move % 2 == 0);
                        passes(here, there);
                        passes(there, here);
                        made++;
                    }
                }
            }
        }
        return made;
    }

    private static void exchangeUntilMovable(End mobile, End fixed, TcpConnection here, TcpConnection there)
            throws IOException {
        long giveUpNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (!(mobile.mayMove(here) && fixed.mayMove(there))) {
            if (System.nanoTime() - giveUpNanos > 0) {
                throw new IOException("two stacks in memory have not agreed on a suite");
            }
            passes(here, there);
            passes(there, here);
        }
    }

    private static void passes(TcpConnection from, TcpConnection to) throws IOException {
        from.tryWrite(ByteBuffer.allocate(1));
        ByteBuffer octet = ByteBuffer.allocate(1);
        while (octet.hasRemaining() && to.tryRead(octet) >= 0) {
            if (octet.hasRemaining()) {
                to.awaitReadable();
            }
        }
    }

    /** A stack with Migrate. */
    private static final class End implements AutoCloseable {

        private final Timeline timeline = Timeline.unlogged();
        private final BlockingQueue<Long> suspended = new LinkedBlockingQueue<>();
        private final BlockingQueue<Long> moved = new LinkedBlockingQueue<>();
        private final MigrateExtension migrate;
        private final NetworkStack stack;

        End(MemoryWire wire, MigrateSettings settings, Set<IpAddress> addresses) throws IOException {
            SecureRandomSource random = new SecureRandomSource();
            migrate = new MigrateExtension(settings, MigrateKeys.onDemand(random), random, listener());
            NetworkStack.Builder builder = NetworkStack.builder(wire)
                    .settings(StackSettings.defaults().toBuilder()
                            .timeWait(SHORT_TIME_WAIT)
                            .build())
                    .random(random)
                    .extension(migrate);
            addresses.forEach(builder::address);
            stack = builder.start();
        }

        private MigrationListener listener() {
            MigrationTimeline told = new MigrationTimeline(timeline);
            return new MigrationListener() {
                @Override
                public void migrationEvent(Migration migration, MigrationEvent event, long nowNanos) {
                    told.migrationEvent(migration, event, nowNanos);
                }

                @Override
                public void onSuspended(Migration migration, SuspensionCause cause, Duration atMost) {
                    suspended.add(migration.connectionId());
                }

                @Override
                public void onMoved(Migration migration, FourTuple from, FourTuple to) {
                    moved.add(migration.connectionId());
                }
            };
        }

        boolean mayMove(TcpConnection connection) throws IOException {
            return stack.onLoop(now -> migrate.migrationOf(connection.id())
                    .filter(Migration::isMigratable)
                    .isPresent());
        }

        @Override
        public void close() throws IOException {
            stack.close();
            timeline.close();
        }
    }

    /** Goes from place to place with what runs on {@code end}. */
    private static final class Walker implements AutoCloseable {

        private final End end;
        private final RehearsedHost host;
        private final Mover mover;
        private int place;

        Walker(End end, MoveSettings moves, HostAddresses real) throws IOException {
            this.end = end;
            host = new RehearsedHost(real);
            host.goesTo(PLACES.get(place));
            StackSettings ports = StackSettings.defaults();
            // A person's rules might forbid what is rehearsed.
            RuleBook rules = new RuleBook(List.of(), ports.firstEphemeralPort(), ports.lastEphemeralPort());
            mover = new Mover(
                    end.stack,
                    end.migrate,
                    host,
                    NameKeeper.NONE,
                    end.timeline,
                    new MovePolicy(moves),
                    rules,
                    new PeerNames(name -> List.of(), Runnable::run, List.of(), (addresses, connection) -> {}));
            mover.start();
        }

        /** @param through whether there is a moment without any address on the way */
        void goesWith(TcpConnection connection, boolean through) throws IOException {
            place = (place + 1) % PLACES.size();
            end.suspended.clear();
            end.moved.clear();
            if (through) {
                host.loses();
                await(end.suspended, connection);
            }
            host.goesTo(PLACES.get(place));
            await(end.moved, connection);
        }

        private static void await(BlockingQueue<Long> happened, TcpConnection connection) throws IOException {
            try {
                Long to = 0L;
                while (to != null && to != connection.id()) {
                    to = happened.poll(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
                }
                if (to == null) {
                    throw new IOException("a connection in memory has not moved");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }

        @Override
        public void close() throws IOException {
            mover.close();
        }
    }
}
