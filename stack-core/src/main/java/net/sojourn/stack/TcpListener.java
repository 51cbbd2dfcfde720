package net.sojourn.stack;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import net.sojourn.stack.loop.Interrupts;
import net.sojourn.stack.loop.LoopTask;
import net.sojourn.stack.loop.Signal;
import net.sojourn.stack.loop.StackLoop;
import net.sojourn.stack.tcp.Listener;
import org.jspecify.annotations.Nullable;

/** A port that takes connections. Any thread. */
public final class TcpListener implements Closeable {

    private final NetworkStack stack;
    private final Listener listener;
    private final ConcurrentLinkedQueue<TcpConnection> waiting = new ConcurrentLinkedQueue<>();
    /** How many they are, so that taking one need not be told to the loop. */
    private final AtomicInteger waitingCount = new AtomicInteger();

    private final Signal arrival = new Signal();
    private volatile Interrupts interrupts = Interrupts.END_EVERY_WAIT;
    private volatile Runnable arrivals = () -> {};
    private volatile boolean closed;
    /** Whether {@link #teller} has been handed over; loop thread only. */
    private boolean willTell;

    private final LoopTask teller = new LoopTask() {
        @Override
        protected void run(long nowNanos) {
            willTell = false;
            arrival.raise();
            arrivals.run();
        }
    };

    TcpListener(NetworkStack stack, StackSettings settings, @Nullable IpAddress address, int port, int backlog) {
        this.stack = stack;
        this.listener = new Listener(address, port, () -> waitingCount.get() >= backlog, tcb -> {
            TcpConnection connection = new TcpConnection(stack, tcb, settings, true);
            waitingCount.incrementAndGet();
            waiting.add(connection);
            tellLater();
            return connection.application();
        });
    }

    /** Not while packets are taken in: more may come, and who is woken may take this processor from the loop. */
    private void tellLater() {
        if (!willTell) {
            willTell = true;
            stack.loop().execute(teller);
        }
    }

    Listener listener() {
        return listener;
    }

    /** The wildcard address if it listens on all. */
    public InetSocketAddress localAddress() {
        IpAddress address = listener.address();
        return address == null
                ? new InetSocketAddress(listener.port())
                : new InetSocketAddress(address.toInetAddress(), listener.port());
    }

    /**
     * Waits for a connection.
     *
     * @param timeoutMillis 0 waits without limit
     * @throws SocketTimeoutException after that time
     * @throws SocketException when the listener is closed
     */
    public TcpConnection accept(int timeoutMillis) throws IOException {
        long start = StackLoop.nowNanos() / 1_000_000;
        while (true) {
            long left = timeoutMillis == 0 ? 0 : timeoutMillis - (StackLoop.nowNanos() / 1_000_000 - start);
            long waitMillis = timeoutMillis == 0 ? 0 : left + 1;
            if (left < 0 || !arrival.await(() -> closed || !waiting.isEmpty(), waitMillis, interrupts)) {
                throw new SocketTimeoutException("Accept timed out");
            }
            TcpConnection connection = tryAccept();
            if (connection != null) {
                return connection;
            }
        }
    }

    /**
     * The next connection, or null when none waits. Never blocks.
     *
     * @throws SocketException when the listener is closed
     */
    public @Nullable TcpConnection tryAccept() throws IOException {
        if (closed) {
            throw new SocketException("Socket closed");
        }
        TcpConnection connection = waiting.poll();
        if (connection != null) {
            waitingCount.decrementAndGet();
        }
        return connection;
    }

    public boolean isAcceptable() {
        return closed || !waiting.isEmpty();
    }

    /** Called on the stack's thread after connections have come; it must return soon. */
    public void arrivals(Runnable listener) {
        arrivals = listener;
    }

    /** What an interrupt does to {@link #accept}; {@link Interrupts#END_EVERY_WAIT} unless told otherwise. */
    public void interrupts(Interrupts value) {
        interrupts = value;
    }

    /** {@link TcpConnection#receiveBufferBytes} of connections to come. */
    public void receiveBufferBytes(int bytes) {
        try {
            stack.loop().execute(now -> listener.receiveBufferBytes(bytes));
        } catch (RejectedExecutionException e) {
            // The stack has closed; there will be none.
        }
    }

    /**
     * Lets clients with a cookie send text with their SYN (RFC 7413), which its application may then see twice.
     *
     * @param places how many of them may not have completed the handshake; 0 turns it off. At first {@link
     *     StackSettings#fastOpenPlaces}.
     */
    public void fastOpenPlaces(int places) {
        if (places < 0) {
            throw new IllegalArgumentException("places must not be below 0: " + places);
        }
        try {
            stack.loop().execute(now -> listener.fastOpenPlaces(places));
        } catch (RejectedExecutionException e) {
            // The stack has closed; there will be none.
        }
    }

    public boolean isClosed() {
        return closed;
    }

    /** Connections that nobody has taken are reset. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        listener.goDeaf();
        try {
            stack.loop().execute(now -> {
                stack.machine().tcp().unlisten(listener);
                abortWaiting();
            });
        } catch (RejectedExecutionException e) {
            // The stack has closed and with it every connection; what they hold is freed.
            abortWaiting();
        }
        arrival.raise();
    }

    private void abortWaiting() {
        for (TcpConnection left = waiting.poll(); left != null; left = waiting.poll()) {
            left.abort();
        }
    }
}
