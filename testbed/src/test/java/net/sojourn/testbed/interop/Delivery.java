package net.sojourn.testbed.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.Socket;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import net.sojourn.testbed.interop.InteropBed.Pair;

/**
 * Octets that went from one end of a connection to the other, all of them, checked by SHA-256.
 *
 * @param seconds from the first octet written to the end of the stream read
 */
public record Delivery(long bytes, double seconds) {

    /** Sends and shuts the sender's direction. */
    public static Delivery run(Socket from, Socket to, long bytes) throws IOException {
        long start = System.nanoTime();
        long seed = start ^ bytes;
        CompletableFuture<String> sent = inBackground("sender", () -> {
            String sha256 = Octets.send(from.getOutputStream(), seed, bytes);
            from.shutdownOutput();
            return sha256;
        });
        Octets.Arrival arrival = Octets.receive(to.getInputStream());
        double seconds = (System.nanoTime() - start) / 1e9;
        assertEquals(bytes, arrival.bytes(), "octets that arrived");
        assertEquals(sent.join(), arrival.sha256(), "SHA-256 of what was sent and of what arrived");
        return new Delivery(bytes, seconds);
    }

    /** What {@link #bothWays} found. */
    record BothWays(Delivery toKernel, Delivery toStack) {
        @Override
        public String toString() {
            return "send " + toKernel + ", receive " + toStack;
        }
    }

    /** Both ways at the same time. */
    static BothWays bothWays(Pair pair, long bytesEachWay) throws IOException {
        CompletableFuture<Delivery> toStack =
                inBackground("to-stack", () -> run(pair.kernel(), pair.stack(), bytesEachWay));
        Delivery toKernel = run(pair.stack(), pair.kernel(), bytesEachWay);
        return new BothWays(toKernel, toStack.join());
    }

    public double megabitsPerSecond() {
        return bytes * 8 / 1e6 / seconds;
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%d MiB in %.3f s, %.1f Mbit/s", bytes >> 20, seconds, megabitsPerSecond());
    }

    /** Runs {@code task} on a thread of its own. */
    public static <T> CompletableFuture<T> inBackground(String name, Callable<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        result.complete(task.call());
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return result;
    }
}
