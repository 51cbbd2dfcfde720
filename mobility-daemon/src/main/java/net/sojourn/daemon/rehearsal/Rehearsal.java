package net.sojourn.daemon.rehearsal;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import net.sojourn.migrate.MigrateExtension;
import net.sojourn.migrate.MigrateKeys;
import net.sojourn.migrate.MigrateSettings;
import net.sojourn.migrate.Migration;
import net.sojourn.migrate.MigrationListener;
import net.sojourn.stack.IpAddress;
import net.sojourn.stack.NetworkStack;
import net.sojourn.stack.StackSettings;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.stack.loop.SecureRandomSource;

/**
 * Two stacks in memory, one connection between them, and moves of it: what a move needs is loaded and compiled afterwards.
 * Without it a virtual machine does that in the midst of its first real move, which then takes ten milliseconds longer.
 * No packet leaves the process.
 */
public final class Rehearsal {

    // Documentation addresses (RFC 5737): these never meet a network.
    private static final IpAddress FIXED = IpAddress.parse("192.0.2.1");
    private static final List<IpAddress> PLACES =
            List.of(IpAddress.parse("198.51.100.1"), IpAddress.parse("198.51.100.2"));
    private static final int PORT = 9;
    private static final int MOVES = 40;
    private static final int PATIENCE_MILLIS = 2_000;

    private Rehearsal() {}

    /**
     * Takes some tenths of a second of one processor.
     *
     * @param settings of the moves to come; nothing is done if they speak no suite
     * @return how many moves were made
     * @throws IOException if something that is sure to work in memory did not
     */
    public static int run(MigrateSettings settings) throws IOException {
        if (settings.suites().isEmpty()) {
            return 0;
        }
        MemoryWire[] ends = MemoryWire.ends();
        try (End mobile = new End(ends[0], settings, PLACES.get(0));
                End fixed = new End(ends[1], settings, FIXED);
                TcpListener listener = fixed.stack.listen(null, PORT, 1)) {
            InetSocketAddress peer = new InetSocketAddress(FIXED.toInetAddress(), PORT);
            try (TcpConnection here = mobile.stack.connect(peer, PATIENCE_MILLIS);
                    TcpConnection there = listener.accept(PATIENCE_MILLIS)) {
                if (!exchangeUntilMovable(mobile, fixed, here, there)) {
                    return 0;
                }
                int moves = 0;
                while (moves < MOVES && mobile.moves(PLACES.get((moves + 1) % PLACES.size()))) {
                    passes(here, there);
                    passes(there, here);
                    moves++;
                }
                return moves;
            }
        }
    }

    private static boolean exchangeUntilMovable(End mobile, End fixed, TcpConnection here, TcpConnection there)
            throws IOException {
        long giveUpNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (!(mobile.isMovable() && fixed.isMovable())) {
            if (System.nanoTime() - giveUpNanos > 0) {
                return false;
            }
            passes(here, there);
            passes(there, here);
        }
        return true;
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

    private static final class End implements AutoCloseable {

        private final MigrateExtension migrate;
        private final NetworkStack stack;

        End(MemoryWire wire, MigrateSettings settings, IpAddress address) throws IOException {
            SecureRandomSource random = new SecureRandomSource();
            migrate = new MigrateExtension(settings, MigrateKeys.onDemand(random), random, MigrationListener.NONE);
            stack = NetworkStack.builder(wire)
                    .settings(StackSettings.defaults())
                    .random(random)
                    .extension(migrate)
                    .address(address)
                    .start();
        }

        boolean isMovable() throws IOException {
            return stack.onLoop(now -> migrate.connections().stream().anyMatch(Migration::isMigratable));
        }

        /** Its address is gone, {@code to} is there. @return whether there is a connection that may move */
        boolean moves(IpAddress to) throws IOException {
            stack.addresses(Set.of(to));
            return stack.onLoop(now -> {
                for (Migration migration : migrate.connections()) {
                    if (migration.isMigratable()) {
                        migration.localAddressLost(now);
                        migration.move(to, now);
                        return true;
                    }
                }
                return false;
            });
        }

        @Override
        public void close() throws IOException {
            stack.close();
        }
    }
}
