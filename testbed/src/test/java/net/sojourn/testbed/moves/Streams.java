package net.sojourn.testbed.moves;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import net.sojourn.testbed.interop.Delivery;
import net.sojourn.testbed.interop.Octets;
import net.sojourn.testbed.interop.Waiting;

/** Both ends of a connection write as fast as they can, until they are told to stop; every octet is compared. */
final class Streams {

    private static final int CHUNK_BYTES = 32 * 1024;

    private final RoamingBed bed;
    private final Way toServer;
    private final Way toLaptop;
    private volatile boolean stopping;

    Streams(RoamingBed bed, RoamingBed.Ends ends) {
        this.bed = bed;
        toServer = new Way(ends.laptop(), ends.server(), 1);
        toLaptop = new Way(ends.server(), ends.laptop(), 2);
    }

    /** One direction. The text is one chunk again and again, its own number in front. */
    private final class Way {

        private final byte[] chunk;
        private final AtomicLong arrived = new AtomicLong();
        private final CompletableFuture<Long> sent;
        private final CompletableFuture<Long> received;

        Way(Socket from, Socket to, int seed) {
            chunk = Octets.few(seed, CHUNK_BYTES);
            sent = Delivery.inBackground("writer", () -> send(from));
            received = Delivery.inBackground("reader", () -> receive(to));
        }

        private long send(Socket from) throws IOException {
            OutputStream out = from.getOutputStream();
            byte[] numbered = chunk.clone();
            long chunks = 0;
            while (!stopping) {
                number(numbered, chunks);
                out.write(numbered);
                chunks++;
            }
            from.shutdownOutput();
            return chunks * CHUNK_BYTES;
        }

        private long receive(Socket to) throws IOException {
            InputStream in = to.getInputStream();
            byte[] expected = chunk.clone();
            byte[] found = new byte[CHUNK_BYTES];
            long bytes = 0;
            for (long chunks = 0; ; chunks++) {
                int length = 0;
                while (length < CHUNK_BYTES) {
                    int n = in.read(found, length, CHUNK_BYTES - length);
                    if (n < 0) {
                        assertEquals(0, length, "the stream ends in the midst of a chunk");
                        return bytes;
                    }
                    length += n;
                    arrived.addAndGet(n);
                }
                number(expected, chunks);
                if (!java.util.Arrays.equals(expected, found)) {
                    throw new AssertionError("chunk " + chunks + " is not what was sent");
                }
                bytes += length;
            }
        }

        private void number(byte[] octets, long n) {
            for (int i = 0; i < Long.BYTES; i++) {
                octets[i] = (byte) (n >>> 8 * i);
            }
        }

        boolean failed() {
            return sent.isCompletedExceptionally() || received.isCompletedExceptionally();
        }
    }

    /** Waits until each end has {@code bytes} octets on their way that nobody has acknowledged. */
    void awaitFlight(long bytes) {
        Waiting.until(
                bytes + " octets in flight each way",
                () -> bed.laptop().connection().flightBytes() >= bytes
                        && bed.server().connection().flightBytes() >= bytes,
                bed::describe);
    }

    /** Waits until new text has arrived at both ends. */
    void awaitProgress() {
        awaitProgress(Duration.ofSeconds(10));
    }

    void awaitProgress(Duration patience) {
        long atServer = toServer.arrived.get();
        long atLaptop = toLaptop.arrived.get();
        // More than what may have been on its way.
        long more = 64 * 1024;
        Waiting.until(
                "new text at both ends",
                patience,
                () -> toServer.failed()
                        || toLaptop.failed()
                        || toServer.arrived.get() > atServer + more && toLaptop.arrived.get() > atLaptop + more,
                bed::describe);
    }

    /** Stops, and compares what was sent with what arrived. @return octets carried, both ways together */
    long finish() {
        stopping = true;
        try {
            assertEquals(toServer.sent.join(), toServer.received.join());
            assertEquals(toLaptop.sent.join(), toLaptop.received.join());
        } catch (RuntimeException e) {
            throw new AssertionError(bed.describe(), e);
        }
        return toServer.sent.join() + toLaptop.sent.join();
    }
}
