package net.sojourn.stack.world;

import java.util.function.LongSupplier;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.TcpState;
import net.sojourn.stack.tcp.Application;
import net.sojourn.stack.tcp.Tcb;
import net.sojourn.stack.tcp.UserCalls;
import org.jspecify.annotations.Nullable;

/**
 * Sends a known stream of octets and reads what the peer sends, holding every octet against the known stream: so each
 * octet once and in order, or the run fails.
 */
public final class WorldApplication implements Application {

    private final World world;
    private final LongSupplier clock;
    private @Nullable Tcb tcb;
    private boolean established;
    private @Nullable ConnectionFailure ended;
    private long toSend;
    private long written;
    private long received;
    private boolean closeWhenSent;
    private boolean outputClosed;
    private boolean endOfStream;
    private boolean wrongOctet;
    private boolean reading = true;
    private final byte[] scratch = new byte[16 * 1024];

    WorldApplication(World world, LongSupplier clock) {
        this.world = world;
        this.clock = clock;
    }

    WorldApplication on(Tcb connection) {
        tcb = connection;
        return this;
    }

    public boolean isAttached() {
        return tcb != null;
    }

    public Tcb tcb() {
        Tcb connection = tcb;
        if (connection == null) {
            throw new IllegalStateException("not connected");
        }
        return connection;
    }

    /** Octet {@code i} of the stream that every application sends. */
    public static byte octet(long i) {
        return (byte) (i * 131 + (i >>> 8) * 31 + (i >>> 16));
    }

    /** Sends so many octets, then closes its direction. */
    public WorldApplication sendThenClose(long bytes) {
        send(bytes);
        closeWhenSent = true;
        pump();
        return this;
    }

    public WorldApplication send(long bytes) {
        toSend += bytes;
        pump();
        return this;
    }

    /** Stops or resumes taking what arrives. */
    public void reading(boolean on) {
        reading = on;
        if (on) {
            readable();
        }
    }

    private void pump() {
        Tcb connection = tcb;
        if (connection == null || ended != null || connection.state() == TcpState.CLOSED) {
            return;
        }
        while (written < toSend && connection.sendBuffer().size() < connection.sendBufferBytes()) {
            int n = (int) Math.min(scratch.length, toSend - written);
            for (int i = 0; i < n; i++) {
                scratch[i] = octet(written + i);
            }
            connection.sendBuffer().append(scratch, 0, n);
            written += n;
        }
        UserCalls.send(connection);
        // Called from outside as well: the host must get its turn although nothing else happens.
        world.after(0, () -> {});
        if (written == toSend && closeWhenSent && established && !outputClosed) {
            outputClosed = true;
            UserCalls.closeOutput(connection);
        }
    }

    @Override
    public void established() {
        established = true;
        pump();
    }

    @Override
    public void readable() {
        Tcb connection = tcb();
        while (reading && connection.receiveBuffer().size() > 0) {
            long from = connection.receiveBuffer().start();
            int n = (int) Math.min(scratch.length, connection.receiveBuffer().size());
            connection.receiveBuffer().copyTo(from, n, scratch, 0);
            connection.receiveBuffer().release(from + n);
            for (int i = 0; i < n; i++) {
                wrongOctet |= scratch[i] != octet(received + i);
            }
            received += n;
        }
        endOfStream = connection.endOfStream() && connection.receiveBuffer().size() == 0;
        world.after(0, () -> UserCalls.received(connection, clock.getAsLong()));
    }

    @Override
    public void writable() {
        world.after(0, this::pump);
    }

    @Override
    public void ended(ConnectionFailure failure) {
        // A frozen connection goes on in the next life of the stack.
        ended = failure == ConnectionFailure.FROZEN ? null : failure;
        tcb().receiveBuffer().close();
    }

    public boolean isEstablished() {
        return established;
    }

    public boolean isEnded() {
        return ended != null;
    }

    public @Nullable ConnectionFailure failure() {
        return ended;
    }

    public boolean sawEndOfStream() {
        return endOfStream;
    }

    public long received() {
        return received;
    }

    /** Every octet that arrived was the right one. */
    public void assertStreamIntact() {
        if (wrongOctet) {
            throw new AssertionError(
                    "seed " + world.seed() + ": a wrong octet among the first " + received + "\n" + world.tail());
        }
    }
}
