package net.sojourn.daemon.control;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import net.sojourn.tun.host.RunFolder;

/** Asks a daemon over its control socket. One thread at a time. */
public final class ControlClient implements Closeable {

    /** Where a daemon listens unless its configuration says otherwise. */
    public static final String USUAL_SOCKET = RunFolder.NAME + "/control";

    private final SocketChannel channel;
    private final BufferedReader lines;

    private ControlClient(SocketChannel channel) {
        this.channel = channel;
        this.lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    }

    /** @throws IOException saying what to do when no daemon listens, or we may not ask it */
    public static ControlClient open(Path socket) throws IOException {
        try {
            return new ControlClient(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
        } catch (IOException e) {
            boolean denied = String.valueOf(e.getMessage()).contains("Permission denied");
            throw new IOException(
                    denied
                            ? "no permission to use " + socket + ": run as root or join the group that owns it"
                            : "no daemon answers on " + socket
                                    + ": start one with 'sojourn daemon run --config FILE', or name its socket with"
                                    + " --control",
                    e);
        }
    }

    /** @throws IOException also when the daemon answers {@link Reply.Failed} */
    public Reply ask(Request request) throws IOException {
        ByteBuffer line = ByteBuffer.wrap((RecordJson.line((Record) request) + "\n").getBytes(StandardCharsets.UTF_8));
        while (line.hasRemaining()) {
            channel.write(line);
        }
        Reply reply = next();
        if (reply instanceof Reply.Failed failed) {
            throw new IOException(failed.message());
        }
        return reply;
    }

    /** The next line the daemon sends: after {@link Request.Events}, the next event. */
    public Reply next() throws IOException {
        String line = lines.readLine();
        if (line == null) {
            throw new IOException("the daemon has closed the connection");
        }
        try {
            return RecordJson.decode(Reply.class, line);
        } catch (Json.MalformedJsonException | RecordJson.UnexpectedJsonException e) {
            throw new IOException(
                    "the daemon answers in another language (" + e.getMessage() + "): is it of the same version?", e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
