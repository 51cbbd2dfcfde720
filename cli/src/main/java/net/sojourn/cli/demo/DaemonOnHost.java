package net.sojourn.cli.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import net.sojourn.cli.Sojourn;
import net.sojourn.daemon.control.ControlClient;
import net.sojourn.daemon.control.Reply;
import net.sojourn.daemon.control.Request;
import net.sojourn.daemon.control.TimelineEvent;
import net.sojourn.daemon.control.TimelineEvent.Kind;
import net.sojourn.testbed.netns.Host;
import net.sojourn.testbed.netns.HostProcess;
import net.sojourn.testbed.netns.JavaProgram;

/** A {@code sojourn daemon} in a process of its own on one host, and all that it tells. Any thread. */
final class DaemonOnHost implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(30);

    private final Host host;
    private final HostProcess process;
    private final Path control;
    private final List<TimelineEvent> events = new ArrayList<>();
    private final BiConsumer<String, TimelineEvent> told;
    private final ControlClient follower;

    private DaemonOnHost(
            Host host,
            HostProcess process,
            Path control,
            ControlClient follower,
            BiConsumer<String, TimelineEvent> told) {
        this.host = host;
        this.process = process;
        this.control = control;
        this.follower = follower;
        this.told = told;
        Thread thread = new Thread(this::follow, "events-" + host.name());
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Writes the configuration, starts the daemon and waits until it answers.
     *
     * @param folder for configuration, control socket and state; must exist
     * @param toml all but {@code [control]} and {@code [restart]}
     * @param told gets the host's name and each event, on a thread of this object
     */
    static DaemonOnHost start(Host host, Path folder, String toml, BiConsumer<String, TimelineEvent> told)
            throws IOException, InterruptedException {
        Path control = folder.resolve(host.name() + ".control");
        Path config = folder.resolve(host.name() + ".toml");
        Files.writeString(
                config,
                toml + "\n[control]\nsocket = \"" + control + "\"\n[restart]\nstate_file = \""
                        + folder.resolve(host.name() + ".connections") + "\"\n",
                StandardCharsets.UTF_8);
        HostProcess process = host.start(command("daemon", "run", "--config", config.toString()));
        process.awaitOutput("sojourn: running", START);
        ControlClient follower = ControlClient.open(control);
        follower.ask(new Request.Events());
        return host.network().own(new DaemonOnHost(host, process, control, follower, told));
    }

    /** The sojourn command in a JVM of its own, with the flags that the launcher uses. */
    private static List<String> command(String... arguments) throws IOException {
        try (InputStream flags = Objects.requireNonNull(Sojourn.class.getResourceAsStream("daemon.jvm"))) {
            List<String> jvm = new String(flags.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> line.startsWith("-"))
                    .toList();
            return JavaProgram.command(jvm, Sojourn.class, arguments);
        }
    }

    private void follow() {
        try {
            while (follower.next() instanceof Reply.Event event) {
                synchronized (this) {
                    events.add(event.event());
                    notifyAll();
                }
                told.accept(host.name(), event.event());
            }
        } catch (IOException e) {
            // The daemon has ended, as it does at the end of the demo.
            synchronized (this) {
                notifyAll();
            }
        }
    }

    String name() {
        return host.name();
    }

    HostProcess process() {
        return process;
    }

    /** How many events there were so far: where to look from later. */
    synchronized int mark() {
        return events.size();
    }

    /** The first event of a kind since {@code mark}, waiting for it. */
    synchronized Optional<TimelineEvent> await(Kind kind, int mark, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            Optional<TimelineEvent> found =
                    since(mark).stream().filter(event -> event.kind() == kind).findFirst();
            long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
            if (found.isPresent() || leftMillis <= 0 || !process.isAlive()) {
                return found;
            }
            wait(leftMillis);
        }
    }

    /** Events since {@code mark}. */
    synchronized List<TimelineEvent> since(int mark) {
        return List.copyOf(events.subList(mark, events.size()));
    }

    /** Asks it over its control socket. */
    <T extends Reply> T ask(Request request, Class<T> expected) throws IOException {
        try (ControlClient client = ControlClient.open(control)) {
            return expected.cast(client.ask(request));
        }
    }

    @Override
    public void close() {
        process.close();
        try {
            follower.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }
}
