package net.sojourn.stack.tcp;

import java.util.function.Function;
import net.sojourn.stack.IpAddress;
import org.jspecify.annotations.Nullable;

/** A port in LISTEN (RFC 9293 3.10.7.2). Loop thread only. */
public final class Listener {

    private final @Nullable IpAddress address;
    private final int port;
    private final int backlog;
    private final Function<Tcb, Application> accept;
    private int receiveBufferBytes;
    private int pending;

    /**
     * @param address null for every address
     * @param backlog connections that may be in SYN-RECEIVED or wait to be taken
     * @param accept called when a connection is established, answers who will use it
     */
    public Listener(@Nullable IpAddress address, int port, int backlog, Function<Tcb, Application> accept) {
        this.address = address;
        this.port = port;
        this.backlog = backlog;
        this.accept = accept;
    }

    public @Nullable IpAddress address() {
        return address;
    }

    public int port() {
        return port;
    }

    /** What connections of this port may hold for their application; 0 means as the stack's settings say. */
    public void receiveBufferBytes(int bytes) {
        receiveBufferBytes = bytes;
    }

    int receiveBufferBytes() {
        return receiveBufferBytes;
    }

    boolean isFull() {
        return pending >= backlog;
    }

    void began() {
        pending++;
    }

    /** A connection was taken by the application, or ended before that. */
    public void taken() {
        pending--;
    }

    Application establish(Tcb tcb) {
        return accept.apply(tcb);
    }
}
