package net.sojourn.daemon.control;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on a Unix domain socket, mode 0660, for one {@link Request} a line and answers each with a {@link Reply}. A thread
 * for each asker, at most {@value #MAX_ASKERS}. A line may have {@value #MAX_LINE_BYTES} octets.
 */
public final class ControlServer implements Closeable {

    /** Longest request. */
    public static final int MAX_LINE_BYTES = 64 * 1024;

    private static final int MAX_ASKERS = 64;
    private static final int MAX_WAITING_EVENTS = 4096;
    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);

    /** Who knows the answers. Called on an asker's thread. */
    @FunctionalInterface
    public interface Answers {
        Reply answer(Request request) throws IOException;
    }

    private final Path path;
    private final ServerSocketChannel server;
    private final Answers answers;
    private final Timeline timeline;
    private final ExecutorService threads;
    private final Semaphore askers = new Semaphore(MAX_ASKERS);
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();

    private ControlServer(
            Path path, ServerSocketChannel server, Answers answers, Timeline timeline, ExecutorService threads) {
        this.path = path;
        this.server = server;
        this.answers = answers;
        this.timeline = timeline;
        this.threads = threads;
    }

    /**
     * Binds and begins to answer. A socket left by a dead daemon is replaced.
     *
     * @throws IOException if a living daemon listens there, or the path cannot be used
     */
    public static ControlServer start(Path path, Answers answers, Timeline timeline, ExecutorService threads)
            throws IOException {
        Path folder = path.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        removeLeftover(path);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        // Bound under a name that only we can reach, and moved when its mode is right: nobody finds it open to all.
        Path hidden = Files.createTempDirectory(folder == null ? Path.of(".") : folder, ".control");
        Path unready = hidden.resolve("s");
        try {
            server.bind(UnixDomainSocketAddress.of(unready));
            Files.setPosixFilePermissions(unready, PosixFilePermissions.fromString("rw-rw----"));
            Files.move(unready, path);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw new IOException(
                    "cannot listen on control socket " + path + ": " + e.getMessage()
                            + ". Choose another control.socket, or run with the right to write there.",
                    e);
        } finally {
            Files.deleteIfExists(unready);
            Files.deleteIfExists(hidden);
        }
        ControlServer control = new ControlServer(path, server, answers, timeline, threads);
        threads.execute(control::acceptAll);
        return control;
    }

    private static void removeLeftover(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            throw new IOException(
                    "a daemon already listens on " + path + ". Stop it, or give this one another control.socket.");
        } catch (java.net.ConnectException e) {
            Files.delete(path);
        } catch (java.net.SocketException e) {
            throw new IOException(path + " exists and is no socket. Remove it, or choose another control.socket.", e);
        }
    }

    private void acceptAll() {
        while (server.isOpen()) {
            try {
                SocketChannel asker = server.accept();
                if (!askers.tryAcquire()) {
                    asker.close();
                    continue;
                }
                open.add(asker);
                threads.execute(() -> serve(asker));
            } catch (ClosedChannelException | RejectedExecutionException e) {
                return;
            } catch (IOException e) {
                LOG.warn("control=accept error=\"{}\"", e.getMessage());
                return;
            }
        }
    }

    private void serve(SocketChannel asker) {
        try (asker) {
            LineReader lines = new LineReader(asker);
            for (String line = lines.next(); !line.isEmpty(); line = lines.next()) {
                Request request;
                try {
                    request = RecordJson.decode(Request.class, line);
                } catch (Json.MalformedJsonException | RecordJson.UnexpectedJsonException e) {
                    send(asker, new Reply.Failed("request not understood: " + e.getMessage()));
                    continue;
                }
                if (request instanceof Request.Events) {
                    stream(asker);
                    return;
                }
                send(asker, answerTo(request));
            }
        } catch (IOException e) {
            LOG.debug("control=asker gone=\"{}\"", e.getMessage());
        } finally {
            open.remove(asker);
            askers.release();
        }
    }

    private Reply answerTo(Request request) {
        try {
            return answers.answer(request);
        } catch (IOException | RuntimeException e) {
            LOG.warn("control=request request={} error=\"{}\"", request, e.toString());
            return new Reply.Failed(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private void stream(SocketChannel asker) throws IOException {
        BlockingQueue<TimelineEvent> queue = new ArrayBlockingQueue<>(MAX_WAITING_EVENTS);
        // One who does not read loses events, never holds the daemon up.
        Runnable end = timeline.listen(queue::offer);
        try {
            send(asker, new Reply.Version("events"));
            asker.configureBlocking(false);
            ByteBuffer ignored = ByteBuffer.allocate(64);
            while (server.isOpen()) {
                TimelineEvent event = queue.poll(200, TimeUnit.MILLISECONDS);
                if (event != null) {
                    send(asker, new Reply.Event(event));
                }
                ignored.clear();
                if (asker.read(ignored) < 0) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            end.run();
        }
    }

    private static void send(SocketChannel asker, Reply reply) throws IOException {
        ByteBuffer line = ByteBuffer.wrap((RecordJson.line((Record) reply) + "\n").getBytes(StandardCharsets.UTF_8));
        int idle = 0;
        while (line.hasRemaining()) {
            if (asker.write(line) > 0) {
                idle = 0;
            } else if (++idle > 500) {
                throw new IOException("asker does not read");
            } else {
                pauseForReader();
            }
        }
    }

    private static void pauseForReader() throws IOException {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("stopped");
        }
    }

    /** Ends every asker and removes the socket. */
    @Override
    public void close() throws IOException {
        boolean first = server.isOpen();
        server.close();
        for (SocketChannel asker : open) {
            asker.close();
        }
        if (first) {
            Files.deleteIfExists(path);
        }
    }

    /** Lines of at most {@link #MAX_LINE_BYTES}; an empty one stands for the end. */
    static final class LineReader {

        private final SocketChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocate(8192).limit(0);

        LineReader(SocketChannel channel) {
            this.channel = channel;
        }

        String next() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            while (true) {
                while (buffer.hasRemaining()) {
                    byte octet = buffer.get();
                    if (octet == '\n') {
                        return line.toString(StandardCharsets.UTF_8);
                    }
                    if (line.size() == MAX_LINE_BYTES) {
                        throw new IOException("line too long");
                    }
                    line.write(octet);
                }
                buffer.clear();
                int n = channel.read(buffer);
                buffer.flip();
                if (n < 0) {
                    return "";
                }
            }
        }
    }
}
