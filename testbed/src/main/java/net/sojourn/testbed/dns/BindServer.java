package net.sojourn.testbed.dns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real BIND in a process: makes keys, zone and configuration in a folder of its own, runs {@code named} as an unprivileged
 * user, removes all of it on close. Needs the packages bind9 and bind9-utils, and root for a namespace, another root folder
 * or a port below 1024. One thread.
 */
public final class BindServer implements AutoCloseable {

    private static final long START_MILLIS = 20_000;
    private static final long STOP_MILLIS = 5_000;
    private static final long POLL_MILLIS = 20;

    private final BindSettings settings;
    private final BindFolder folder;
    private final Thread atExit = new Thread(this::stop, "sojourn-bind-stop");
    private @Nullable Process process;

    private BindServer(BindSettings settings, BindFolder folder) {
        this.settings = settings;
        this.folder = folder;
    }

    /**
     * Makes the folder and runs the server; returns when it answers.
     *
     * @throws IOException with the end of the server's log when it does not start
     */
    public static BindServer start(BindSettings settings) throws IOException, InterruptedException {
        BindFolder.removeLeftovers(settings);
        BindServer server = new BindServer(settings, BindFolder.make(settings));
        Runtime.getRuntime().addShutdownHook(server.atExit);
        try {
            server.run();
            return server;
        } catch (IOException | InterruptedException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return settings.listen();
    }

    /** The file with a TSIG key, for the client; mode 0600. */
    public Path tsigKeyFile(String keyName) {
        return folder.tsigKeyFile(keyName);
    }

    /** The {@code .private} file of a host's SIG(0) key, for the client. */
    public Path sig0KeyFile(String host) {
        return folder.sig0KeyFile(host);
    }

    /** Starts a stopped server again, with the zone as it was. */
    public void run() throws IOException, InterruptedException {
        if (process != null && process.isAlive()) {
            throw new IllegalStateException("named runs already as process " + process.pid());
        }
        Files.deleteIfExists(folder.log());
        Process started = new ProcessBuilder(command())
                .redirectErrorStream(true)
                .redirectOutput(folder.log().toFile())
                .start();
        process = started;
        folder.runs(started.pid());
        long endMillis = System.currentTimeMillis() + START_MILLIS;
        while (!answers()) {
            if (!started.isAlive() || System.currentTimeMillis() > endMillis) {
                stop();
                throw new IOException("named did not start at " + settings.listen() + ":\n" + logEnd());
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Ends the process; zone and keys stay. */
    public void stop() {
        Process running = process;
        if (running == null) {
            return;
        }
        process = null;
        running.destroy();
        try {
            if (!running.waitFor(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
                running.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            running.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** The last lines of the server's log. */
    public String logEnd() {
        try {
            String text = Files.readString(folder.log(), StandardCharsets.ISO_8859_1);
            return text.substring(Math.max(0, text.length() - 3000));
        } catch (IOException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }

    @Override
    public void close() {
        stop();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The machine is going down already, and the hook has run or will.
            return;
        } finally {
            try {
                folder.remove();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The log, not the network, since the server may be in another namespace. */
    private boolean answers() throws IOException {
        return Files.exists(folder.log())
                && Files.readString(folder.log(), StandardCharsets.ISO_8859_1).contains(" running\n");
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        settings.namespace().ifPresent(name -> command.addAll(List.of("ip", "netns", "exec", name)));
        settings.root().ifPresent(root -> command.addAll(List.of("chroot", root.toString())));
        command.add(folder.named());
        if (BindFolder.isRoot()) {
            command.addAll(List.of("-u", BindFolder.UNPRIVILEGED_USER));
        }
        command.addAll(List.of("-n", "1", "-g", "-c", folder.insidePath("named.conf")));
        return command;
    }
}
