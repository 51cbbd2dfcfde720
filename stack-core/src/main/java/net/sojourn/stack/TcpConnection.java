package net.sojourn.stack;

import io.netty.buffer.ByteBuf;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import net.sojourn.stack.loop.Interrupts;
import net.sojourn.stack.loop.LoopTask;
import net.sojourn.stack.loop.Signal;
import net.sojourn.stack.loop.StackLoop;
import net.sojourn.stack.tcp.Application;
import net.sojourn.stack.tcp.Tcb;
import net.sojourn.stack.tcp.UserCalls;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection as its application has it. Any thread; reads among themselves, and writes among themselves, take
 * turns. A move of the connection to another address changes {@link #localAddress()} or {@link #remoteAddress()} and
 * nothing else.
 *
 * <p>There are two ways to use it. Blocking calls ({@link #read}, {@link #write}) hold no monitor and end with {@link
 * InterruptedIOException} when interrupted, unless {@link #interrupts} says otherwise. Calls that never wait ({@link
 * #tryRead}, {@link #receive}, {@link #tryWrite}, {@link #send}) go with {@link ConnectionEvents}.
 */
public final class TcpConnection implements Closeable {

    private static final String BROKEN_PIPE = "Broken pipe";
    private static final ConnectionEvents NOBODY = new ConnectionEvents() {};

    private final NetworkStack stack;
    private final Tcb tcb;
    private final ReceiveSide input;
    private final SendSide output;
    private final Signal progress = new Signal();

    private volatile ConnectionEvents events = NOBODY;
    private volatile Interrupts interrupts = Interrupts.END_EVERY_WAIT;
    private volatile boolean established;

    private volatile boolean ended;
    private volatile boolean finArrived;
    private volatile ConnectionFailure failure = ConnectionFailure.NONE;
    private volatile boolean failureTold;
    private volatile boolean closed;
    private volatile boolean frozen;
    private volatile long readWhenFrozen;
    /** Only ever true on the loop, before anybody else knows the connection. */
    private boolean beingPrepared;

    /** On the loop, or before it runs. @param established whether the handshake is complete */
    TcpConnection(NetworkStack stack, Tcb tcb, StackSettings settings, boolean established) {
        this.stack = stack;
        this.tcb = tcb;
        this.established = established;
        this.input = new ReceiveSide(this, tcb, tcb.receiveBufferBytes());
        this.output = new SendSide(this, tcb);
    }

    /** Takes over a connection from a former life of the stack. Before the loop runs. */
    static TcpConnection thawed(NetworkStack stack, Tcb tcb, StackSettings settings) {
        TcpConnection connection = new TcpConnection(stack, tcb, settings, true);
        tcb.attach(connection.application());
        connection.input.arrived();
        if (tcb.isOutputClosed()) {
            connection.output.wasShut();
        }
        connection.finArrived = tcb.isFinAcknowledged();
        return connection;
    }

    /** What the loop tells; on the loop. */
    Application application() {
        return new User();
    }

    /** What the loop knows of the application. */
    final class User implements Application {

        TcpConnection connection() {
            return TcpConnection.this;
        }

        @Override
        public void established() {
            if (!established) {
                established = true;
                progress.raise();
                events.established();
            }
        }

        @Override
        public void readable() {
            input.arrived();
            events.readable();
        }

        @Override
        public void writable() {
            if (tcb.isFinAcknowledged()) {
                finArrived = true;
                progress.raise();
            }
            if (output.roomCame()) {
                events.writable();
            }
        }

        @Override
        public void ended(ConnectionFailure cause) {
            failure = cause;
            if (frozen) {
                readWhenFrozen = tcb.receiveBuffer().start();
            }
            ended = true;
            if (frozen) {
                input.close();
            }
            input.forgetUnread();
            progress.raise();
            input.raise();
            output.raise();
            events.ended(cause);
        }
    }

    /** Unique in its stack, for ever. */
    public long id() {
        return tcb.id();
    }

    public InetSocketAddress localAddress() {
        FourTuple tuple = tcb.tuple();
        return new InetSocketAddress(tuple.localAddress().toInetAddress(), tuple.localPort());
    }

    public InetSocketAddress remoteAddress() {
        FourTuple tuple = tcb.tuple();
        return new InetSocketAddress(tuple.peerAddress().toInetAddress(), tuple.peerPort());
    }

    /**
     * Octets that have been taken out since the connection was opened, by this application or by one before a freeze. Exact
     * also after a call that was ended by {@link ConnectionFailure#FROZEN}.
     */
    public long octetsRead() {
        return frozen && ended ? readWhenFrozen : tcb.receiveBuffer().start();
    }

    /** Octets that have been put in, as {@link #octetsRead} counts: how far a write came that was ended by a freeze. */
    public long octetsWritten() {
        return tcb.sendBuffer().end();
    }

    /** A snapshot; waits for the loop to take it. */
    public ConnectionInfo info() throws IOException {
        return stack.onLoop(tcb::info);
    }

    // ---- being opened

    /** While it is prepared: as much of {@code text} as there is room for. */
    void firstText(ByteBuffer text) {
        try {
            output.tryWrite(text);
        } catch (IOException e) {
            throw new IllegalStateException("a connection that nobody knows yet has ended", e);
        }
    }

    /**
     * Waits until the handshake is complete, for a connection of {@link NetworkStack#open}. If that fails, the connection
     * is aborted.
     *
     * @param timeoutMillis 0 waits as long as the stack tries
     * @throws SocketTimeoutException after that time
     * @throws ConnectException refused, or given up
     * @throws SocketException unreachable, or closed meanwhile
     */
    public void awaitEstablished(int timeoutMillis) throws IOException {
        boolean done;
        try {
            done = progress.await(() -> established || ended || isOut(), timeoutMillis, interrupts);
        } catch (InterruptedIOException e) {
            abort();
            throw e;
        }
        if (!done) {
            abort();
            throw new SocketTimeoutException("Connect timed out");
        }
        finishOpening();
    }

    /** @return whether the handshake is complete; throws as {@link #awaitEstablished} does if it failed */
    public boolean finishOpening() throws IOException {
        checkOpen();
        boolean lost = ended && failure != ConnectionFailure.NONE && !input.endOfStream() && input.isEmpty();
        if (lost || (ended && !established)) {
            throw connectFailure(failure);
        }
        return established;
    }

    static SocketException connectFailure(ConnectionFailure failure) {
        return switch (failure) {
            case HOST_UNREACHABLE -> new NoRouteToHostException(failure.message());
            case NETWORK_UNREACHABLE -> new SocketException(failure.message());
            case ABORTED, NONE -> new SocketException(ConnectionFailure.ABORTED.message());
            default -> new ConnectException(failure.message());
        };
    }

    public boolean isEstablished() {
        return established;
    }

    // ---- reading

    /** As {@link java.net.Socket#setSoTimeout}: 0 waits without limit. */
    public void readTimeoutMillis(int millis) {
        if (millis < 0) {
            throw new IllegalArgumentException("timeout can't be negative");
        }
        input.timeoutMillis(millis);
    }

    public int readTimeoutMillis() {
        return input.timeoutMillis();
    }

    /** Octets that {@link #read} would give without waiting. */
    public int available() {
        return input.available();
    }

    /**
     * Waits for text and takes at most {@code length} octets of it.
     *
     * @return how many, or -1 when the peer has closed and all is read
     * @throws SocketTimeoutException after {@link #readTimeoutMillis}; the connection can still be used
     * @throws SocketException when the connection was reset, timed out or is closed
     */
    public int read(byte[] target, int index, int length) throws IOException {
        Objects.checkFromIndexSize(index, length, target.length);
        return input.read(target, index, length);
    }

    /**
     * Takes what is there, without waiting.
     *
     * @return how many octets were put into {@code target}; -1 when the peer has closed and all is read
     * @throws SocketException when the connection was reset, timed out or is closed
     */
    public int tryRead(ByteBuffer target) throws IOException {
        return input.tryRead(target);
    }

    /**
     * Takes what is there, without waiting and without copying.
     *
     * @param mostBytes more than 0
     * @return a read-only view of received octets, never empty, which the caller owns and must release: until then it keeps
     *     up to 16 KiB of the stack's memory; null when nothing is there or the stream has ended ({@link #isAtEnd()})
     * @throws SocketException when the connection was reset, timed out or is closed
     */
    public @Nullable ByteBuf receive(int mostBytes) throws IOException {
        if (mostBytes <= 0) {
            throw new IllegalArgumentException("mostBytes must be more than 0: " + mostBytes);
        }
        return input.receive(mostBytes);
    }

    /** Waits until {@link #isReadable()}, without limit. */
    public void awaitReadable() throws IOException {
        input.awaitReady();
    }

    /** The peer has closed and everything it sent was read. */
    public boolean isAtEnd() {
        return input.endOfStream() && input.isEmpty();
    }

    /** Whether a read would not wait: text, the end or a failure is there. */
    public boolean isReadable() {
        return input.isReady();
    }

    // ---- writing

    /**
     * Puts all octets into the send buffer, waiting for room.
     *
     * @throws SocketException when the connection was reset, timed out or is closed
     */
    public void write(byte[] source, int index, int length) throws IOException {
        Objects.checkFromIndexSize(index, length, source.length);
        output.write(source, index, length);
    }

    /**
     * Puts into the send buffer what there is room for, without waiting.
     *
     * @return how many octets were taken from {@code source}. If not all, {@link ConnectionEvents#writable} will follow.
     * @throws SocketException when the connection was reset, timed out or is closed
     */
    public int tryWrite(ByteBuffer source) throws IOException {
        return output.tryWrite(source);
    }

    /**
     * Sends {@code octets} without copying them into the send buffer, and without waiting. The connection takes ownership,
     * also when this throws; it reads them until they are acknowledged, so nobody may change them.
     *
     * @return whether there is room for more. If not, wait for {@link ConnectionEvents#writable}: whatever is sent before
     *     is taken as well, and costs memory.
     * @throws SocketException when the connection was reset, timed out or is closed
     */
    public boolean send(ByteBuf octets) throws IOException {
        return output.send(octets);
    }

    /** Whether a write would not wait; if not, {@link ConnectionEvents#writable} will follow. */
    public boolean isWritable() {
        return output.isReady();
    }

    /** Waits until {@link #isWritable()}, without limit. */
    public void awaitWritable() throws IOException {
        output.awaitReady();
    }

    /** One octet that the peer is told to look at soon; it stays in the stream. For old protocols only (RFC 6093 5). */
    public void sendUrgent(int octet) throws IOException {
        output.sendUrgent(octet);
    }

    // ---- events and options

    /**
     * Who hears of this connection from now on, instead of whoever did before. What has happened already is told at once,
     * on the stack's thread.
     */
    public void events(ConnectionEvents listener) {
        post(now -> {
            events = listener;
            if (input.isReady()) {
                listener.readable();
            }
            if (ended) {
                listener.ended(failure);
            }
        });
    }

    /** Runs {@code preparation} on the loop before the SYN goes out: options it sets take effect at once. */
    void prepare(Consumer<TcpConnection> preparation) {
        beingPrepared = true;
        preparation.accept(this);
        beingPrepared = false;
    }

    /** Runs {@code task} on the stack's thread; nothing if the stack has closed. */
    /** {@link #post(LongConsumer)} of a task that is used again. */
    void post(LoopTask task) {
        if (beingPrepared) {
            task.runNow(StackLoop.nowNanos());
            return;
        }
        try {
            stack.loop().execute(task);
        } catch (RejectedExecutionException e) {
            // The stack has closed; the next read or write says so.
            ended = true;
        }
    }

    void post(LongConsumer task) {
        post(LoopTask.once(task));
    }

    boolean isOnLoop() {
        return stack.loop().isLoopThread();
    }

    /** What an interrupt does to a blocking call; {@link Interrupts#END_EVERY_WAIT} unless told otherwise. */
    public void interrupts(Interrupts value) {
        interrupts = value;
    }

    Interrupts interrupts() {
        return interrupts;
    }

    /**
     * How long what was written may stay unacknowledged before the connection fails (RFC 9293 3.8.3, Linux's
     * TCP_USER_TIMEOUT). Told to the peer if the stack is set to (RFC 5482).
     *
     * @param timeoutMillis 0 leaves it to the number of retransmissions
     */
    public void userTimeoutMillis(long timeoutMillis) {
        if (timeoutMillis < 0) {
            throw new IllegalArgumentException("a user timeout of " + timeoutMillis + " ms: choose 0 for none");
        }
        post(now -> UserCalls.userTimeout(tcb, timeoutMillis * 1_000_000L));
    }

    /** Nagle's algorithm off (RFC 9293 3.7.4). */
    public void noDelay(boolean on) {
        post(now -> UserCalls.noDelay(tcb, on));
    }

    /** RFC 9293 3.8.4; times are the stack's settings, or as {@link #keepAliveTimes} said. */
    public void keepAlive(boolean on) {
        post(now -> UserCalls.keepAlive(tcb, on, now));
    }

    /** RFC 9293 3.8.4: silence before the first probe, time between probes, unanswered probes that end the connection. */
    public void keepAliveTimes(int idleSeconds, int intervalSeconds, int probes) {
        long idleNanos = idleSeconds * 1_000_000_000L;
        long intervalNanos = intervalSeconds * 1_000_000_000L;
        post(now -> UserCalls.keepAliveTimes(tcb, idleNanos, intervalNanos, probes, now));
    }

    /** How many octets may wait for acknowledgement before a write must wait. */
    public void sendBufferBytes(int bytes) {
        output.bufferBytes(bytes);
    }

    public int sendBufferBytes() {
        return output.bufferBytes();
    }

    /** How many received octets the stack holds for the application; the window the peer sees follows. */
    public void receiveBufferBytes(int bytes) {
        input.bufferBytes(bytes);
    }

    public int receiveBufferBytes() {
        return input.bufferBytes();
    }

    /** DSCP of the packets to come (RFC 2474); the two low bits, the ECN field, are TCP's own. */
    public void trafficClass(int octet) {
        post(now -> UserCalls.trafficClass(tcb, octet));
    }

    /** Whether the last octet of urgent data stays in the stream (the default, RFC 6093 5) or is left out. */
    public void inlineUrgent(boolean on) {
        input.inlineUrgent(on);
    }

    // ---- ending

    /** Reads give end of stream from now on; the peer is not told. */
    public void shutdownInput() throws SocketException {
        checkOpen();
        input.shut();
    }

    /** Sends what was written, then FIN. */
    public void shutdownOutput() throws SocketException {
        checkOpen();
        output.shut();
    }

    public boolean isInputShutdown() {
        return input.isShut();
    }

    public boolean isOutputShutdown() {
        return output.isShut();
    }

    public boolean isClosed() {
        return closed;
    }

    /** Whether the connection is gone on the wire: closed by both, reset, or given up. */
    public boolean isEnded() {
        return ended;
    }

    /** Why it is gone; {@link ConnectionFailure#NONE} while it is not. */
    public ConnectionFailure failure() {
        return failure;
    }

    /** Orderly: what was written still goes out. Unread text turns it into a reset (RFC 1122 4.2.2.13). */
    @Override
    public void close() {
        end(now -> UserCalls.close(tcb, now));
    }

    /**
     * {@link #close()}, then waits until all that was written and our FIN have arrived, or the time is up; what has not
     * arrived then still goes out (SO_LINGER).
     */
    public void closeAndLinger(int seconds) throws IOException {
        if (!closed) {
            close();
            progress.await(() -> finArrived || ended || frozen, Math.max(1, seconds * 1000L), interrupts);
        }
    }

    /** At once, with a reset. */
    public void abort() {
        end(now -> UserCalls.abort(tcb));
    }

    /**
     * The stack stops and keeps the connection: from the return on no call of the application's touches it. Not on the loop,
     * which would wait for who waits for it.
     */
    void freeze() {
        frozen = true;
        progress.raise();
        input.awaitQuiet();
        output.awaitQuiet();
    }

    /** Whether its stack has stopped and keeps it: no call does anything any more. */
    public boolean isFrozen() {
        return frozen;
    }

    /** Whether nobody may wait, read or write any more. */
    boolean isOut() {
        return closed || frozen;
    }

    private void end(LongConsumer how) {
        if (closed) {
            return;
        }
        closed = true;
        if (frozen) {
            // It is not this application's any more.
            return;
        }
        input.raise();
        output.raise();
        progress.raise();
        try {
            stack.loop().execute(now -> {
                how.accept(now);
                input.forgetUnread();
            });
        } catch (RejectedExecutionException e) {
            // The stack has closed; it has told every connection.
            input.forgetUnread();
        }
    }

    void checkOpen() throws SocketException {
        if (closed) {
            throw new SocketException("Socket closed");
        }
        if (frozen) {
            throw new SocketException(ConnectionFailure.FROZEN.message());
        }
    }

    SocketException readFailure() {
        failureTold = true;
        return new SocketException(failure.message());
    }

    /** Linux tells of a reset once, and of a broken pipe from then on; so does this. */
    void checkMayWrite() throws SocketException {
        checkOpen();
        if (output.isShut()) {
            throw new SocketException(BROKEN_PIPE);
        }
        if (!ended) {
            return;
        }
        boolean news = !failureTold && !input.endOfStream() && failure != ConnectionFailure.NONE;
        failureTold = true;
        if (!news) {
            throw new SocketException(BROKEN_PIPE);
        }
        throw new SocketException(
                failure == ConnectionFailure.RESET ? failure.message() + " by peer" : failure.message());
    }
}
