package net.sojourn.cli.demo;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.sojourn.testbed.netns.Host;

/**
 * One curl on one host. Its output is read as it comes: counted, hashed, and each arrival's time kept, so that one can tell
 * when octets came again after a move. Any thread.
 */
final class Download implements AutoCloseable {

    private static final int CHUNK_BYTES = 64 * 1024;
    private static final long POLL_MILLIS = 1;

    private final Process curl;
    private final Thread reader;
    private final MessageDigest digest;
    private long[] arrivalNanos = new long[4096];
    private int arrivals;
    private long octets;
    private String errors = "";
    private boolean ended;

    private Download(Process curl) {
        this.curl = curl;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        reader = new Thread(this::read, "download");
        reader.setDaemon(true);
        reader.start();
    }

    /** @param arguments of curl; standard output is the file */
    static Download start(Host host, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", host.namespace(), "curl", "-sSfN"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).start();
        process.getOutputStream().close();
        return host.network().own(new Download(process));
    }

    private void read() {
        byte[] chunk = new byte[CHUNK_BYTES];
        String failure = "";
        try (InputStream in = curl.getInputStream()) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                arrived(chunk, n, System.nanoTime());
            }
            failure = new String(curl.getErrorStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IOException e) {
            failure = e.toString();
        }
        synchronized (this) {
            errors = failure.strip();
            ended = true;
        }
    }

    private synchronized void arrived(byte[] chunk, int n, long nowNanos) {
        digest.update(chunk, 0, n);
        octets += n;
        if (arrivals == arrivalNanos.length) {
            arrivalNanos = Arrays.copyOf(arrivalNanos, 2 * arrivals);
        }
        arrivalNanos[arrivals++] = nowNanos;
    }

    synchronized long octets() {
        return octets;
    }

    synchronized boolean isEnded() {
        return ended;
    }

    /** When the first octets after {@code nanos} came, or -1. */
    synchronized long firstArrivalAfter(long nanos) {
        int low = 0;
        int high = arrivals;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (arrivalNanos[middle] - nanos > 0) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low < arrivals ? arrivalNanos[low] : -1;
    }

    /** Waits for {@link #firstArrivalAfter}; -1 if none came within {@code timeout}. */
    long awaitArrivalAfter(long nanos, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        long found = firstArrivalAfter(nanos);
        while (found < 0 && System.nanoTime() - deadline < 0 && !isEnded()) {
            Thread.sleep(POLL_MILLIS);
            found = firstArrivalAfter(nanos);
        }
        return found < 0 ? firstArrivalAfter(nanos) : found;
    }

    /** Waits until so many octets have come, or it has ended. @return whether they came */
    boolean awaitOctets(long wanted, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (octets() < wanted && !isEnded() && System.nanoTime() - deadline < 0) {
            Thread.sleep(POLL_MILLIS);
        }
        return octets() >= wanted;
    }

    /** Waits for curl's end. @return empty if all went well, else what curl said */
    String awaitEnd(Duration timeout) throws InterruptedException {
        reader.join(timeout.toMillis());
        if (!isEnded()) {
            return "not done within " + timeout.toSeconds() + " s, " + octets() + " octets so far";
        }
        int status = curl.waitFor();
        synchronized (this) {
            return status == 0 ? "" : "curl ended with status " + status + ": " + errors;
        }
    }

    /** Of all that came; after the end. */
    synchronized String sha256() {
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public void close() {
        curl.destroy();
    }
}
