package net.sojourn.stack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Objects;
import net.sojourn.stack.ConnectionFailure;
import net.sojourn.stack.tcp.Application;
import net.sojourn.stack.tcp.Tcb;
import net.sojourn.stack.tcp.UserCalls;
import org.jspecify.annotations.Nullable;

/** The user of a script's connection: reads and writes only when the script says so. */
final class ScriptApplication implements Application {

    private @Nullable Tcb tcb;
    private boolean established;
    private String fate = "lives";
    private long written;
    private long read;
    private int readables;

    ScriptApplication on(Tcb connection) {
        tcb = connection;
        established = false;
        fate = "lives";
        written = 0;
        read = 0;
        readables = 0;
        return this;
    }

    boolean isAttached() {
        return tcb != null;
    }

    Tcb tcb() {
        return Objects.requireNonNull(tcb, "no connection yet");
    }

    boolean isEstablished() {
        return established;
    }

    String fate() {
        return fate;
    }

    /** Octet {@code i} of the stream that both sides send. */
    static byte octet(long i) {
        return (byte) (i * 131 + (i >>> 8) * 31 + (i >>> 16));
    }

    static byte[] octets(long from, int count) {
        byte[] octets = new byte[count];
        for (int i = 0; i < count; i++) {
            octets[i] = octet(from + i);
        }
        return octets;
    }

    void write(int bytes) {
        tcb().sendBuffer().append(octets(written, bytes), 0, bytes);
        written += bytes;
        UserCalls.send(tcb());
    }

    void read(int bytes) {
        byte[] got = take(bytes);
        byte[] right = octets(read, bytes);
        for (int i = 0; i < bytes; i++) {
            long at = read + i;
            assertEquals(right[i], got[i], () -> "octet " + at + " of what the user read");
        }
        read += bytes;
    }

    byte[] readAll() {
        return take((int) tcb().receiveBuffer().size());
    }

    private byte[] take(int bytes) {
        var buffer = tcb().receiveBuffer();
        assertEquals(true, buffer.size() >= bytes, () -> "only " + buffer.size() + " octets to read");
        byte[] got = new byte[bytes];
        long from = buffer.start();
        buffer.copyTo(from, bytes, got, 0);
        buffer.release(from + bytes);
        return got;
    }

    @Override
    public void established() {
        established = true;
    }

    @Override
    public void readable() {
        assertEquals("lives", fate, "an application that has been told of the end hears of text");
        readables++;
    }

    /** How often it was told that there is something to read. */
    int readables() {
        return readables;
    }

    @Override
    public void writable() {}

    @Override
    public void ended(ConnectionFailure failure) {
        fate = "ended: " + failure;
        tcb().receiveBuffer().close();
    }
}
