package net.sojourn.testbed.netns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The note that says which process owns which namespaces, so that the next run can tell the leftovers of a killed run
 * from the work of one that lives: {@code /run/sojourn-testbed/ID.run} holds the owner's process id and start time (a
 * process id alone may be taken again), {@code ID/} the output of its processes, and everything else that the run made
 * outside bears {@code sj-ID-} in front of its name.
 */
final class RunRecord {

    static final Path DIRECTORY = Path.of("/run/sojourn-testbed");
    private static final Path NAMESPACES = Path.of("/run/netns");
    private static final Path NAMESPACE_FILES = Path.of("/etc/netns");
    private static final String SUFFIX = ".run";
    private static final Duration DYING = Duration.ofSeconds(3);
    private static final Logger LOG = LoggerFactory.getLogger(RunRecord.class);

    private final String id;

    private RunRecord(String id) {
        this.id = id;
    }

    /** Takes a fresh run id and writes its record. */
    static RunRecord create() {
        String id =
                Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36 * 36, 36 * 36 * 36 * 36 * 35), 36);
        try {
            Files.createDirectories(DIRECTORY.resolve(id));
            Path draft = DIRECTORY.resolve(id + ".draft");
            long pid = ProcessHandle.current().pid();
            Files.writeString(draft, pid + " " + startTicks(pid).orElseThrow() + "\n");
            Files.move(draft, DIRECTORY.resolve(id + SUFFIX), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the run's record in " + DIRECTORY, e);
        }
        return new RunRecord(id);
    }

    String id() {
        return id;
    }

    Path directory() {
        return DIRECTORY.resolve(id);
    }

    String namespace(String host) {
        return "sj-" + id + "-" + host;
    }

    /** Removes what this run made: processes in its namespaces, the namespaces, files, the record. */
    void remove() {
        removeRun(id);
    }

    /** Removes what runs have left whose process is gone. Returns their ids. */
    static List<String> removeLeftovers() {
        List<String> removed = new ArrayList<>();
        for (Path record : list(DIRECTORY)) {
            String name = record.getFileName().toString();
            if (name.endsWith(SUFFIX) && !isOwnerAlive(record)) {
                String id = name.substring(0, name.length() - SUFFIX.length());
                LOG.info("removing what the killed run {} has left", id);
                removeRun(id);
                removed.add(id);
            }
        }
        return removed;
    }

    private static boolean isOwnerAlive(Path record) {
        try {
            String[] owner = Files.readString(record).strip().split(" ", -1);
            Optional<String> ticks = startTicks(Long.parseLong(owner[0]));
            return ticks.isPresent() && ticks.get().equals(owner[1]);
        } catch (IOException e) {
            return true; // Another run is just removing it.
        }
    }

    private static void removeRun(String id) {
        String prefix = "sj-" + id + "-";
        List<String> namespaces = names(NAMESPACES, prefix);
        namespaces.forEach(RunRecord::endProcesses);
        for (String namespace : namespaces) {
            CommandResult deleted =
                    Commands.run(List.of("ip", "netns", "del", namespace), "", Commands.DEFAULT_TIMEOUT);
            if (!deleted.succeeded() && Files.exists(NAMESPACES.resolve(namespace))) {
                LOG.warn(
                        "cannot remove namespace {}: {}",
                        namespace,
                        deleted.errors().strip());
            }
        }
        names(NAMESPACE_FILES, prefix).forEach(name -> deleteTree(NAMESPACE_FILES.resolve(name)));
        deleteTree(DIRECTORY.resolve(id));
        deleteTree(DIRECTORY.resolve(id + SUFFIX));
    }

    /** Every process whose main thread lives in {@code namespace} was started by the run, so it ends with it. */
    private static void endProcesses(String namespace) {
        CommandResult listed = Commands.run(List.of("ip", "netns", "pids", namespace), "", Commands.DEFAULT_TIMEOUT);
        List<ProcessHandle> processes = listed.output()
                .lines()
                .map(line -> ProcessHandle.of(Long.parseLong(line.strip())))
                .flatMap(Optional::stream)
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .toList();
        processes.forEach(ProcessHandle::destroyForcibly);
        long deadlineNanos = System.nanoTime() + DYING.toNanos();
        while (processes.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() < deadlineNanos) {
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** The start time of a process in clock ticks since boot: field 22 of proc_pid_stat(5); empty if there is none. */
    static Optional<String> startTicks(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            // The second field, the name, may hold blanks and parentheses.
            String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            boolean dead = afterName[0].equals("Z") || afterName[0].equals("X");
            return dead ? Optional.empty() : Optional.of(afterName[22 - 3]);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static List<String> names(Path directory, String prefix) {
        return list(directory).stream()
                .map(path -> path.getFileName().toString())
                .filter(name -> name.startsWith(prefix))
                .toList();
    }

    private static List<Path> list(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteTree(Path root) {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("cannot remove {}: {}", root, e.toString());
        }
    }
}
