package net.sojourn.testbed.interop;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Random octets both ways at once over two ends of one connection, hashed at either end. */
final class Transfer {

    private static final int CHUNK_BYTES = 64 * 1024;

    private Transfer() {}

    /**
     * @param forthSent SHA-256 of what went from the first to the second end
     * @param seconds of the whole
     */
    record Result(
            String forthSent,
            String forthReceived,
            String backSent,
            String backReceived,
            long bytesEachWay,
            double seconds) {

        boolean equal() {
            return forthSent.equals(forthReceived) && backSent.equals(backReceived);
        }

        double megabitsPerSecondEachWay() {
            return bytesEachWay * 8 / 1e6 / seconds;
        }
    }

    /** Sends {@code bytesEachWay} in both directions, each end closing its own, until both have read the end. */
    static Result bothWays(Socket first, Socket second, long bytesEachWay) throws IOException {
        ExecutorService threads = Executors.newFixedThreadPool(4, task -> {
            Thread thread = new Thread(task, "transfer");
            thread.setDaemon(true);
            return thread;
        });
        long began = System.nanoTime();
        try {
            Future<String> forthSent = threads.submit(send(first, bytesEachWay, 1));
            Future<String> backSent = threads.submit(send(second, bytesEachWay, 2));
            Future<String> forthReceived = threads.submit(receive(second));
            Future<String> backReceived = threads.submit(receive(first));
            return new Result(
                    forthSent.get(),
                    forthReceived.get(),
                    backSent.get(),
                    backReceived.get(),
                    bytesEachWay,
                    (System.nanoTime() - began) / 1e9);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            threads.shutdownNow();
        }
    }

    private static Callable<String> send(Socket socket, long bytes, long seed) {
        return () -> {
            MessageDigest digest = sha256();
            SplittableRandom random = new SplittableRandom(seed);
            byte[] chunk = new byte[CHUNK_BYTES];
            random.nextBytes(chunk);
            OutputStream out = socket.getOutputStream();
            long round = 0;
            for (long left = bytes; left > 0; left -= chunk.length) {
                // Each chunk differs from all others, without paying for 64 KiB of randomness.
                chunk[(int) (round % CHUNK_BYTES)] ^= (byte) ++round;
                int n = (int) Math.min(left, chunk.length);
                digest.update(chunk, 0, n);
                out.write(chunk, 0, n);
            }
            socket.shutdownOutput();
            return HexFormat.of().formatHex(digest.digest());
        };
    }

    private static Callable<String> receive(Socket socket) {
        return () -> {
            MessageDigest digest = sha256();
            byte[] chunk = new byte[CHUNK_BYTES];
            InputStream in = socket.getInputStream();
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                digest.update(chunk, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest());
        };
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
