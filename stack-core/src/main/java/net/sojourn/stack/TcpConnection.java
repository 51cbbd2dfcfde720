package net.sojourn.stack;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import net.sojourn.stack.buffer.StreamBuffer;
import net.sojourn.stack.loop.Signal;
import net.sojourn.stack.tcp.Application;
import net.sojourn.stack.tcp.Tcb;
import net.sojourn.stack.tcp.UserCalls;

/**
 * One TCP connection as its application has it. Any thread; reads among themselves, and writes among themselves, take
 * turns. Blocking calls hold no monitor and end with {@link InterruptedIOException} when interrupted. A move of the
 * connection to another address changes {@link #localAddress()} or {@link #remoteAddress()} and nothing else.
 */
public final class TcpConnection implements Closeable {

    private static final int WRITE_CHUNK_BYTES = 64 * 1024;

    private final NetworkStack stack;
    private final Tcb tcb;
    private final StreamBuffer sendBuffer;
    private final StreamBuffer receiveBuffer;
    private final int sendBufferBytes;
    private final int reportReadBytes;

    private final ReentrantLock readLock = new ReentrantLock();
    private final ReentrantLock writeLock = new ReentrantLock();
    private final Signal readable = new Signal();
    private final Signal writable = new Signal();
    private final Signal progress = new Signal();
    private final AtomicBoolean sendRequested = new AtomicBoolean();
    private final AtomicBoolean readReported = new AtomicBoolean();
    private final LongConsumer send;
    private final LongConsumer received;

    private volatile boolean established;
    private volatile boolean endOfStream;
    private volatile boolean ended;
    private volatile ConnectionFailure failure = ConnectionFailure.NONE;
    private volatile boolean closed;
    private volatile boolean inputShut;
    private volatile boolean outputShut;
    private volatile int readTimeoutMillis;
    private long unreportedReadBytes;

    /** On the loop. */
    TcpConnection(NetworkStack stack, Tcb tcb, StackSettings settings) {
        this.stack = stack;
        this.tcb = tcb;
        this.sendBuffer = tcb.sendBuffer();
        this.receiveBuffer = tcb.receiveBuffer();
        this.sendBufferBytes = settings.sendBufferBytes();
        this.reportReadBytes = Math.min(64 * 1024, settings.receiveBufferBytes() / 4);
        this.send = now -> {
            sendRequested.set(false);
            UserCalls.send(tcb);
        };
        this.received = now -> {
            readReported.set(false);
            UserCalls.received(tcb);
        };
    }

    /** What the loop tells; on the loop. */
    Application application() {
        return new Application() {
            @Override
            public void established() {
                established = true;
                progress.raise();
            }

            @Override
            public void readable() {
                endOfStream = tcb.endOfStream();
                readable.raise();
            }

            @Override
            public void writable() {
                writable.raise();
            }

            @Override
            public void ended(ConnectionFailure cause) {
                failure = cause;
                ended = true;
                forgetUnread();
                progress.raise();
                readable.raise();
                writable.raise();
            }
        };
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

    /** A snapshot; waits for the loop to take it. */
    public ConnectionInfo info() throws IOException {
        return stack.onLoop(tcb::info);
    }

    void awaitEstablished(int timeoutMillis) throws IOException {
        boolean done;
        try {
            done = progress.await(() -> established || ended, timeoutMillis);
        } catch (InterruptedIOException e) {
            abort();
            throw e;
        }
        if (!done) {
            abort();
            throw new SocketTimeoutException("Connect timed out");
        }
        if (!established || (ended && failure != ConnectionFailure.NONE && !endOfStream && receiveBuffer.size() == 0)) {
            throw connectFailure(failure);
        }
    }

    static SocketException connectFailure(ConnectionFailure failure) {
        return switch (failure) {
            case HOST_UNREACHABLE -> new NoRouteToHostException(failure.message());
            case ABORTED, NONE -> new SocketException(ConnectionFailure.ABORTED.message());
            default -> new ConnectException(failure.message());
        };
    }

    // ---- reading

    /** As {@link java.net.Socket#setSoTimeout}: 0 waits without limit. */
    public void readTimeoutMillis(int millis) {
        if (millis < 0) {
            throw new IllegalArgumentException("timeout can't be negative");
        }
        readTimeoutMillis = millis;
    }

    public int readTimeoutMillis() {
        return readTimeoutMillis;
    }

    /** Octets that {@link #read} would give without waiting. */
    public int available() {
        return closed || inputShut ? 0 : (int) Math.min(Integer.MAX_VALUE, receiveBuffer.size());
    }

    /**
     * Waits for text and takes at most {@code length} octets of it.
     *
     * @return how many, or -1 when the peer has closed and all is read
     * @throws SocketTimeoutException after {@link #readTimeoutMillis}
     * @throws SocketException when the connection was reset, timed out or is closed
     */
    public int read(byte[] target, int index, int length) throws IOException {
        Objects.checkFromIndexSize(index, length, target.length);
        readLock.lock();
        try {
            checkOpen();
            if (length == 0) {
                return 0;
            }
            if (!readable.await(this::mayRead, readTimeoutMillis)) {
                throw new SocketTimeoutException("Read timed out");
            }
            checkOpen();
            int n = inputShut ? 0 : (int) Math.min(length, receiveBuffer.size());
            if (n > 0) {
                long from = receiveBuffer.start();
                receiveBuffer.copyTo(from, n, target, index);
                receiveBuffer.release(from + n);
                reportRead(n);
                return n;
            }
            if (endOfStream || inputShut || failure == ConnectionFailure.NONE) {
                return -1;
            }
            throw new SocketException(failure.message());
        } finally {
            readLock.unlock();
            forgetUnread();
        }
    }

    /** Frees what a closed connection has not read; while another thread reads, it does so when it is done. */
    private void forgetUnread() {
        if (closed && readLock.tryLock()) {
            try {
                receiveBuffer.close();
            } finally {
                readLock.unlock();
            }
        }
    }

    private boolean mayRead() {
        return receiveBuffer.size() > 0 || endOfStream || ended || closed || inputShut;
    }

    /** The window grows only when the loop hears of what was read; each small read is not worth its attention. */
    private void reportRead(int n) {
        unreportedReadBytes += n;
        if (unreportedReadBytes >= reportReadBytes || receiveBuffer.size() == 0) {
            unreportedReadBytes = 0;
            if (readReported.compareAndSet(false, true)) {
                post(received);
            }
        }
    }

    // ---- writing

    /**
     * Puts all octets into the send buffer, waiting for room.
     *
     * @throws SocketException when the connection was reset, timed out or is closed
     */
    public void write(byte[] source, int index, int length) throws IOException {
        Objects.checkFromIndexSize(index, length, source.length);
        writeLock.lock();
        try {
            int done = 0;
            while (done < length) {
                writable.await(this::mayWrite, 0);
                checkOpen();
                if (outputShut) {
                    throw new SocketException("Socket output is shutdown");
                }
                if (ended) {
                    throw new SocketException(failure == ConnectionFailure.NONE ? "Broken pipe" : failure.message());
                }
                long room = sendBufferBytes - sendBuffer.size();
                int n = (int) Math.min(Math.min(room, WRITE_CHUNK_BYTES), length - done);
                sendBuffer.append(source, index + done, n);
                done += n;
                requestSend();
            }
        } finally {
            writeLock.unlock();
        }
    }

    private boolean mayWrite() {
        return sendBuffer.size() < sendBufferBytes || ended || closed || outputShut;
    }

    private void requestSend() {
        if (sendRequested.compareAndSet(false, true)) {
            post(send);
        }
    }

    // ---- options, ending

    /** Nagle's algorithm off (RFC 9293 3.7.4). */
    public void noDelay(boolean on) {
        post(now -> UserCalls.noDelay(tcb, on));
    }

    /** RFC 9293 3.8.4; times are the stack's settings. */
    public void keepAlive(boolean on) {
        post(now -> UserCalls.keepAlive(tcb, on, now));
    }

    /** Reads give end of stream from now on; the peer is not told. */
    public void shutdownInput() throws SocketException {
        checkOpen();
        inputShut = true;
        readable.raise();
    }

    /** Sends what was written, then FIN. */
    public void shutdownOutput() throws SocketException {
        checkOpen();
        outputShut = true;
        writable.raise();
        post(now -> UserCalls.closeOutput(tcb));
    }

    public boolean isInputShutdown() {
        return inputShut;
    }

    public boolean isOutputShutdown() {
        return outputShut;
    }

    public boolean isClosed() {
        return closed;
    }

    /** Whether the connection is gone on the wire: closed by both, reset, or given up. */
    public boolean isEnded() {
        return ended;
    }

    /** Orderly: what was written still goes out. Unread text turns it into a reset (RFC 1122 4.2.2.13). */
    @Override
    public void close() {
        end(now -> UserCalls.close(tcb, now));
    }

    /** At once, with a reset. */
    public void abort() {
        end(now -> UserCalls.abort(tcb));
    }

    private void end(LongConsumer how) {
        if (closed) {
            return;
        }
        closed = true;
        readable.raise();
        writable.raise();
        progress.raise();
        try {
            stack.loop().execute(now -> {
                how.accept(now);
                forgetUnread();
            });
        } catch (RejectedExecutionException e) {
            // The stack has closed; it has told every connection.
            forgetUnread();
        }
    }

    private void post(LongConsumer task) {
        try {
            stack.loop().execute(task);
        } catch (RejectedExecutionException e) {
            // The stack has closed; the next read or write says so.
            ended = true;
        }
    }

    private void checkOpen() throws SocketException {
        if (closed) {
            throw new SocketException("Socket closed");
        }
    }
}
