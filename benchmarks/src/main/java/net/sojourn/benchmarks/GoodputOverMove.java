package net.sojourn.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import net.sojourn.benchmarks.MoveResults.Whole;
import net.sojourn.stack.TcpConnection;
import net.sojourn.stack.TcpListener;
import net.sojourn.testbed.TestbedException;
import net.sojourn.testbed.link.LinkSettings;

/** How much of a download a move in its midst costs: the same link, the same time, with the move and without. */
final class GoodputOverMove {

    static final int RTT_MILLIS = 50;
    static final int RATE_MBIT = 50;
    static final int SECONDS = 30;

    private static final int UNTIL_MOVE_SECONDS = 10;
    private static final int PATIENCE_MILLIS = 10_000;

    private GoodputOverMove() {}

    /** Prints the undisturbed run's rate, and the moved run's octets over its. */
    public static void main(String[] arguments) throws IOException {
        double undisturbed = receivedBytes(false);
        MovesBench.print(Whole.GOODPUT_UNDISTURBED, undisturbed * 8 / SECONDS / 1e6);
        MovesBench.print(Whole.GOODPUT, receivedBytes(true) / undisturbed);
        System.exit(0);
    }

    private static long receivedBytes(boolean moves) throws IOException {
        // The queue is 50 ms of the rate: one bandwidth-delay product.
        LinkSettings link =
                LinkSettings.delay(Duration.ofMillis(RTT_MILLIS).dividedBy(2)).withRate(RATE_MBIT * 1_000_000L);
        try (MoveBed bed = new MoveBed(link);
                TcpListener listener = bed.server().listen(null, MoveBed.PORT, 1)) {
            TcpConnection reading = bed.laptop()
                    .connect(new InetSocketAddress(MoveBed.SERVER.toInetAddress(), MoveBed.PORT), PATIENCE_MILLIS);
            TcpConnection writing = listener.accept(PATIENCE_MILLIS);
            for (int i = 0; bed.migratable() < 1; i++) {
                if (i == PATIENCE_MILLIS / 10) {
                    throw new TestbedException("the connection did not agree to move");
                }
                pause(10);
            }
            byte[] chunk = new byte[256 * 1024];
            endless("writer", () -> {
                writing.write(chunk, 0, chunk.length);
                return true;
            });
            byte[] target = new byte[256 * 1024];
            endless("reader", () -> reading.read(target, 0, target.length) >= 0);
            pause(UNTIL_MOVE_SECONDS * 1_000L);
            if (moves) {
                bed.move();
            }
            pause((SECONDS - UNTIL_MOVE_SECONDS) * 1_000L);
            return reading.octetsRead();
        }
    }

    private interface Step {
        /** @return whether to go on */
        boolean run() throws IOException;
    }

    /** Until the stack is closed. */
    private static void endless(String name, Step step) {
        Thread thread = new Thread(
                () -> {
                    try {
                        boolean goesOn = true;
                        while (goesOn) {
                            goesOn = step.run();
                        }
                    } catch (IOException closed) {
                        return;
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TestbedException("interrupted while a transfer was measured", e);
        }
    }
}
