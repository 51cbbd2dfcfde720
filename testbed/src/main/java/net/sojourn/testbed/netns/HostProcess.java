package net.sojourn.testbed.netns;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import net.sojourn.testbed.TestbedException;

/**
 * A process that runs on a {@link Host}. Its standard output and error go to one file, so that it never waits for a
 * reader. Thread-safe. Ended when its host's network is closed.
 */
public final class HostProcess implements AutoCloseable {

    private static final Duration GRACE = Duration.ofSeconds(3);
    private static final long LOOK_EVERY_MILLIS = 5;

    private final List<String> command;
    private final Process process;
    private final Path outputFile;

    HostProcess(List<String> command, Process process, Path outputFile) {
        this.command = List.copyOf(command);
        this.process = process;
        this.outputFile = outputFile;
    }

    /** The process id of the command itself (not of a wrapper). */
    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** What the command reads as standard input. */
    public OutputStream standardInput() {
        return process.getOutputStream();
    }

    /** Where its output goes; removed with the network. */
    public Path outputFile() {
        return outputFile;
    }

    /** All that it has printed so far, standard output and error as they came. */
    public String output() {
        try {
            return new String(Files.readAllBytes(outputFile), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until the output contains {@code text}, and returns the output.
     *
     * @throws TestbedException with the output, if the process ends before or {@code timeout} passes
     */
    public String awaitOutput(String text, Duration timeout) {
        return awaitOutput("\"" + text + "\"", output -> output.contains(text), timeout);
    }

    /** As {@link #awaitOutput(String, Duration)}, with any condition; {@code what} names it in the error. */
    public String awaitOutput(String what, Predicate<String> condition, Duration timeout) {
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        while (true) {
            boolean ended = !process.isAlive(); // Before reading: what it printed last must not be missed.
            String output = output();
            if (condition.test(output)) {
                return output;
            }
            if (ended || System.nanoTime() >= deadlineNanos) {
                throw new TestbedException(String.join(" ", command) + (ended ? " ended" : " ran on")
                        + " without printing " + what + "; it printed: " + output.strip());
            }
            pause();
        }
    }

    /**
     * Waits for its end and returns the exit status.
     *
     * @throws TestbedException with the output, if it still runs after {@code timeout}
     */
    public int awaitExit(Duration timeout) {
        try {
            if (process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                return process.exitValue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new TestbedException(String.join(" ", command) + " still runs after " + timeout.toMillis()
                + " ms; it printed: " + output().strip());
    }

    /** Kills it at once (SIGKILL), without its descendants: the crash a test wants to see. */
    public void kill() {
        process.destroyForcibly();
        awaitExit(GRACE);
    }

    /** Ends it and its descendants: SIGTERM, and SIGKILL to what is left after 3 s. */
    @Override
    public void close() {
        List<ProcessHandle> family;
        try (Stream<ProcessHandle> descendants = process.descendants()) {
            family = Stream.concat(Stream.of(process.toHandle()), descendants).toList();
        }
        family.forEach(ProcessHandle::destroy);
        long deadlineNanos = System.nanoTime() + GRACE.toNanos();
        while (family.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() < deadlineNanos) {
            pause();
        }
        family.forEach(ProcessHandle::destroyForcibly);
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_EVERY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TestbedException("interrupted while waiting for a process", e);
        }
    }
}
