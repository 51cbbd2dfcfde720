package net.sojourn.stack.tcp;

import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import net.sojourn.stack.IpAddress;
import org.jspecify.annotations.Nullable;

/** A port in LISTEN (RFC 9293 3.10.7.2). Loop thread only. */
public final class Listener {

    /** RFC 7413 5.1: as long as the peer might have to wait for its own SYN to be given up. */
    private static final long FAST_OPEN_RESET_NANOS = 60_000_000_000L;

    private final @Nullable IpAddress address;
    private final int port;
    private final BooleanSupplier full;
    private final Function<Tcb, Application> accept;
    private int receiveBufferBytes;
    private int fastOpenPlaces = -1;
    private int fastOpenPending;
    /** When places are free again whose connections were reset. */
    private final ArrayDeque<Long> fastOpenResets = new ArrayDeque<>(0);

    private int halfOpen;
    private volatile boolean deaf;

    /**
     * @param address null for every address
     * @param full whether as many established connections wait to be taken as may; no other can be established then
     * @param accept called when a connection is established, answers who will use it
     */
    public Listener(@Nullable IpAddress address, int port, BooleanSupplier full, Function<Tcb, Application> accept) {
        this.address = address;
        this.port = port;
        this.full = full;
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

    /** How many connections may use Fast Open before their handshake is complete; 0 none, below 0 as the settings say. */
    public void fastOpenPlaces(int places) {
        fastOpenPlaces = places;
    }

    int fastOpenPlaces() {
        return fastOpenPlaces;
    }

    /** @return whether there was a place; it is taken now */
    boolean fastOpenBegins(long nowNanos) {
        while (!fastOpenResets.isEmpty() && fastOpenResets.element() <= nowNanos) {
            fastOpenResets.remove();
            fastOpenPending--;
        }
        if (fastOpenPending >= fastOpenPlaces) {
            return false;
        }
        fastOpenPending++;
        return true;
    }

    void fastOpenEnds() {
        fastOpenPending--;
    }

    /** The place of a connection that is about to end is kept for a while. */
    void fastOpenWasReset(long nowNanos) {
        fastOpenPending++;
        fastOpenResets.add(nowNanos + FAST_OPEN_RESET_NANOS);
    }

    boolean isFull() {
        return full.getAsBoolean();
    }

    /** Connections in SYN-RECEIVED. */
    int halfOpen() {
        return halfOpen;
    }

    void began() {
        halfOpen++;
    }

    /** A connection in SYN-RECEIVED has ended. */
    void abandoned() {
        halfOpen--;
    }

    /**
     * From now on it hears of no more SYNs, though it is still to be {@linkplain Tcp#unlisten taken away}: who closes a port
     * and then tells others so must be right. Any thread.
     */
    public void goDeaf() {
        deaf = true;
    }

    boolean isDeaf() {
        return deaf;
    }

    Application establish(Tcb tcb) {
        halfOpen--;
        return accept.apply(tcb);
    }
}
